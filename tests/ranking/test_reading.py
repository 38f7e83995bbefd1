"""Every result of a ranking is that of OFFSET and COUNT."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from django.db import connection

from genonaut.ranking import (
    Correction,
    KeyBound,
    NotReadyError,
    RankingState,
    RankQuery,
    RankResult,
    bound_ranks,
    compact,
    reading,
    rebuild,
)
from tests.factories import EPOCH
from tests.ranking.conftest import shrink_leaves
from tests.ranking.items import FACETS, KEYS, RANKINGS, Facets, RowsWhere, leaf_sizes, listed, make_items, rank_query
from tests.ranking.ranked.models import Item

ORDERS = list(KEYS)
DIRECTIONS = [False, True]
PUBLIC: Facets = {"is_private": [False]}


@pytest.fixture(scope="module")
def items(lasting_rows: None) -> None:
    """Some 300 items: most in leaves, some only in deltas, with rows gone and moved in both."""
    with pytest.MonkeyPatch.context() as patch:
        shrink_leaves(patch)
        make_items(220)
        compact(RANKINGS)
        Item.objects.filter(seed=1, id__in=ids()[::9]).delete()
        Item.objects.filter(id__in=ids()[::5]).update(created_at=EPOCH, quality_score=0.9, is_private=True)
        compact(RANKINGS)
        make_items(100, seed=2)
        Item.objects.filter(id__in=ids()[::11]).delete()
        Item.objects.filter(id__in=ids()[::7]).update(quality_score=None, source="auto")


@pytest.fixture(autouse=True)
def as_written(items: None, db: None, small_leaves: None) -> None:
    """Let each test begin with those items."""


def ids() -> list[int]:
    """Return all ids."""
    return list(Item.objects.order_by("id").values_list("id", flat=True))


def before(row: tuple, bound: KeyBound) -> bool:
    """Return whether a row lies before a bound."""
    prefix = row[: len(bound.keys)]
    return prefix < bound.keys or (bound.after and prefix == bound.keys)


def some_bounds(rows: list[tuple]) -> list[KeyBound]:
    """Return bounds before, behind and between rows, of all keys or the first ones."""
    random = Random(7)
    chosen = random.sample(rows, 4)
    return [
        KeyBound(row[:length], after) for row in chosen for length in range(1, len(row) + 1) for after in DIRECTIONS
    ]


@pytest.mark.parametrize("is_descending", DIRECTIONS)
@pytest.mark.parametrize("name", ORDERS)
def test_a_page_is_the_page_of_offset_and_the_total_that_of_count(name: str, is_descending: bool) -> None:
    for facets in FACETS:
        rows = listed(name, facets, is_descending=is_descending)
        total = rows.count()
        for rank in {0, total // 2, max(total - 3, 0), total + 10}:
            result = reading.at_rank(rank_query(name, facets), rank, 7, is_descending=is_descending)
            assert (result.total, result.first, result.keys) == (total, rank, list(rows[rank : rank + 7])), facets


@pytest.mark.parametrize("name", ORDERS)
def test_pages_one_after_the_other_are_the_whole_list(name: str) -> None:
    chosen = rank_query(name, PUBLIC)
    total = reading.totals(chosen).total
    pages = [reading.at_rank(chosen, rank, 20, is_descending=True).keys for rank in range(0, total, 20)]
    assert [key for page in pages for key in page] == list(listed(name, PUBLIC, is_descending=True))


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("facets", [{}, PUBLIC, {"source": ["auto"], "content_type": ["image", "text"]}], ids=str)
def test_the_rank_of_a_row_is_how_many_lie_before_it(name: str, facets: Facets) -> None:
    rows = list(listed(name, facets))
    chosen = rank_query(name, facets)
    for rank in range(0, len(rows), 5):
        assert reading.rank_of(chosen, rows[rank][-1]).first == rank


def test_a_row_of_other_facets_or_none_at_all_has_no_rank() -> None:
    private = Item.objects.filter(is_private=True).first()
    chosen = rank_query("newest", PUBLIC)
    assert reading.rank_of(chosen, private.pk).first == -1
    assert reading.rank_of(chosen, 0).first == -1


@pytest.mark.parametrize("name", ORDERS)
def test_probes_are_ranks_of_bounds_of_all_or_of_the_first_keys(name: str) -> None:
    rows = list(listed(name, PUBLIC))
    bounds = some_bounds(rows)
    result = reading.totals(rank_query(name, PUBLIC, probes=bounds))
    assert result.probes == [sum(before(row, bound) for row in rows) for bound in bounds]


@pytest.mark.parametrize("is_descending", DIRECTIONS)
@pytest.mark.parametrize("name", ORDERS)
def test_an_interval_is_a_list_of_its_own(name: str, is_descending: bool) -> None:
    rows = list(listed(name, PUBLIC))
    bounds = some_bounds(rows)
    for lower, upper in zip([None, *bounds], [*bounds[::-1], None], strict=True):
        within = [row for row in rows if not (lower and before(row, lower)) and (upper is None or before(row, upper))]
        wanted = within[::-1] if is_descending else within
        chosen = rank_query(name, PUBLIC, lower=lower, upper=upper)
        if lower and upper and not within and not before((*rows[0],), upper):
            continue
        result = reading.at_rank(chosen, len(within) // 2, 5, is_descending=is_descending)
        if within:
            assert result.total == len(within)
            assert result.keys == wanted[len(within) // 2 :][:5]
            assert reading.rank_of(chosen, within[-1][-1]).first == len(within) - 1
        else:
            assert result.keys == []


@pytest.mark.parametrize("is_descending", DIRECTIONS)
@pytest.mark.parametrize("name", ORDERS)
def test_an_interval_ends_in_the_middle_of_leaves(name: str, is_descending: bool) -> None:
    rows = list(listed(name, PUBLIC))
    within = rows[3:-3]
    wanted = within[::-1] if is_descending else within
    chosen = rank_query(name, PUBLIC, lower=KeyBound(within[0]), upper=KeyBound(within[-1], after=True))
    for rank in (0, 1, len(within) - 1, len(within), len(within) + 1):
        result = reading.at_rank(chosen, rank, 5, is_descending=is_descending)
        assert (result.total, result.keys) == (len(within), wanted[rank:][:5])
    for bound, place in ((KeyBound(rows[0]), 0), (KeyBound(rows[-1], after=True), len(within))):
        walk = reading.from_bound(chosen, bound, 5, is_descending=is_descending)
        first = len(within) - place if is_descending else place
        assert (walk.first, walk.keys) == (first, wanted[first:][:5])
    assert reading.rank_of(chosen, rows[2][-1]).first == reading.rank_of(chosen, rows[-3][-1]).first == -1


def test_an_interval_whose_end_lies_before_its_start_is_empty() -> None:
    rows = list(listed("newest", PUBLIC))
    chosen = rank_query("newest", PUBLIC, lower=KeyBound(rows[60]), upper=KeyBound(rows[20]))
    for is_descending in DIRECTIONS:
        result = reading.at_rank(chosen, 0, 5, is_descending=is_descending)
        assert (result.total, result.keys) == (0, [])


@pytest.mark.parametrize("is_backward", DIRECTIONS)
@pytest.mark.parametrize("is_descending", DIRECTIONS)
@pytest.mark.parametrize("name", ORDERS)
def test_a_walk_from_a_bound_knows_its_ranks(name: str, is_descending: bool, is_backward: bool) -> None:
    rows = list(listed(name, PUBLIC, is_descending=is_descending))
    for bound in some_bounds(rows):
        # In reading direction: how many rows are read before the bound is reached.
        place = sum(before(row, bound) != is_descending for row in rows)
        first = max(place - 6, 0) if is_backward else place
        result = reading.from_bound(
            rank_query(name, PUBLIC), bound, 6, is_descending=is_descending, is_backward=is_backward
        )
        assert (result.first, result.keys) == (first, rows[first : place if is_backward else place + 6])


@pytest.mark.parametrize("is_descending", DIRECTIONS)
def test_a_walk_without_a_bound_begins_at_an_end(is_descending: bool) -> None:
    rows = list(listed("newest", PUBLIC, is_descending=is_descending))
    start = reading.from_bound(rank_query("newest", PUBLIC), None, 6, is_descending=is_descending)
    end = reading.from_bound(rank_query("newest", PUBLIC), None, 6, is_descending=is_descending, is_backward=True)
    assert (start.first, start.keys) == (0, rows[:6])
    assert (end.first, end.keys) == (len(rows) - 6, rows[-6:])


@pytest.mark.parametrize("is_descending", DIRECTIONS)
@pytest.mark.parametrize("name", ORDERS)
def test_the_page_containing_a_bound_is_one_of_the_pages_by_number(name: str, is_descending: bool) -> None:
    rows = list(listed(name, PUBLIC, is_descending=is_descending))
    for bound in some_bounds(rows):
        place = min(sum(before(row, bound) != is_descending for row in rows), len(rows) - 1)
        first = place - place % 9
        result = reading.page_containing(rank_query(name, PUBLIC), bound, 9, is_descending=is_descending)
        assert (result.first, result.keys[:9]) == (first, rows[first : first + 9])


def corrected(name: str, condition: str, also: str = "false", but: str = "false") -> RankQuery:
    """Return the public items, with others `also` and `but` some."""
    ranking = RANKINGS[name]
    shown = RowsWhere(ranking, condition)
    corrections = [
        Correction(RowsWhere(ranking, rows).keys([], is_descending=None, limit=None), weight)
        for rows, weight in ((also, 1), (but, -1))
    ]
    return RankQuery(ranking, PUBLIC, shown, corrections)


@pytest.mark.parametrize("is_descending", DIRECTIONS)
@pytest.mark.parametrize("name", ORDERS)
def test_corrections_add_rows_and_take_rows_away(name: str, is_descending: bool) -> None:
    also, but = "is_private AND mod(id, 2) = 0", "NOT is_private AND mod(id, 3) = 0"
    wanted = f"({also}) OR (NOT is_private AND mod(id, 3) <> 0)"
    chosen = corrected(name, wanted, also, but)
    rows = [row for row in listed(name, {}, is_descending=is_descending) if row[-1] in ids_where(wanted)]
    for rank in range(0, len(rows) + 10, 13):
        result = reading.at_rank(chosen, rank, 10, is_descending=is_descending)
        assert (result.total, result.keys) == (len(rows), rows[rank : rank + 10])
    assert reading.at_rank(chosen, 0, 1, is_descending=is_descending).removed == len(ids_where(but))


def test_what_corrections_take_away_outside_an_interval_is_not_missing_in_it() -> None:
    but = "NOT is_private AND mod(id, 3) = 0"
    public = list(listed("newest", PUBLIC))
    chosen = replace(corrected("newest", "NOT is_private AND mod(id, 3) <> 0", but=but), lower=KeyBound(public[80]))
    within = [row for row in public[80:] if row[-1] not in ids_where(but)]
    result = reading.totals(chosen)
    assert (result.total, result.removed) == (len(within), len(public[80:]) - len(within))


def ids_where(condition: str) -> set[int]:
    """Return the ids of a condition."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ranked_item WHERE {condition}")
        return {pk for (pk,) in cursor.fetchall()}


