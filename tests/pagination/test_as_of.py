"""as_of: numbered pages do not shift while rows come in, and a page says how many came since."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count, product
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut.postgres.postmaster import polls
from tests.api.endpoints import PRIVATE, Endpoint
from tests.factories import EPOCH, ContentItemFactory, UserFactory
from tests.pagination.collection import Listed, People
from tests.pagination.walks import cursor_url, flat, ids, pages, read
from users.models import User

ClientOf = Callable[[Any], APIClient]
# What the newest row of the collection is older than.
# Later than the factories' own times, also after a whole suite of items.
LATER = EPOCH + timedelta(days=900)
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


def moment(text: str) -> datetime:
    """Return the moment in an answer."""
    return datetime.fromisoformat(text)


def moment_text(item: ContentItem) -> str:
    """Return the moment of an item as an answer says it."""
    return item.created_at.isoformat().replace("+00:00", "Z")


def place(page: dict[str, Any]) -> dict[str, Any]:
    """Return what a page says of itself but for the rows that came in."""
    return {name: value for name, value in page["pagination"].items() if name not in ("next_cursor", "prev_cursor")}


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
    seen, api, here = [], client_of(collection[listed.viewer]), f"{listed.url}&page_size=12"
    for number in range(1, -(-len(expected) // 12) + 1):
        page = read(api, here)
        seen.append(ids(page))
        came = len(listed.rows(collection)) - len(expected)
        said = page["pagination"]
        assert (said["page"], said["total_count"], said["new_count"]) == (number, len(expected), came)
        insert(collection)
        here = page["links"]["next"]
    assert (flat(seen), here) == (expected, None)
    back = [ids(page) for page in pages(api, page["links"]["prev"], "prev")]
    assert flat(back[::-1]) == expected[: 12 * (len(seen) - 1)]


@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_pages_by_cursor_keep_their_places_while_rows_are_inserted(
    client_of: ClientOf, collection: People, listed: Listed
) -> None:
    expected = list(listed.rows(collection))
    api = client_of(collection[listed.viewer])
    first = read(api, f"{listed.url}&page_size=12")
    here = cursor_url(f"{listed.url}&page_size=12&as_of={first['pagination']['as_of']}", first)
    seen = [ids(first)]
    while here:
        insert(collection)
        page = read(api, here)
        came = len(listed.rows(collection)) - len(expected)
        said = page["pagination"]
        first_position = 12 * len(seen) + 1
        assert (said["first_position"], said["total_count"], said["new_count"]) == (first_position, len(expected), came)
        seen.append(ids(page))
        here = page["links"]["next"]
    assert flat(seen) == expected


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("viewer", ["anonymous", "alice", "stella"])
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


def test_a_moment_that_comes_changes_pin_and_etag(api: APIClient, db: None) -> None:
    """Nothing is written meanwhile: time alone makes an item of a time to come one of the past."""
    old = ContentItemFactory()
    soon = ContentItemFactory(created_at=timezone.now() + timedelta(seconds=1))
    url = f"/api/v1/content/?as_of={moment_text(old)}"
    before = api.get(url)
    assert (ids(before.json()), before.json()["pagination"]["new_count"]) == ([soon.pk, old.pk], 0)
    for _ in polls(5):
        after = api.get(url, headers={"If-None-Match": before.headers["ETag"]})
        if after.status_code == 200:
            break
    assert (ids(after.json()), after.json()["pagination"]["new_count"]) == ([old.pk], 1)
    assert moment(read(api, "/api/v1/content/")["pagination"]["as_of"]) == soon.created_at


def test_a_list_of_a_time_to_come_alone_is_as_of_no_moment(api: APIClient, db: None) -> None:
    made = [ContentItemFactory(created_at=datetime(year, 1, 1, tzinfo=UTC)).pk for year in (2450, 2099)]
    answer = read(api, "/api/v1/content/?page_size=1")
    assert (ids(answer), answer["pagination"]["as_of"], answer["pagination"]["new_count"]) == (made[:1], None, None)
    assert ids(read(api, answer["links"]["next"])) == made[1:]


@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_a_list_is_as_of_its_newest_row_until_asked_otherwise(
    client_of: ClientOf, collection: People, listed: Listed
) -> None:
    api = client_of(collection[listed.viewer])
    newest = max(ContentItem.objects.in_bulk(list(listed.rows(collection))).values(), key=lambda item: item.created_at)
    for query in ("", "&page=2", "&page=3&page_size=10"):
        said = read(api, f"{listed.url}{query or '&page_size=50'}".replace("&page=2", "&page=2&page_size=10"))
        assert moment(said["pagination"]["as_of"]) == newest.created_at
        assert (said["pagination"]["as_of"][-1], said["pagination"]["new_count"]) == ("Z", 0)


def test_an_empty_list_is_as_of_no_moment(api: APIClient, db: None) -> None:
    said = read(api, "/api/v1/content/")["pagination"]
    assert (said["as_of"], said["new_count"], said["total_count"]) == (None, None, 0)


def test_an_empty_list_as_of_a_moment_says_what_came(api: APIClient, db: None) -> None:
    ContentItemFactory.create_batch(3)
    said = read(api, "/api/v1/content/?as_of=2001-01-01")["pagination"]
    assert (said["total_count"], said["new_count"], said["total_pages"], said["first_position"]) == (0, 3, 1, None)


def test_rows_deleted_since_are_gone_from_pages_and_totals_and_are_not_new(api: APIClient, db: None) -> None:
    made = [item.pk for item in ContentItemFactory.create_batch(9)][::-1]
    first = read(api, "/api/v1/content/?page_size=3")
    ContentItem.objects.filter(pk__in=made[:2]).delete()
    ContentItemFactory.create_batch(2, created_at=LATER)
    second = read(api, first["links"]["next"])
    assert (ids(second), second["pagination"]["total_count"], second["pagination"]["new_count"]) == (made[5:8], 7, 2)


@pytest.mark.parametrize("sort", ["created_at", "quality_score"])
def test_as_of_the_future_is_the_whole_list_with_nothing_new(api: APIClient, db: None, sort: str) -> None:
    made = [item.pk for item in ContentItemFactory.create_batch(5)][::-1]
    answer = read(api, f"/api/v1/content/?as_of=2999-01-01&sort={sort}")
    said = answer["pagination"]
    assert (ids(answer), said["new_count"], said["as_of"]) == (made, 0, "2999-01-01T00:00:00Z")


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


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("sort", ["created_at", "quality_score"])
@pytest.mark.parametrize("age", range(6))
def test_as_of_a_moment_holds_the_rows_up_to_it(api: APIClient, db: None, age: int, sort: str, order: str) -> None:
    made = [ContentItemFactory(quality_score=0.5) for _ in range(5)]
    at = (made[age].created_at if age < 5 else made[0].created_at - timedelta(microseconds=1)).isoformat()
    kept = [item.pk for item in made if item.created_at <= datetime.fromisoformat(at)]
    answer = read(api, f"/api/v1/content/?as_of={at.replace('+', '%2B')}&sort={sort}&order={order}")
    assert ids(answer) == (kept[::-1] if order == "desc" else kept)
    assert answer["pagination"]["new_count"] == 5 - len(kept)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024-02-01", "2024-02-01T00:00:00Z"),
        ("2024-02-01T10:00", "2024-02-01T10:00:00Z"),
        ("2024-02-01T10:00:00.000001%2B02:00", "2024-02-01T08:00:00.000001Z"),
        ("0001-01-01", "0001-01-01T00:00:00Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_as_of_is_a_date_or_a_time_in_any_zone_to_the_microsecond(
    api: APIClient, db: None, text: str, said: str
) -> None:
    ContentItemFactory()
    assert read(api, f"/api/v1/content/?as_of={text}")["pagination"]["as_of"] == said


@pytest.mark.parametrize("sort", ["created_at", "quality_score"])
def test_a_blank_as_of_is_none(api: APIClient, db: None, sort: str) -> None:
    ContentItemFactory.create_batch(2)
    url = f"/api/v1/content/?sort={sort}"
    assert place(read(api, f"{url}&as_of=")) == place(read(api, url))


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize(
    ("bounds", "kept", "new"),
    [
        ("", range(6), 4),
        ("created_after=2024-01-03", range(2, 6), 4),
        ("created_before=2024-01-05", range(4), 0),
        ("created_before=2024-01-09", range(6), 2),
        ("created_after=2024-01-03&created_before=2024-01-05", range(2, 4), 0),
        ("created_after=2024-01-08", [], 3),
        ("created_after=2024-01-08&created_before=2024-01-10", [], 2),
        ("created_after=2024-01-09&created_before=2024-01-03", [], 0),
        ("created_before=2024-01-06T00:00:00Z", range(5), 0),
    ],
)
def test_bounds_in_time_and_as_of_hold_both(
    api: APIClient, db: None, bounds: str, kept: list[int], new: int, order: str
) -> None:
    made = [ContentItemFactory(created_at=EPOCH + timedelta(days=day)) for day in range(10)]
    answer = read(api, f"/api/v1/content/?as_of=2024-01-06&order={order}&{bounds}")
    expected = [made[day].pk for day in kept]
    assert ids(answer) == (expected[::-1] if order == "desc" else expected)
    assert (answer["pagination"]["total_count"], answer["pagination"]["new_count"]) == (len(expected), new)


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize(("least", "kept", "new"), [(0, range(6), 4), (0.3, range(3, 6), 4), (0.8, [], 2), (1, [], 0)])
def test_a_least_quality_and_as_of_hold_both(
    api: APIClient, db: None, least: float, kept: list[int], new: int, order: str
) -> None:
    """What came and is not good enough is not new in this list."""
    made = [ContentItemFactory(created_at=EPOCH + timedelta(days=day), quality_score=day / 10) for day in range(10)]
    answer = read(api, f"/api/v1/content/?sort=quality_score&min_quality={least}&as_of=2024-01-06&order={order}")
    expected = [made[day].pk for day in kept]
    assert ids(answer) == (expected[::-1] if order == "desc" else expected)
    assert (answer["pagination"]["total_count"], answer["pagination"]["new_count"]) == (len(expected), new)


def test_users_by_username_are_pinned_as_well(api: APIClient, db: None) -> None:
    made = [UserFactory(username=name, created_at=EPOCH).pk for name in ("b", "d", "f")]
    first = read(api, "/api/v1/users/?sort=username&order=asc&page_size=2")
    UserFactory(username="a", created_at=LATER)
    UserFactory(username="e", created_at=LATER, is_active=False)
    second = read(api, first["links"]["next"])
    assert (ids(second), second["pagination"]["new_count"]) == (made[2:], 1)


# --- Links


def as_of(link: str) -> list[str] | None:
    """Return what a link is pinned to."""
    return parse_qs(urlsplit(link).query).get("as_of")


@pytest.mark.parametrize("start", ["page=2", "cursor"])
def test_links_are_pinned_but_for_the_first_page_and_the_page_itself(api: APIClient, db: None, start: str) -> None:
    ContentItemFactory.create_batch(6)
    url = "/api/v1/content/?page_size=2"
    page = read(api, cursor_url(url, read(api, url)) if start == "cursor" else f"{url}&{start}")
    pinned = [page["pagination"]["as_of"]]
    assert {name: as_of(link) for name, link in page["links"].items()} == {
        "self": None,
        "first": None,
        "prev": pinned,
        "next": pinned,
        "last": pinned,
    }


def test_a_pinned_page_stays_pinned_to_the_moment_first_seen(api: APIClient, db: None) -> None:
    ContentItemFactory.create_batch(6)
    first = read(api, "/api/v1/content/?page_size=2")
    ContentItemFactory(created_at=LATER)
    second = read(api, first["links"]["next"])
    pinned = first["pagination"]["as_of"]
    assert second["pagination"]["as_of"] == pinned
    assert {name: as_of(link) for name, link in second["links"].items()} == {
        name: [pinned] for name in ("self", "first", "prev", "next", "last")
    }


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


def test_a_row_made_private_is_gone_for_others_as_of_any_moment(client_of: ClientOf, alice: User, bob: User) -> None:
    made = [item.pk for item in ContentItemFactory.create_batch(4, creator=alice)][::-1]
    pinned = read(client_of(bob), "/api/v1/content/")["pagination"]["as_of"]
    ContentItem.objects.filter(pk=made[0]).update(is_private=True)
    answers = [read(client_of(user), f"/api/v1/content/?as_of={pinned}") for user in (bob, alice)]
    assert [ids(answer) for answer in answers] == [made[1:], made]
    assert [answer["pagination"]["total_count"] for answer in answers] == [3, 4]


# --- Lists that cannot be pinned


@pytest.mark.parametrize("query", ["q=item", "tag=sea", "creator=alice", "min_quality=0.5", "content_type=image&q=a"])
def test_a_list_with_filters_that_no_ranking_counts_says_that_it_is_not_pinned(
    api: APIClient, db: None, query: str
) -> None:
    ContentItemFactory.create_batch(2)
    answer = api.get(f"/api/v1/content/?{query}&as_of=2024-01-01")
    assert (answer.status_code, answer.json()["errors"]) == (
        400,
        {"as_of": ["The pages of this list cannot be pinned to a moment."]},
    )


@pytest.mark.parametrize("endpoint", PRIVATE, ids=str)
def test_a_personal_list_refuses_as_of_and_takes_it_from_staff(
    client_of: ClientOf, alice: User, staff: User, endpoint: Endpoint
) -> None:
    endpoint.fill(alice, 3)
    url = f"{endpoint.url}?as_of=2999-01-01"
    refused = client_of(alice).get(url)
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["as_of"])
    assert read(client_of(staff), url)["pagination"]["total_count"] == 3
    assert {as_of(link) for link in read(client_of(alice), endpoint.url)["links"].values() if link} == {None}
