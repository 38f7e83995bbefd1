"""The public profile: a person and their works, and nothing that is theirs alone."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.factories import ContentItemFactory, UserFactory
from tests.pages.html import elements, foreign_scripts, hrefs, texts, titles
from users.models import User


def test_it_shows_the_person_and_their_works_alone(client: Client, alice: User, bob: User) -> None:
    ContentItemFactory(title="hers", creator=alice)
    ContentItemFactory(title="his", creator=bob)
    page = client.get("/users/alice/")
    assert texts(page, "h1") == ["Alice"]
    assert texts(page, "div", class_="person")[0].startswith("Alice @alice Joined ")
    assert titles(page) == ["hers"]


def test_the_title_names_person_filters_and_page(client: Client, alice: User) -> None:
    ContentItemFactory(creator=alice)
    page = client.get("/users/alice/?content_type=image")
    assert texts(page, "title") == ["Alice (alice): Images · Genonaut"]


def test_a_card_says_when_instead_of_by_whom(client: Client, alice: User) -> None:
    ContentItemFactory(creator=alice, created_at="2024-02-03T04:05Z")
    assert texts(client.get("/users/alice/"), "time", class_="card__date") == ["3 Feb 2024"]
    assert hrefs(client.get("/users/alice/"), "a", class_="card__creator") == []


def test_an_email_is_never_shown(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "alice@" not in client.get("/users/alice/").content.decode()


def test_private_works_are_shown_to_their_creator_alone(client: Client, alice: User, bob: User) -> None:
    ContentItemFactory(title="secret", creator=alice, is_private=True)
    anonymous = client.get("/users/alice/")
    client.force_login(bob)
    others = client.get("/users/alice/")
    client.force_login(alice)
    own = client.get("/users/alice/")
    assert [titles(page) for page in (anonymous, others, own)] == [[], [], ["secret"]]
    assert ["1 work" in texts(page, "span") for page in (anonymous, others, own)] == [False, False, True]


def test_its_pages_and_filters_stay_with_the_person(client: Client, alice: User) -> None:
    for title in "abc":
        ContentItemFactory(title=title, creator=alice, tags=["fog"])
    ContentItemFactory(title="not hers", tags=["fog"])
    page = client.get("/users/alice/?page_size=1&tag=fog&page=2")
    assert titles(page) == ["b"]
    assert hrefs(page, "a", rel="next") == ["?page_size=1&tag=fog&page=3"]
    assert texts(page, "a", class_="chip") == ["Remove filter Tag fog"]
    assert elements(page, "input", name="creator") == []


def test_the_inactive_are_shown_to_staff_alone(client: Client, staff: User) -> None:
    UserFactory(username="gone", is_active=False)
    anonymous = client.get("/users/gone/")
    client.force_login(staff)
    assert [anonymous.status_code, client.get("/users/gone/").status_code] == [404, 200]


@pytest.mark.parametrize("username", ["åsa.lindqvist", "日本", "a@b+c-d_e.f", "50%", "a/b", "what?", "two words", "é#"])
def test_every_username_has_an_address(db: None, client: Client, username: str) -> None:
    person = UserFactory(username=username, email="")
    assert texts(client.get(person.get_absolute_url()), "h1") == [username]


@pytest.mark.parametrize(
    "path", ["nobody", "%00", "a%00b", "%ff", "%ed%a0%80", "%0a", "a" * 5000, "%F0%9F%92%A5", "a//"]
)
def test_a_name_that_nobody_has_is_not_found(db: None, client: Client, path: str) -> None:
    assert client.get(f"/users/{path}/").status_code == 404


def test_hostile_names_stay_text(db: None, client: Client) -> None:
    person = UserFactory(username="mallory", name="<script>alert(1)</script>")
    page = client.get(person.get_absolute_url())
    assert (texts(page, "h1"), foreign_scripts(page)) == (["<script>alert(1)</script>"], [])


@pytest.mark.parametrize("rows", [1, 20])
def test_six_queries_show_a_profile_of_one_page(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, rows: int
) -> None:
    for _ in range(rows):
        ContentItemFactory(creator=alice)
    with django_assert_num_queries(6):
        client.get("/users/alice/")
