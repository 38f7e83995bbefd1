"""Totals: exact within the budget, said to be otherwise beyond it, and never hiding or inventing a page (trap 19).

That is the plain way; by rank, at the same sizes, they are exact and page numbers reach the end.

The budgets are lowered, so that a few dozen rows are a large list.
"""

import pytest
from django.db import connection
from rest_framework.test import APIClient

from content.models import ContentItem
from genonaut import flags
from genonaut.flags import Flag
from genonaut.pagination import plain, totals
from genonaut.pagination.totals import Total, TotalKind
from tests.factories import ContentItemFactory
from tests.pagination.walks import cursor_url, cursor_walk, flat, ids, pages, read, walk

CONTENT = "/api/v1/content/"
BUDGET, LARGE_BUDGET, MAX_OFFSET = 10, 30, 100


@pytest.fixture(autouse=True)
def small_budgets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make 10 rows many, 30 too many to count and 100 too many to number."""
    monkeypatch.setattr(totals, "COUNT_BUDGET", BUDGET)
    monkeypatch.setattr(totals, "LARGE_COUNT_BUDGET", LARGE_BUDGET)
    monkeypatch.setattr(plain, "MAX_OFFSET", MAX_OFFSET)


@pytest.fixture(autouse=True)
def ranked_pages_are_off() -> None:
    """Read lists the plain way; `ranked` turns the switch on again."""
    flags.remember(frozenset({Flag.RANKED_PAGES}), seconds=None)


@pytest.fixture
def ranked(ranked_pages_are_off: None) -> None:
    """Read lists by rank."""
    flags.remember(frozenset(), seconds=None)


def make(count: int) -> list[int]:
    """Make public items without a creator; return their ids, newest first."""
    items = ContentItem.objects.bulk_create(ContentItemFactory.build_batch(count, creator=None))
    return [item.pk for item in reversed(items)]


def analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE content_contentitem")


def pretend(rows_on_a_page: float) -> None:
    """Make the planner believe in so many rows on each page of the table, and know nothing of what they hold.

    An autovacuum may have analyzed rows of another test that committed them: works that are private, each of them, say.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pg_statistic WHERE starelid = 'content_contentitem'::regclass")
        cursor.execute(
            "UPDATE pg_class SET reltuples = %s, relpages = 1000 WHERE relname = 'content_contentitem'",
            [1000 * rows_on_a_page],
        )


def start_afresh() -> None:
    """Give the table new, empty storage: rolled-back tests leave pages behind, and the planner counts pages."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE content_contentitem CASCADE")


def forget() -> None:
    """Leave the planner without statistics, as on a table that was never analyzed."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_class SET reltuples = -1, relpages = 0 WHERE relname = 'content_contentitem'")


def total(api: APIClient, query: str = "") -> tuple[int, str, int | None]:
    """Return the first page's total, its kind and the number of pages."""
    answer = read(api, f"{CONTENT}?page_size=4{query}")["pagination"]
    return answer["total_count"], answer["total_count_kind"], answer["total_pages"]