READERS: list[Callable[[RankQuery], RankResult]] = [
    lambda chosen: reading.at_rank(chosen, 3, 3, is_descending=True),
    lambda chosen: reading.from_bound(chosen, None, 3, is_descending=True),
    lambda chosen: reading.rank_of(chosen, 1),
    reading.totals,
]


@pytest.mark.parametrize("read", READERS)
def test_more_corrections_than_allowed_are_not_counted(read: Callable[[RankQuery], RankResult]) -> None:
    chosen = corrected("newest", "true", also="is_private")
    private = len(ids_where("is_private"))
    read(RankQuery(chosen.ranking, PUBLIC, chosen.rows, chosen.corrections, most_corrections=private))
    with pytest.raises(NotReadyError):
        read(RankQuery(chosen.ranking, PUBLIC, chosen.rows, chosen.corrections, most_corrections=private - 1))


@pytest.mark.parametrize("read", READERS)
def test_a_ranking_that_is_not_built_is_not_read(read: Callable[[RankQuery], RankResult]) -> None:
    RankingState.objects.filter(pk=RANKINGS.label).delete()
    with pytest.raises(NotReadyError, match="rankings rebuild"):
        read(rank_query("newest", PUBLIC))
    assert reading.version(RANKINGS["newest"], PUBLIC) is None


