"""The dashboard and the account menu: figures, newest works, open jobs, and links to all that is one's own."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from culling.models import BulkTask
from generation.models import Status
from interactions.models import Kind
from people import follows
from people.models import Follow
from tests.factories import ContentItemFactory, GenerationJobFactory, InteractionFactory
from tests.pages.html import elements, hrefs, texts, titles
from users.models import User


def figures(client: Client) -> dict[str, str]:
    """Return the numbers of the dashboard by what they count."""
    [shown] = elements(client.get("/me/"), "ul", class_="figures")
    words = shown.text.replace("Open jobs", "Jobs").replace("Open tasks", "Tasks").split()
    return dict(zip(words[1::2], words[::2], strict=True))


@pytest.fixture
def busy(alice: User, bob: User) -> User:
    """Alice with works, marks, follows and jobs, and bob with as many of his own."""
    for owner, other in ((alice, bob), (bob, alice)):
        mine = [ContentItemFactory(title=f"{owner.name} {number}", creator=owner) for number in range(3)]
        ContentItemFactory(title=f"{owner.name} secret", creator=owner, is_private=True)
        Follow.objects.create(user=owner, person=other)
        for kind in (Kind.LIKE, Kind.BOOKMARK):
            InteractionFactory(user=owner, content=mine[0], kind=kind)
        GenerationJobFactory(user=owner, prompt=f"{owner.name} waits")
        BulkTask.objects.create(user=owner, action="like", query="tag=fog")
        GenerationJobFactory(
            user=owner, prompt=f"{owner.name} gave up", status=Status.CANCELLED, finished_at="2024-01-02T00:00Z"
        )
    hidden = ContentItemFactory(creator=bob, is_private=True)
    InteractionFactory(user=alice, content=hidden, kind=Kind.LIKE)
    return alice


def test_it_shows_what_is_ones_own(client: Client, busy: User) -> None:
    client.force_login(busy)
    assert figures(client) == {
        "Works": "4",
        "Likes": "1",
        "Bookmarks": "1",
        "Followers": "1",
        "Following": "1",
        "Jobs": "1",
        "Tasks": "1",
    }
    page = client.get("/me/")
    assert titles(page) == ["Alice secret", "Alice 2", "Alice 1", "Alice 0", "Bob 2", "Bob 1", "Bob 0"]
    assert texts(page, "li", class_="deed") == ["Alice waits Waiting, next in the queue"]
    assert page["Cache-Control"] == "private, no-store"
    assert page.content.decode().count("/fragments/for-you/strip/") == 1


def test_figures_do_not_say_more_than_was_counted(client: Client, busy: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("people.dashboard.COUNT_LIMIT", 1)
    monkeypatch.setattr(follows, "COUNT_LIMIT", 1)
    InteractionFactory(user=busy, content=ContentItemFactory(), kind=Kind.LIKE)
    client.force_login(busy)
    assert figures(client)["Likes"] == "1+"


def test_a_new_member_is_told_how_to_begin(client: Client, alice: User) -> None:
    client.force_login(alice)
    page = client.get("/me/")
    assert titles(page) == []
    assert {"/create/", "/upload/", "/creators/"} <= set(hrefs(page, "a"))
    client.logout()
    assert client.get("/me/")["Location"] == "/accounts/login/?next=/me/"


def test_it_takes_as_many_queries_whatever_there_is(
    client: Client, busy: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(busy)
    with django_assert_max_num_queries(25):
        client.get("/me/")
    for number in range(20):
        ContentItemFactory(creator=busy, is_private=bool(number % 2))
        GenerationJobFactory(user=busy)
        BulkTask.objects.create(user=busy, action="like", query="tag=fog")
    with django_assert_max_num_queries(25):
        client.get("/me/")


def test_the_menu_leads_to_all_that_is_ones_own_and_to_the_way_out(client: Client, alice: User) -> None:
    assert elements(client.get("/"), "details", class_="account__menu") == []
    client.force_login(alice)
    for path in ("/", "/me/likes/"):
        page = client.get(path)
        [menu] = elements(page, "details", class_="account__menu")
        assert menu.text.startswith("Alice Overview For you Feed Your works Likes Bookmarks Albums History Jobs Trash")
        assert menu.text.endswith("Export works Your profile Account Sign out")
    own = [address for address in hrefs(page, "a") if address.startswith(("/me/", "/feed/", "/users/alice/"))]
    assert [client.get(address).status_code for address in set(own)] == [200] * 9
