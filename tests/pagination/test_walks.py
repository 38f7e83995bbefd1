"""Walks through lists with ties, NULLs and rows that go away: each row once, both ways, and always truthful."""

import math
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from django.db import connection
from rest_framework.test import APIClient

from content.models import ContentItem
from tests.factories import EPOCH, ContentItemFactory, UserFactory
from tests.pagination.walks import cursor_url, cursor_walk, flat, ids, pages, read, walk
from users.models import User

CONTENT = "/api/v1/content/"
SIZES = (1, 2, 3, 7)
SCORES = {
    "NULLs first": [None, None, None, 0.2, 0.2, 0.9, 0.0],
    "NULLs between": [0.2, 0.9, None, None, 0.0, None, 0.2],
    "NULLs last": [0.0, 0.9, 0.2, 0.2, None, None, None],
    "NULLs only": [None] * 7,
}


def make_items(scores: list[float | None]) -> list[ContentItem]:
    """Return items of these scores, made in this order, two at each moment."""
    creator = UserFactory()
    times = [EPOCH + timedelta(minutes=number // 2) for number in range(len(scores))]
    pairs = zip(scores, times, strict=True)
    return [ContentItemFactory(creator=creator, quality_score=score, created_at=time) for score, time in pairs]


def by_quality(items: list[ContentItem]) -> list[int]:
    """Return the ids as `sort=quality_score` must give them: best first, those without a score last."""

    def key(item: ContentItem) -> tuple:
        return (-1 if item.quality_score is None else item.quality_score, item.created_at, item.pk)

    return [item.pk for item in sorted(items, key=key, reverse=True)]


def newest(items: list[ContentItem]) -> list[int]:
    return [item.pk for item in sorted(items, key=lambda item: (item.created_at, item.pk), reverse=True)]


TIED_ITEMS = """
    INSERT INTO content_contentitem (title, content_type, source, creator_id, prompt, data, metadata, tags,
                                     quality_score, is_private, seed, created_at, updated_at)
    SELECT 'Item', 'image', 'user', %s, '', '', '{}', '{}', 0.5, false, 1, %s, %s FROM generate_series(1, 5000)
    RETURNING id
"""


@pytest.fixture
def tied(db: None) -> list[int]:
    """5,000 items of one key; their ids, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(TIED_ITEMS, [UserFactory().pk, EPOCH, EPOCH])
        items = sorted((pk for (pk,) in cursor.fetchall()), reverse=True)
        # Of a table that was empty when it was analyzed last, PostgreSQL expects one row.
        cursor.execute("ANALYZE content_contentitem")
        return items


@pytest.mark.parametrize(("sort", "size"), [("created_at", 499), ("quality_score", 999)])
def test_5000_rows_of_one_key_are_walked_once_each_both_ways(
    api: APIClient, tied: list[int], sort: str, size: int
) -> None:
    """Trap 1."""
    url = f"{CONTENT}?page_size={size}&sort={sort}"
    limit = len(tied) // size + 1
    there = cursor_walk(api, url, limit=limit)
    back = walk(api, cursor_url(url, there[-1], "prev_cursor"), "prev", limit=limit)
    assert flat([ids(page) for page in there]) == tied
    assert flat(back[::-1]) == tied[: size * (len(there) - 1)]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("scores", SCORES.values(), ids=SCORES)
def test_rows_without_a_key_are_walked_once_each_both_ways(
    api: APIClient, db: None, scores: list[float | None], order: str
) -> None:
    """Trap 2."""
    expected = by_quality(make_items(scores))[:: 1 if order == "desc" else -1]
    for size in SIZES:
        there = cursor_walk(api, f"{CONTENT}?sort=quality_score&order={order}&page_size={size}")
        back = walk(api, there[-1]["links"]["last"], "prev")
        assert flat([ids(page) for page in there]) == expected, size
        assert flat(back[::-1]) == expected, size


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_numbered_pages_and_cursors_give_the_same_pages(api: APIClient, db: None, order: str) -> None:
    make_items(SCORES["NULLs between"])
    for size in SIZES:
        url = f"{CONTENT}?sort=quality_score&order={order}&page_size={size}"
        assert walk(api, url) == [ids(page) for page in cursor_walk(api, url)], size


@pytest.mark.parametrize("steps", range(1, 6))
def test_as_many_pages_back_as_forward_end_where_they_began(api: APIClient, db: None, steps: int) -> None:
    """Trap 4."""
    make_items([None, 0.5, 0.5] * 4)
    url = f"{CONTENT}?sort=quality_score&page_size=2"
    forward = [read(api, url)]
    for _ in range(steps):
        forward.append(read(api, cursor_url(url, forward[-1])))
    page, back = forward[-1], []
    for _ in range(steps):
        page = read(api, cursor_url(url, page, "prev_cursor"))
        back.append(ids(page))
    assert back[::-1] == [ids(page) for page in forward[:-1]]


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_times_a_microsecond_apart_are_told_apart_at_the_seam(api: APIClient, db: None, order: str) -> None:
    """Trap 5."""
    start = datetime(2024, 12, 31, 23, 59, 59, 999_997, tzinfo=UTC)
    items = [ContentItemFactory(created_at=start + timedelta(microseconds=step)) for step in (2, 0, 4, 3, 1)]
    url = f"{CONTENT}?page_size=1&order={order}"
    expected = newest(items)[:: 1 if order == "desc" else -1]
    assert flat([ids(page) for page in cursor_walk(api, url)]) == expected


@pytest.mark.parametrize("order", ["asc", "desc"])
def test_floats_a_bit_apart_are_told_apart_at_the_seam(api: APIClient, db: None, order: str) -> None:
    """Trap 5."""
    scores = [0.1, math.nextafter(0.1, 1), 1 / 3, math.nextafter(1 / 3, 0), 5e-324, 1e-323, 0.0, 0.1 + 0.2, 0.3, 1.0]
    expected = by_quality(make_items(scores))[:: 1 if order == "desc" else -1]
    url = f"{CONTENT}?sort=quality_score&page_size=1&order={order}"
    there = cursor_walk(api, url)
    back = walk(api, there[-1]["links"]["last"], "prev")
    assert flat([ids(page) for page in there]) == expected == flat(back[::-1])


@pytest.fixture
def three_pages(api: APIClient, db: None) -> list[dict]:
    """Pages 1 to 3 of six items, two on each."""
    make_items([0.5] * 6)
    return cursor_walk(api, f"{CONTENT}?page_size=2")


def next_url(page: dict) -> str:
    """Return the address of the page behind one of the three."""
    return cursor_url(f"{CONTENT}?page_size=2", page)


def test_a_cursor_leads_on_when_its_own_row_is_deleted(api: APIClient, three_pages: list[dict]) -> None:
    """Trap 8."""
    ContentItem.objects.get(pk=ids(three_pages[0])[-1]).delete()
    page = read(api, next_url(three_pages[0]))
    assert ids(page) == ids(three_pages[1])
    assert ids(read(api, page["links"]["prev"])) == ids(three_pages[0])[:1]


def test_all_behind_the_cursor_deleted_leaves_an_empty_page_that_leads_back(
    api: APIClient, three_pages: list[dict]
) -> None:
    """Trap 8."""
    ContentItem.objects.filter(pk__in=ids(three_pages[1]) + ids(three_pages[2])).delete()
    page = read(api, next_url(three_pages[0]))
    assert (page["items"], page["pagination"]["has_next"], page["links"]["next"]) == ([], False, None)
    assert (page["pagination"]["has_previous"], page["pagination"]["total_count"]) == (True, 2)
    assert ids(read(api, page["links"]["prev"])) == ids(three_pages[0])


def test_all_before_the_cursor_deleted_leaves_no_previous_page(api: APIClient, three_pages: list[dict]) -> None:
    """Trap 8."""
    ContentItem.objects.filter(pk__in=ids(three_pages[0])).delete()
    page = read(api, next_url(three_pages[0]))
    assert (page["pagination"]["has_previous"], page["links"]["prev"]) == (False, None)
    assert (ids(page), page["pagination"]["total_count"]) == (ids(three_pages[1]), 4)


def test_all_before_a_backward_cursor_deleted_leaves_an_empty_page_that_leads_on(
    api: APIClient, three_pages: list[dict]
) -> None:
    """Trap 8."""
    ContentItem.objects.filter(pk__in=ids(three_pages[0])).delete()
    page = read(api, cursor_url(f"{CONTENT}?page_size=2", three_pages[1], "prev_cursor"))
    assert (page["items"], page["pagination"]["has_previous"]) == ([], False)
    assert ids(read(api, page["links"]["next"])) == ids(three_pages[1])


def test_all_deleted_leaves_an_empty_page_with_no_way_on(api: APIClient, three_pages: list[dict]) -> None:
    """Trap 8."""
    ContentItem.objects.all().delete()
    page = read(api, next_url(three_pages[0]))
    assert (page["items"], page["links"]["prev"], page["links"]["next"]) == ([], None, None)
    assert page["pagination"]["total_count"] == 0


@pytest.mark.parametrize("gone", range(6))
def test_a_deleted_row_takes_no_other_with_it(api: APIClient, three_pages: list[dict], gone: int) -> None:
    """Trap 8."""
    seen = flat([ids(page) for page in three_pages])
    ContentItem.objects.filter(pk=seen[gone]).delete()
    rest = flat(walk(api, next_url(three_pages[0])))
    assert rest == [pk for pk in seen[2:] if pk != seen[gone]]


def test_the_total_stays_the_same_while_walking_by_cursor(api: APIClient, db: None) -> None:
    """Trap 9."""
    make_items([0.1, None, 0.5] * 4)
    there = cursor_walk(api, f"{CONTENT}?page_size=5&sort=quality_score")
    back = pages(api, there[-1]["links"]["last"], "prev")
    totals = [(page["pagination"]["total_count"], page["pagination"]["total_count_kind"]) for page in [*there, *back]]
    assert totals == [(12, "exact")] * 6


def test_a_cursor_goes_on_from_a_page_of_any_number(api: APIClient, db: None) -> None:
    """Trap 9: no offset is added to the cursor's place."""
    rows = newest(make_items([0.5] * 15))
    for size in SIZES:
        url = f"{CONTENT}?page_size={size}"
        second = read(api, f"{url}&page=2")
        assert flat(walk(api, cursor_url(url, second))) == rows[2 * size :], size


@pytest.mark.parametrize(("before", "after"), list(product((1, 3), (2, 1000))))
def test_the_page_size_may_change_on_the_way(api: APIClient, db: None, before: int, after: int) -> None:
    rows = newest(make_items([0.5] * 9))
    first = read(api, f"{CONTENT}?page_size={before}")
    assert flat(walk(api, cursor_url(f"{CONTENT}?page_size={after}", first))) == rows[before:]


def test_the_viewer_s_private_items_stand_in_their_places(api: APIClient, alice: User) -> None:
    """Trap 20."""
    items = [
        ContentItemFactory(creator=alice, is_private=number % 3 == 0, quality_score=[None, 0.5][number % 2])
        for number in range(10)
    ]
    api.force_login(alice)
    there = cursor_walk(api, f"{CONTENT}?page_size=3&sort=quality_score")
    assert flat([ids(page) for page in there]) == by_quality(items)
    assert [page["pagination"]["total_count"] for page in there] == [10] * 4