@pytest.mark.parametrize("count", [0, 1, BUDGET - 1, BUDGET])
def test_a_list_within_the_budget_is_counted_whatever_the_planner_thinks(api: APIClient, db: None, count: int) -> None:
    make(count)
    pretend(1_000_000)
    assert total(api) == (count, "exact", max(1, -(-count // 4)))


@pytest.mark.parametrize("count", [BUDGET + 1, LARGE_BUDGET - 1, LARGE_BUDGET])
def test_a_list_that_the_planner_thinks_small_is_counted(api: APIClient, db: None, count: int) -> None:
    make(count)
    analyze()
    assert total(api) == (count, "exact", -(-count // 4))


def test_a_list_beyond_the_budgets_is_estimated_and_has_no_number_of_pages(api: APIClient, db: None) -> None:
    make(80)
    analyze()
    assert total(api) == (80, "estimate", None)


def test_a_list_that_the_planner_thinks_far_too_small_has_at_least_what_was_counted(api: APIClient, db: None) -> None:
    make(LARGE_BUDGET + 10)
    # Rolled-back tests leave pages behind, so next to nothing on each.
    pretend(0.001)
    assert total(api) == (LARGE_BUDGET, "at_least", None)


def test_a_fresh_table_without_statistics_shows_no_sentinel(api: APIClient, db: None) -> None:
    start_afresh()
    make(LARGE_BUDGET + 10)
    forget()
    count, kind, number_of_pages = total(api)
    assert (kind in ("estimate", "at_least"), number_of_pages, 0 < count < 10_000) == (True, None, True)


@pytest.mark.parametrize("believed", [1, 1_000_000])
def test_every_row_is_reached_however_wrong_the_planner_is(api: APIClient, db: None, believed: int) -> None:
    rows = make(47)
    pretend(believed)
    url = f"{CONTENT}?page_size=5"
    assert flat(walk(api, url)) == rows == flat([ids(page) for page in cursor_walk(api, url)])


@pytest.mark.parametrize("believed", [1, 1_000_000])
def test_the_last_page_says_that_it_is_and_how_many_rows_there_are(api: APIClient, db: None, believed: int) -> None:
    make(47)
    pretend(believed)
    last = read(api, f"{CONTENT}?page_size=5&page=10")["pagination"]
    assert (last["has_next"], last["next_page"]) == (False, None)
    assert (last["total_count"], last["total_count_kind"], last["total_pages"]) == (47, "exact", 10)


@pytest.mark.parametrize("believed", [1, 1_000_000])
@pytest.mark.parametrize("page", [11, 20])
def test_a_page_that_only_an_estimate_promises_is_not_found(api: APIClient, db: None, believed: int, page: int) -> None:
    make(47)
    pretend(believed)
    response = api.get(f"{CONTENT}?page_size=5&page={page}")
    assert (response.status_code, response.json()["total_pages"]) == (404, 10)


@pytest.mark.parametrize("believed", [1, 1_000_000])
def test_the_last_link_of_an_estimated_list_leads_to_its_end(api: APIClient, db: None, believed: int) -> None:
    rows = make(47)
    pretend(believed)
    first = read(api, f"{CONTENT}?page_size=5")
    end = read(api, first["links"]["last"])
    assert (ids(end), end["pagination"]["has_next"]) == (rows[-5:], False)


@pytest.mark.parametrize("believed", [1, 1_000_000])
def test_an_estimate_does_not_change_while_walking_by_cursor(api: APIClient, db: None, believed: int) -> None:
    """Trap 9."""
    make(47)
    pretend(believed)
    there = cursor_walk(api, f"{CONTENT}?page_size=5")
    said = [(page["pagination"]["total_count"], page["pagination"]["total_count_kind"]) for page in there]
    assert said == [said[0]] * 10


def test_a_total_is_never_less_than_the_rows_already_shown(api: APIClient, db: None) -> None:
    make(90)
    pretend(1)
    there = list(pages(api, f"{CONTENT}?page_size=20"))
    shortfalls = [
        page["pagination"]["page"]
        for page in there
        if page["pagination"]["total_count"] < 20 * (page["pagination"]["page"] - 1) + len(page["items"])
    ]
    assert shortfalls == []


@pytest.mark.parametrize("size", [7, 10, 25])
def test_page_numbers_end_at_their_reach_and_the_next_link_goes_on(api: APIClient, db: None, size: int) -> None:
    rows = make(MAX_OFFSET + 30)
    reach = -(-MAX_OFFSET // size)
    at_the_end = read(api, f"{CONTENT}?page_size={size}&page={reach}")
    assert (at_the_end["pagination"]["has_next"], at_the_end["pagination"]["next_page"]) == (True, None)
    assert "cursor=" in at_the_end["links"]["next"]
    assert flat(walk(api, at_the_end["links"]["next"])) == rows[reach * size :]


@pytest.mark.parametrize("page", [11, 12, 10**18])
def test_a_page_beyond_the_reach_is_refused_with_the_last_that_can_be_had(api: APIClient, db: None, page: int) -> None:
    make(MAX_OFFSET + 30)
    response = api.get(f"{CONTENT}?page_size=10&page={page}")
    assert response.status_code == 400
    message = "Page numbers reach page 10 of this list; from there, follow the link to the next page."
    assert response.json()["errors"] == {"page": [message]}


@pytest.mark.parametrize("query", ["&q=item", "&tag=sea", "&created_after=2001-01-01&sort=quality_score"])
def test_lists_that_no_index_keeps_in_order_are_walked_beyond_the_budget(api: APIClient, db: None, query: str) -> None:
    made = ContentItem.objects.bulk_create(ContentItemFactory.build_batch(67, creator=None, tags=["sea"]))
    analyze()
    rows = [item.pk for item in reversed(made)]
    url = f"{CONTENT}?page_size=10{query}"
    by_cursor = cursor_walk(api, url)
    assert flat(walk(api, url)) == rows == flat([ids(page) for page in by_cursor])
    assert ids(read(api, cursor_url(url, by_cursor[-1], "prev_cursor"))) == rows[50:60]


@pytest.mark.parametrize(
    ("total", "known", "raised"),
    [
        (Total(5, TotalKind.EXACT), 9, Total(5, TotalKind.EXACT)),
        (Total(5, TotalKind.ESTIMATE), 9, Total(9, TotalKind.AT_LEAST)),
        (Total(9, TotalKind.ESTIMATE), 9, Total(9, TotalKind.ESTIMATE)),
        (Total(5, TotalKind.AT_LEAST), 9, Total(9, TotalKind.AT_LEAST)),
    ],
)
def test_a_total_is_raised_to_what_is_known_unless_it_was_counted(total: Total, known: int, raised: Total) -> None:
    assert total.at_least(known) == raised


# --- By rank

SIZES = [0, 1, BUDGET, BUDGET + 1, LARGE_BUDGET + 10, MAX_OFFSET, MAX_OFFSET + 30]


@pytest.mark.parametrize("believed", [0.001, 1_000_000])
@pytest.mark.parametrize("count", SIZES)
def test_a_ranked_list_of_any_size_is_counted_exactly(
    api: APIClient, db: None, ranked: None, count: int, believed: float
) -> None:
    make(count)
    pretend(believed)
    assert total(api) == (count, "exact", max(1, -(-count // 4)))


def test_a_ranked_list_without_statistics_is_counted_exactly(api: APIClient, db: None, ranked: None) -> None:
    start_afresh()
    make(LARGE_BUDGET + 10)
    forget()
    assert total(api) == (LARGE_BUDGET + 10, "exact", 10)


@pytest.mark.parametrize("size", [7, 10, 25])
def test_page_numbers_of_a_ranked_list_reach_its_end(api: APIClient, db: None, ranked: None, size: int) -> None:
    rows = make(MAX_OFFSET + 30)
    there = list(pages(api, f"{CONTENT}?page_size={size}"))
    assert flat([ids(page) for page in there]) == rows
    assert [page["pagination"]["page"] for page in there] == list(range(1, -(-len(rows) // size) + 1))
    assert {(page["pagination"]["total_count"], page["pagination"]["total_count_kind"]) for page in there} == {
        (len(rows), "exact")
    }


@pytest.mark.parametrize("page", [14, 15, 10**18, 10**30 - 1])
def test_a_page_past_the_end_of_a_ranked_list_is_not_found(api: APIClient, db: None, ranked: None, page: int) -> None:
    """Trap 19."""
    make(MAX_OFFSET + 30)
    response = api.get(f"{CONTENT}?page_size=10&page={page}")
    assert (response.status_code, response.json()["total_pages"]) == (404, 13)


@pytest.mark.parametrize("page", [0, -1])
def test_a_page_before_the_first_of_a_ranked_list_is_refused(api: APIClient, db: None, ranked: None, page: int) -> None:
    """Trap 19."""
    make(MAX_OFFSET + 30)
    response = api.get(f"{CONTENT}?page_size=10&page={page}")
    assert (response.status_code, list(response.json()["errors"])) == (400, ["page"])