def test_a_thousand_rows_of_one_key_have_a_rank_each_before_and_after_a_compaction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(RANKINGS, "leaf_rows", 40)
    Item.objects.all().delete()
    make_items(1_000, created_at=EPOCH, quality_score=0.5, is_private=False)
    for tidy in (lambda: None, lambda: compact(RANKINGS)):
        tidy()
        for name in ORDERS:
            rows = list(listed(name, PUBLIC))
            for rank in (0, 1, 499, 998):
                page = reading.at_rank(rank_query(name, PUBLIC), rank, 3, is_descending=False)
                assert page.keys == rows[rank : rank + 3]
                assert reading.rank_of(rank_query(name, PUBLIC), rows[rank][-1]).first == rank
    for name in ORDERS:
        assert max(leaf_sizes(RANKINGS[name])) <= 2 * RANKINGS.leaf_rows


def test_items_without_a_score_are_the_last_of_the_best() -> None:
    total = reading.totals(rank_query("best", PUBLIC)).total
    without = listed("best", PUBLIC).filter(quality_score=None).count()
    result = reading.at_rank(rank_query("best", PUBLIC), total - without - 1, 2, is_descending=True)
    assert without > 0
    assert result.keys[0][0] >= 0
    assert result.keys[1][0] == -1


def test_an_empty_table_has_no_rows_and_no_rank() -> None:
    Item.objects.all().delete()
    for _ in range(2):
        result = reading.at_rank(rank_query("newest", {}), 0, 5, is_descending=True)
        assert (result.total, result.keys) == (0, [])
        assert reading.rank_of(rank_query("newest", {}), 1).first == -1
        compact(RANKINGS)


