"""Lists of a collection that are pinned to a moment: nothing shifts while rows come in, for nobody."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count, product
from typing import Any

import pytest
from rest_framework.test import APIClient

from content.models import ContentItem
from tests.factories import EPOCH, ContentItemFactory
from tests.pagination.collection import Listed, People
from tests.pagination.walks import cursor_url, flat, ids, pages, read

ClientOf = Callable[[Any], APIClient]
# Later than the factories' own times, also after a whole suite of items.
LATER = EPOCH + timedelta(days=900)
# A few pages for each list.
SIZE = 24
LISTS = [
    Listed("content", viewer, sort, order, facets)
    for viewer, sort, order, facets in [
        ("anonymous", "created_at", "desc", ()),
        ("anonymous", "created_at", "asc", ()),
        ("alice", "created_at", "desc", ()),
        ("alice", "quality_score", "desc", ()),
        ("bob", "quality_score", "asc", ()),
        ("stella", "quality_score", "desc", (("source", "user"),)),
        ("stella", "created_at", "asc", (("content_type", "image"),)),
    ]
]
numbers = count(1)


def insert(people: People) -> None:
    """Insert a public item, and private ones of alice's and bob's, at a later time and of all qualities."""
    number = next(numbers)
    for creator, is_private in [(None, False), (people["alice"], True), (people["bob"], True)]:
        ContentItemFactory(
            creator=creator,
            is_private=is_private,
            quality_score=[None, 0.0, 0.5, 1.0][number % 4],
            created_at=LATER + timedelta(minutes=number),
        )


@pytest.fixture
def odd_dates(collection: People) -> People:
    """Add items of the ends of the calendar and of a time to come, one of each alice's private one."""
    for year in (1, 2099, 2450):
        for creator, is_private in [(None, False), (collection["alice"], True)]:
            ContentItemFactory(
                creator=creator,
                is_private=is_private,
                quality_score=0.5,
                content_type="image",
                created_at=datetime(year, 1, 1, tzinfo=UTC),
            )
    return collection


@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_numbered_pages_do_not_shift_while_rows_are_inserted(
    client_of: ClientOf, collection: People, listed: Listed
) -> None:
    """Traps 11 and 14."""
    walk_while_rows_are_inserted(client_of, collection, listed)


@pytest.mark.parametrize("listed", [LISTS[0], LISTS[1], LISTS[2], LISTS[4], LISTS[6]], ids=str)
def test_nor_do_they_beside_items_dated_far_off(client_of: ClientOf, odd_dates: People, listed: Listed) -> None:
    walk_while_rows_are_inserted(client_of, odd_dates, listed)


