"""Page N is what OFFSET gives and the total what COUNT gives, by number and by cursor, in every list for everybody."""

from collections.abc import Callable
from datetime import timedelta
from itertools import cycle
from random import Random
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.factories import EPOCH
from tests.pagination.collection import MODELS, VIEWERS, Listed, People, lists
from tests.pagination.walks import cursor_url, ids, page_of, read, times_on

CASES = [(name, viewer) for name in MODELS for viewer in VIEWERS[name]]
ClientOf = Callable[[Any], APIClient]


@pytest.fixture(autouse=True)
def as_written(collection: People) -> None:
    """Let each test begin with those rows."""


def told(answer: dict[str, Any]) -> dict[str, Any]:
    """Return what an answer says of where it stands."""
    names = ("page", "total_count", "total_count_kind", "total_pages", "first_position", "last_position")
    return {name: answer["pagination"][name] for name in names} | {"ids": ids(answer)}


def expected(listed: Listed, rows: list[int], first: int, size: int) -> dict[str, Any]:
    """Return what OFFSET and COUNT say of the rows after the first so many."""
    shown = rows[first : first + size]
    is_placed = listed.is_ranked and bool(shown)
    return {
        "page": first // size + 1,
        "total_count": len(rows),
        "total_count_kind": "exact",
        "total_pages": max(1, -(-len(rows) // size)),
        "first_position": first + 1 if is_placed else None,
        "last_position": first + len(shown) if is_placed else None,
        "ids": shown,
    }


@pytest.mark.parametrize(("name", "viewer"), CASES)
def test_the_last_page_is_that_of_offset_and_the_total_that_of_count(
    client_of: ClientOf, collection: People, name: str, viewer: str
) -> None:
    """Traps 13 and 18."""
    api, random = client_of(collection[viewer]), Random(f"{name} {viewer}")
    for listed in lists(name, viewer):
        rows = list(listed.rows(collection))
        size = random.choice([1, 7, 20, 1000])
        last = max(1, -(-len(rows) // size))
        answer = read(api, f"{listed.url}&page={last}&page_size={size}")
        assert told(answer) == expected(listed, rows, (last - 1) * size, size), listed


@pytest.mark.parametrize(("name", "viewer"), CASES)
def test_a_page_behind_the_last_says_how_many_there_are(
    client_of: ClientOf, collection: People, name: str, viewer: str
) -> None:
    """Trap 19."""
    listed = next(lists(name, viewer))
    last = -(-len(listed.rows(collection)) // 9)
    for number in (last + 1, 10**18):
        missing = client_of(collection[viewer]).get(f"{listed.url}&page={number}&page_size=9")
        assert (missing.status_code, missing.json()["total_pages"]) == (404, last)


@pytest.mark.parametrize(("name", "viewer"), CASES)
def test_page_n_is_that_of_offset_and_the_pages_by_cursor_beside_it_know_their_numbers_and_places(
    client_of: ClientOf, collection: People, name: str, viewer: str
) -> None:
    """Traps 9, 13 and 18."""
    api, random = client_of(collection[viewer]), Random(f"{viewer} {name}")
    steps = {"next_cursor": 1, "prev_cursor": -1}
    for listed, (relation, step) in zip(lists(name, viewer), cycle(steps.items()), strict=False):
        rows, size = list(listed.rows(collection)), random.choice([3, 8])
        if len(rows) <= size:
            continue
        number = random.randint(1, len(rows) // size)
        url = f"{listed.url}&page_size={size}"
        page = read(api, f"{url}&page={number}")
        assert told(page) == expected(listed, rows, (number - 1) * size, size), listed
        if page["pagination"][relation]:
            beside = read(api, cursor_url(url, page, relation))
            if not listed.is_ranked:
                beside["pagination"]["page"] = number + step
            assert told(beside) == expected(listed, rows, (number + step - 1) * size, size), listed


@pytest.mark.parametrize("name", ["content", "users"])
def test_a_cursor_that_falls_inside_a_page_says_where_its_rows_are(
    client_of: ClientOf, collection: People, name: str
) -> None:
    listed = Listed(name, "anonymous", "created_at", "desc")
    rows = list(listed.rows(collection))
    api = client_of(None)
    three = read(api, f"{listed.url}&page_size=3")
    five = read(api, cursor_url(f"{listed.url}&page_size=5", three))
    assert (told(five)["first_position"], told(five)["last_position"], ids(five)) == (4, 8, rows[3:8])


@pytest.mark.parametrize(("after", "before"), [(10, None), (None, 24), (5, 25), (25, 5)])
@pytest.mark.parametrize("viewer", ["anonymous", "alice", "bob", "stella"])
def test_bounds_of_the_sort_s_own_key_keep_totals_and_places_exact(
    client_of: ClientOf, collection: People, viewer: str, after: int | None, before: int | None
) -> None:
    hours = {"created_after": after, "created_before": before}
    bounds = {name: EPOCH + timedelta(hours=hour) for name, hour in hours.items() if hour is not None}
    query = "".join(f"&{name}={moment:%Y-%m-%dT%H:%MZ}" for name, moment in bounds.items())
    lookups = {"created_after": "created_at__gte", "created_before": "created_at__lt"}
    for order in ("desc", "asc"):
        listed = Listed("content", viewer, "created_at", order)
        kept = listed.rows(collection).filter(**{lookups[name]: moment for name, moment in bounds.items()})
        rows = list(kept)
        for number in {1, max(1, -(-len(rows) // 9))}:
            answer = read(client_of(collection[viewer]), f"{listed.url}{query}&page_size=9&page={number}")
            assert told(answer) == expected(listed, rows, (number - 1) * 9, 9)


@pytest.mark.parametrize("order", ["desc", "asc"])
def test_a_least_quality_keeps_totals_and_places_exact(client_of: ClientOf, collection: People, order: str) -> None:
    listed = Listed("content", "alice", "quality_score", order)
    rows = list(listed.rows(collection).filter(quality_score__gte=0.5))
    api = client_of(collection["alice"])
    for number in (1, 3, -(-len(rows) // 8)):
        answer = read(api, f"{listed.url}&min_quality=0.5&page_size=8&page={number}")
        assert told(answer) == expected(listed, rows, (number - 1) * 8, 8)


@pytest.mark.parametrize("order", ["desc", "asc"])
@pytest.mark.parametrize("viewer", ["anonymous", "alice", "bob", "stella"])
@pytest.mark.parametrize("facets", [(), (("content_type", "image"),), (("source", "auto"), ("content_type", "text"))])
def test_a_date_is_found_among_what_the_viewer_sees_and_the_facets_keep(
    client_of: ClientOf, collection: People, facets: tuple, viewer: str, order: str
) -> None:
    listed = Listed("content", viewer, "created_at", order, facets)
    rows = list(listed.rows(collection).values_list("created_at", flat=True))
    times = rows[::-1] if order == "desc" else rows
    for hour in range(1, 44, 14):
        moment = EPOCH + timedelta(hours=hour, minutes=1)
        found = read(client_of(collection[viewer]), f"{listed.url}&page_size=4&at={moment:%Y-%m-%dT%H:%MZ}")
        number = page_of(times, order, lambda time: (time <= moment) if order == "desc" else (time >= moment), 4)  # noqa: B023
        assert (found["pagination"]["page"], times_on(found)) == (number, rows[4 * number - 4 : 4 * number])
