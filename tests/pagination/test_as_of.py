"""as_of: numbered pages do not shift while rows come in, and a page says how many came since."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut.pagination.pins import MOST_LATEST
from genonaut.postgres.postmaster import polls
from tests.api.endpoints import PRIVATE, Endpoint
from tests.factories import EPOCH, ContentItemFactory, UserFactory
from tests.pagination.walks import cursor_url, ids, read
from users.models import User

ClientOf = Callable[[Any], APIClient]
# Later than the factories' own times, also after a whole suite of items.
LATER = EPOCH + timedelta(days=900)


def moment(text: str) -> datetime:
    """Return the moment in an answer."""
    return datetime.fromisoformat(text)


def moment_text(item: ContentItem) -> str:
    """Return the moment of an item as an answer says it."""
    return item.created_at.isoformat().replace("+00:00", "Z")


def place(page: dict[str, Any]) -> dict[str, Any]:
    """Return what a page says of itself but for the rows that came in."""
    return {name: value for name, value in page["pagination"].items() if name not in ("next_cursor", "prev_cursor")}


def test_a_moment_that_comes_changes_pin_and_etag(api: APIClient, db: None) -> None:
    """Nothing is written meanwhile: time alone makes an item of a time to come one of the past."""
    old = ContentItemFactory()
    url = f"/api/v1/content/?as_of={moment_text(old)}"
    read(api, url)
    soon = ContentItemFactory(created_at=timezone.now() + timedelta(seconds=0.3))
    before = api.get(url)
    while timezone.now() > soon.created_at:  # The machine is busy: it has come before the answer did.
        soon.created_at = timezone.now() + 4 * (timezone.now() - soon.created_at)
        soon.save()
        before = api.get(url)
    assert (ids(before.json()), before.json()["pagination"]["new_count"]) == ([soon.pk, old.pk], 0)
    for _ in polls(60):
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


@pytest.mark.parametrize(
    ("to_come", "statements"), [(0, 1), (MOST_LATEST - 1, 1), (MOST_LATEST, 2), (MOST_LATEST + 1, 2)]
)
@pytest.mark.parametrize("query", ["", "content_type=image", "sort=quality_score&order=asc"])
def test_rows_of_a_time_to_come_hide_neither_the_newest_one_nor_the_next(
    api: APIClient, db: None, to_come: int, statements: int, query: str
) -> None:
    """A page reads both from the latest moments, and asks again where all of those are yet to come."""
    newest = ContentItemFactory(created_at=LATER, content_type="image")
    moments = [datetime(2400 + number, 1, 1, tzinfo=UTC) for number in range(to_come)]
    ContentItemFactory.create_batch(2, created_at=EPOCH, content_type="image")
    for at in moments:
        ContentItemFactory(created_at=at, content_type="image")
    url = f"/api/v1/content/?{query}"
    api.get(url)
    with CaptureQueriesContext(connection) as queries:
        answer = api.get(url)
    said = answer.json()["pagination"]
    assert (moment(said["as_of"]), said["new_count"], said["total_count"]) == (newest.created_at, 0, to_come + 3)
    assert len(queries) == statements
    # What is asked alone, whether the list is still that one, says the same of the next moment.
    assert api.get(url, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


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