def test_a_rank_no_table_reaches_is_past_the_end() -> None:
    assert reading.at_rank(rank_query("newest", {}), 10**30, 5, is_descending=True).keys == []


def test_each_result_is_one_query(django_assert_num_queries: Callable) -> None:
    bound = KeyBound((EPOCH,))
    chosen = rank_query("best", PUBLIC, lower=KeyBound((0.1,)), probes=[KeyBound((0.5,))])
    with django_assert_num_queries(5):
        reading.at_rank(chosen, 50, 5, is_descending=True)
        reading.from_bound(chosen, KeyBound((0.5, *bound.keys)), 5, is_descending=True)
        reading.rank_of(chosen, 1)
        reading.totals(chosen)
        reading.page_containing(chosen, KeyBound((0.5,)), 5, is_descending=True)


WRITES = {
    "title": "UPDATE ranked_item SET title = 'Another' WHERE id = (SELECT id FROM item)",
    "quality": "UPDATE ranked_item SET quality_score = 0.77 WHERE id = (SELECT id FROM item)",
    "delete": "DELETE FROM ranked_item WHERE id = (SELECT id FROM item)",
}


@pytest.mark.parametrize("write", ["title", "quality", "delete"])
def test_the_version_changes_with_its_own_facets_only(write: str) -> None:
    one = "WITH item AS (SELECT * FROM ranked_item WHERE NOT is_private LIMIT 1) "
    public, private = ({"is_private": [value]} for value in (False, True))
    versions = [reading.version(RANKINGS["newest"], facets) for facets in (public, private)]
    with connection.cursor() as cursor:
        cursor.execute(one + WRITES[write])
    after = [reading.version(RANKINGS["newest"], facets) for facets in (public, private)]
    assert after[0] != versions[0]
    assert after[1] == versions[1]
    compact(RANKINGS)
    assert [reading.version(RANKINGS["newest"], facets) for facets in (public, private)] == after


def test_a_change_of_nothing_watched_is_no_new_version() -> None:
    version = reading.version(RANKINGS["newest"], {})
    Item.objects.update(updated_at=EPOCH)
    assert reading.version(RANKINGS["newest"], {}) == version


@pytest.mark.parametrize("few", [-1, 10**6], ids=["in one pass", "one by one"])
@pytest.mark.parametrize("name", ORDERS)
def test_many_bounds_have_the_ranks_that_each_has_alone(name: str, few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bound_ranks, "FEW_BOUNDS", few)
    for facets in FACETS:
        rows = list(listed(name, facets))
        bounds = some_bounds(list(listed(name, {}))) + some_bounds(rows)[::-1]
        result = reading.totals(replace(rank_query(name, facets), probes=bounds))
        assert result.probes == [sum(before(row, bound) for row in rows) for bound in bounds], facets


def test_many_bounds_of_an_empty_ranking_are_at_its_start() -> None:
    Item.objects.all().delete()
    rebuild(RANKINGS)
    bounds = [KeyBound((EPOCH + timedelta(days=number),)) for number in range(20)]
    assert reading.totals(replace(rank_query("newest", PUBLIC), probes=bounds)).probes == [0] * 20
