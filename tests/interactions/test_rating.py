"""Ratings from a form: who gives them, what is shown of them, and that one person has one."""

from functools import partial

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from interactions import rating
from interactions.counting import compact
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.interactions.test_likes import at_once
from tests.interactions.test_views import HUGE, MARKED, SIGNING_IN
from tests.pages.html import elements, texts
from users.models import User


@pytest.fixture
def item(alice: User) -> ContentItem:
    return ContentItemFactory(title="Fog", creator=alice)


def given() -> list[tuple[int | None, int]]:
    """Return who gave how many stars."""
    return list(Interaction.objects.filter(kind=Kind.RATE).order_by("pk").values_list("user", "rating"))


def chosen(page: HttpResponse) -> list[str]:
    """Return the stars that the form shows as given."""
    return [one.attributes["value"] for one in elements(page, "input", type="radio") if "checked" in one.attributes]


@pytest.mark.parametrize("prefix", ["", "/fragments"])
def test_a_rating_is_given_changed_and_taken_back(client: Client, bob: User, item: ContentItem, prefix: str) -> None:
    client.force_login(bob)
    address, page = f"{prefix}/content/{item.pk}/rate/", f"/content/{item.pk}/comments/"
    for stars in ("4", "4", "2"):
        answer = client.post(address, {"rating": stars})
        assert answer.status_code == (200 if prefix else 303)
        assert (given(), chosen(client.get(page))) == ([(bob.pk, int(stars))], [stars])
        if prefix:
            assert (chosen(answer), texts(answer, "span", class_="label")) == ([stars], [f"{stars}.0 of 5, 1 rating"])
    client.post(address, {"rating": "0"})
    client.post(address, {"rating": "0"})
    assert (given(), chosen(client.get(page))) == ([], [])


def test_ratings_are_averaged_for_all(client: Client, bob: User, item: ContentItem) -> None:
    page = f"/content/{item.pk}/comments/"
    assert texts(client.get(page), "span", role="status") == ["No ratings yet"]
    for stars in (5, 5, 4):
        InteractionFactory(content=item, kind=Kind.RATE, rating=stars)
    InteractionFactory(kind=Kind.RATE, rating=1)
    anonymous = client.get(page)
    assert (texts(anonymous, "span", role="status"), chosen(anonymous)) == (["4.7 of 5, 3 ratings"], [])
    assert elements(anonymous, "form", action=f"/content/{item.pk}/rate/") == []


def test_the_average_is_exact_while_ratings_are_counted(bob: User, item: ContentItem) -> None:
    rows = [InteractionFactory(content=item, kind=Kind.RATE, rating=stars) for stars in (5, 4, 4)]

    def said() -> tuple[int, float | None, int | None]:
        pending = rating.ratings_of(bob, item.pk)
        compact()
        assert rating.ratings_of(bob, item.pk) == pending
        return pending

    assert said() == (3, 13 / 3, None)
    Interaction.objects.filter(pk=rows[0].pk).update(rating=1, user=bob)  # changes the sum alone
    assert said() == (3, 3.0, 1)
    rows[1].delete()
    assert said() == (2, 2.5, 1)
    Interaction.objects.all().delete()
    assert said() == (0, None, None)
    assert rating.ratings_of(bob, item.pk + 1) == (0, None, None)


def test_pending_ratings_are_found_by_their_index(item: ContentItem) -> None:
    with CaptureQueriesContext(connection) as asked:
        rating.ratings_of(AnonymousUser(), item.pk)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {asked[0]['sql']}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert (plan.count("count_delta_ratings"), "Seq Scan" in plan) == (2, False)


def test_a_form_has_a_label_for_each_star(client: Client, bob: User, item: ContentItem) -> None:
    client.force_login(bob)
    page = client.get(f"/content/{item.pk}/comments/")
    labels = [label.text for label in elements(page, "label") if "star" in label.text]
    assert labels == ["★1 star", *(f"★{number} stars" for number in range(2, 6))]


@pytest.mark.parametrize(
    "body", [{}, {"rating": ""}, {"rating": "6"}, {"rating": "-1"}, {"rating": ["1", "2"]}], ids=str
)
def test_another_number_is_refused(client: Client, bob: User, item: ContentItem, body: dict) -> None:
    client.force_login(bob)
    assert (client.post(f"/content/{item.pk}/rate/", body).status_code, given()) == (400, [])


def test_who_may_rate(client: Client, alice: User, bob: User, staff: User, item: ContentItem) -> None:
    ContentItem.objects.filter(pk=item.pk).update(is_private=True)
    address, body = "/content/{}/rate/", {"rating": "3"}
    led = client.post(address.format(item.pk), body)
    assert (led.status_code, led["Location"]) == (303, f"/accounts/login/?next=/content/{item.pk}/comments/")
    fragment = client.post(f"/fragments/content/{item.pk}/rate/", body)
    assert (fragment.status_code, fragment["HX-Redirect"]) == (403, led["Location"])
    client.force_login(bob)
    assert [client.post(address.format(pk), body).status_code for pk in (item.pk, *HUGE)] == [404] * (1 + len(HUGE))
    for user in (alice, staff):
        client.force_login(user)
        assert client.post(address.format(item.pk), body).status_code == 303
    assert given() == [(alice.pk, 3), (staff.pk, 3)]
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    assert (
        strict.post(address.format(item.pk), body).status_code,
        client.get(address.format(item.pk)).status_code,
    ) == (
        403,
        405,
    )


def test_a_first_rating_runs_so_many_queries(
    client: Client, bob: User, item: ContentItem, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.force_login(bob)
    with django_assert_num_queries(SIGNING_IN + MARKED):
        client.post(f"/content/{item.pk}/rate/", {"rating": "3"})


def test_ratings_of_one_person_at_once_are_one(transactional_db: None) -> None:
    bob, item = UserFactory(), ContentItemFactory()
    assert at_once(*[partial(rating.rate, bob, item.pk, stars) for stars in (1, 2, 3, 4)]) == [None] * 4
    assert len(given()) == 1