def walk_while_rows_are_inserted(client_of: ClientOf, collection: People, listed: Listed) -> None:
    """Walk to the last page and back; each page says how many came, and all together hold each row once."""
    expected = list(listed.rows(collection))
    seen, api, here = [], client_of(collection[listed.viewer]), f"{listed.url}&page_size={SIZE}"
    for number in range(1, -(-len(expected) // SIZE) + 1):
        page = read(api, here)
        seen.append(ids(page))
        came = len(listed.rows(collection)) - len(expected)
        said = page["pagination"]
        assert (said["page"], said["total_count"], said["new_count"]) == (number, len(expected), came)
        insert(collection)
        here = page["links"]["next"]
    assert (flat(seen), here) == (expected, None)
    back = [ids(page) for page in pages(api, page["links"]["prev"], "prev")]
    assert flat(back[::-1]) == expected[: SIZE * (len(seen) - 1)]


@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_pages_by_cursor_keep_their_places_while_rows_are_inserted(
    client_of: ClientOf, collection: People, listed: Listed
) -> None:
    expected = list(listed.rows(collection))
    api = client_of(collection[listed.viewer])
    first = read(api, f"{listed.url}&page_size={SIZE}")
    here = cursor_url(f"{listed.url}&page_size={SIZE}&as_of={first['pagination']['as_of']}", first)
    seen = [ids(first)]
    while here:
        insert(collection)
        page = read(api, here)
        came = len(listed.rows(collection)) - len(expected)
        said = page["pagination"]
        first_position = SIZE * len(seen) + 1
        assert (said["first_position"], said["total_count"], said["new_count"]) == (first_position, len(expected), came)
        seen.append(ids(page))
        here = page["links"]["next"]
    assert flat(seen) == expected


@pytest.mark.parametrize(
    ("viewer", "order"), [("anonymous", "desc"), ("anonymous", "asc"), ("alice", "desc"), ("stella", "asc")]
)
def test_beside_items_dated_far_off_a_pinned_list_agrees_with_itself(
    client_of: ClientOf, odd_dates: People, viewer: str, order: str
) -> None:
    """Cursors, positions, dates and the histogram, after more came than a page holds."""
    listed = Listed("content", viewer, "created_at", order)
    api, expected = client_of(odd_dates[viewer]), list(listed.rows(odd_dates))
    pin = f"{listed.url}&page_size=7&as_of={read(api, listed.url)['pagination']['as_of']}"
    for _ in range(8):
        insert(odd_dates)
    first = read(api, pin)
    seen = [ids(page) for page in pages(api, cursor_url(pin, first), "next")]
    assert flat([ids(first), *seen]) == expected
    last = read(api, first["links"]["last"])
    assert ids(last) == expected[-(len(expected) % 7 or 7) :]
    query = pin.partition("?")[2]
    for place in (0, 1, 2, len(expected) // 2, len(expected) - 2, len(expected) - 1):
        answer = read(api, f"/api/v1/content/{expected[place]}/position/?{query}")
        assert (answer["position"], answer["total_count"]) == (place + 1, len(expected))
    came = ContentItem.objects.order_by("-pk").first()
    assert api.get(f"/api/v1/content/{came.pk}/position/?{query}").status_code == 404
    for day in ("0001-01-01", "2099-01-01", "2450-01-01"):
        at = read(api, f"{pin}&at={day}")
        made = set(
            ContentItem.objects.filter(created_at=datetime.fromisoformat(f"{day}T00:00Z")).values_list("pk", flat=True)
        )
        assert made & set(ids(at))
    for by in ("day", "century"):
        bars = read(api, f"/api/v1/content/histogram/?{query}&by={by}")
        assert (sum(bar["count"] for bar in bars["items"]), bars["total_count"]) == (len(expected), len(expected))
        for bar in bars["items"]:
            item = ContentItem.objects.get(pk=expected[bar["position"] - 1])
            assert item.created_at.isoformat()[:2] == bar["start"][:2]


@pytest.mark.parametrize("sort", ["created_at", "quality_score"])
def test_pinned_to_a_time_to_come_a_list_holds_each_row_once(client_of: ClientOf, odd_dates: People, sort: str) -> None:
    """Rows dated up to such a pin are dated later than now as well."""
    for year, order in product(("2099", "2450", "9999"), ("desc", "asc")):
        listed = Listed("content", "alice", sort, order)
        api, expected = client_of(odd_dates["alice"]), list(listed.rows(odd_dates))
        pin = f"{listed.url}&page_size=12&as_of={year}-12-31"
        first = read(api, pin)
        assert flat([ids(first), *(ids(page) for page in pages(api, first["links"]["next"], "next"))]) == expected
        assert (first["pagination"]["total_count"], first["pagination"]["new_count"]) == (len(expected), 0)
        answer = read(api, f"/api/v1/content/{expected[-1]}/position/?{pin.partition('?')[2]}")
        assert answer["position"] == len(expected)


@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_a_list_is_as_of_its_newest_row_until_asked_otherwise(
    client_of: ClientOf, collection: People, listed: Listed
) -> None:
    api = client_of(collection[listed.viewer])
    newest = max(ContentItem.objects.in_bulk(list(listed.rows(collection))).values(), key=lambda item: item.created_at)
    for query in ("", "&page=2", "&page=3&page_size=10"):
        said = read(api, f"{listed.url}{query or '&page_size=50'}".replace("&page=2", "&page=2&page_size=10"))
        assert datetime.fromisoformat(said["pagination"]["as_of"]) == newest.created_at
        assert (said["pagination"]["as_of"][-1], said["pagination"]["new_count"]) == ("Z", 0)


# --- Who may see what


def hide_newer(people: People) -> None:
    """Make alice own private items, newer than all others."""
    ContentItemFactory.create_batch(
        3, creator=people["alice"], is_private=True, created_at=LATER, quality_score=0.9, content_type="image"
    )


@pytest.mark.parametrize("query", ["", "sort=quality_score", "content_type=image", "order=asc", "as_of=2024-01-02"])
@pytest.mark.parametrize("name", ["content", "content-auto"])
def test_private_rows_change_nothing_of_what_others_get(
    client_of: ClientOf, collection: People, query: str, name: str
) -> None:
    """Traps 10 and 20: not the moment, nor what is new, nor places, totals and cursors."""
    url = f"/api/v1/{name}/?{query}&page_size=5"

    def seen() -> list[dict[str, Any]]:
        clients = [client_of(collection[viewer]) for viewer in ("anonymous", "bob")]
        first = [read(api, url) for api in clients]
        behind = [read(api, cursor_url(url, page)) for api, page in zip(clients, first, strict=True)]
        return [*first, *behind]

    before = seen()
    hide_newer(collection)
    ContentItem.objects.filter(creator=collection["alice"], is_private=True, quality_score=0.9).update(source="auto")
    assert seen() == before


def test_private_rows_are_new_to_their_owner_and_to_staff_alone(client_of: ClientOf, collection: People) -> None:
    clients = {name: client_of(user) for name, user in collection.items()}
    for sort in ("created_at", "quality_score"):
        url = f"/api/v1/content/?sort={sort}&page_size=5"
        pinned = {name: read(api, url)["pagination"]["as_of"] for name, api in clients.items()}
        hide_newer(collection)
        came = {
            name: read(api, f"{url}&as_of={pinned[name]}")["pagination"]["new_count"] for name, api in clients.items()
        }
        assert came == {"anonymous": 0, "alice": 3, "bob": 0, "stella": 3}
        ContentItem.objects.filter(created_at=LATER).delete()
