"""Lists of one's own works, shown as the gallery is: whose they are, what they hold, and what they cost."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from content.models import ContentItem
from interactions.models import Interaction, Kind
from tests.factories import ContentItemFactory, InteractionFactory, UserFactory
from tests.pages.html import elements, hrefs, texts, titles
from users.models import User

MARKED = {"/me/likes/": Kind.LIKE, "/me/bookmarks/": Kind.BOOKMARK}
# Session and user, anchors, total, keys, works.
PAGE_QUERIES = 6


def mark(user: User, item: ContentItem, kind: Kind, **fields: Any) -> Interaction:
    return InteractionFactory(user=user, content=item, kind=kind, **fields)


def addresses(path: str) -> list[str]:
    """Return the addresses of a list's page and fragments."""
    return [path, f"/fragments{path}works/", f"/fragments{path}list/"]


@pytest.mark.parametrize("path", MARKED)
def test_marks_are_shown_to_their_owner_alone_without_works_that_are_hidden_by_now(
    client: Client, alice: User, bob: User, staff: User, path: str
) -> None:
    kind = MARKED[path]
    [other] = set(MARKED.values()) - {kind}
    for number, (title, fields) in enumerate(
        {
            "Fog": {},
            "Hidden by bob": {"creator": bob, "is_private": True},
            "Her secret": {"creator": alice, "is_private": True},
        }.items()
    ):
        mark(
            alice, ContentItemFactory(title=title, **fields), kind, created_at=datetime(2025, 3, number + 1, tzinfo=UTC)
        )
    mark(alice, ContentItemFactory(title="Marked otherwise"), other)
    mark(bob, ContentItemFactory(title="His"), kind)
    shown = {}
    for user in (alice, bob, staff):
        client.force_login(user)
        answers = [client.get(address) for address in addresses(path)]
        shown[user.username] = [titles(answer) for answer in answers]
        assert (
            elements(answers[1], "section", id="works")[0]
            .attributes["data-range"]
            .startswith({"alice": "2 works", "bob": "1 work", "stella": ""}[user.username])
        )
    assert shown == {"alice": [["Her secret", "Fog"]] * 3, "bob": [["His"]] * 3, "stella": [[]] * 3}


@pytest.mark.parametrize("path", MARKED)
def test_who_is_not_signed_in_is_led_there_and_back(client: Client, db: None, path: str) -> None:
    page, works, whole = (client.get(address) for address in addresses(path))
    assert (page.status_code, page["Location"]) == (303, f"/accounts/login/?next={path}")
    assert [(part.status_code, part["HX-Redirect"]) for part in (works, whole)] == [
        (403, f"/accounts/login/?next={path}")
    ] * 2


def test_months_and_order_are_those_of_the_likes(client: Client, alice: User) -> None:
    for title, made, liked in (("old", 2020, 5), ("new", 2024, 4), ("newest", 2025, 4)):
        item = ContentItemFactory(title=title, created_at=datetime(made, 1, 1, tzinfo=UTC))
        mark(alice, item, Kind.LIKE, created_at=datetime(2025, liked, made % 20 + 1, tzinfo=UTC))
    client.force_login(alice)
    page = client.get("/me/likes/")
    assert titles(page) == ["old", "newest", "new"]
    assert texts(page, "h2", class_="month") == ["May 2025", "April 2025"]
    assert texts(page, "title") == ["Likes · Genonaut"]
    assert texts(page, "h1") == ["Likes"]
    assert titles(client.get("/me/likes/?order=asc")) == ["new", "newest", "old"]
    assert texts(client.get("/me/likes/?order=asc"), "title") == ["Likes · liked first · Genonaut"]


def test_its_pages_lead_on_by_number_and_by_cursor(client: Client, alice: User) -> None:
    for title in "abc":
        mark(alice, ContentItemFactory(title=title), Kind.LIKE)
    client.force_login(alice)
    first = client.get("/me/likes/?page_size=2")
    assert (titles(first), hrefs(first, "a", rel="next")) == (["c", "b"], ["?page_size=2&page=2"])
    assert titles(client.get("/me/likes/?page_size=2&page=2")) == ["a"]
    assert client.get("/me/likes/?page_size=2&page=3").status_code == 404
    cursor = elements(client.get("/me/likes/?page_size=2&view=scroll"), "section", id="works")[0]
    assert cursor.attributes["data-pages"] == "2"


def test_it_offers_no_search_and_no_filters(client: Client, alice: User) -> None:
    mark(alice, ContentItemFactory(title="Fog", content_type="text"), Kind.LIKE)
    client.force_login(alice)
    page = client.get("/me/likes/?content_type=image&q=harbour")
    assert titles(page) == ["Fog"]
    assert elements(page, "form", class_="filters") == elements(page, "nav", class_="tabs") == []
    assert elements(page, "input", form="search-form") == []


def test_an_empty_list_says_what_it_is_for(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert "No likes yet" in texts(client.get("/me/likes/"), "h2")
    assert "No bookmarks yet" in texts(client.get("/me/bookmarks/"), "h2")


@pytest.mark.parametrize("count", [1, 20])
def test_a_page_takes_as_many_queries_whatever_it_shows(
    client: Client, alice: User, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for _ in range(count):
        mark(alice, ContentItemFactory(creator=UserFactory()), Kind.LIKE)
    client.force_login(alice)
    with django_assert_num_queries(PAGE_QUERIES):
        assert len(titles(client.get("/me/likes/"))) == count
