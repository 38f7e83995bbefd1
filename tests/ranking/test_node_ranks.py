"""Where nodes begin: each has the rank that COUNT gives, whatever is pending, corrected or left out."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

import pytest

from genonaut.ranking import Correction, KeyBound, RankQuery, RankResult, compact, reading, rebuild
from tests.factories import EPOCH
from tests.ranking.items import FACETS, KEYS, RANKINGS, RowsWhere, leaf_sizes, listed, make_items, rank_query
from tests.ranking.ranked.models import Item

PUBLIC = {"is_private": [False]}
OWN = "is_private AND mod(id, 2) = 0"


@pytest.fixture(autouse=True)
def items(db: None, small_leaves: None) -> None:
    """Some 300 items: most in leaves, some only in deltas, with rows gone and moved in both."""
    make_items(220)
    compact(RANKINGS)
    make_items(80, seed=2)
    ids = list(Item.objects.order_by("id").values_list("id", flat=True))
    Item.objects.filter(id__in=ids[::9]).delete()
    Item.objects.filter(id__in=ids[::7]).update(quality_score=None, created_at=EPOCH)


def are_right(result: RankResult, rows: Collection[tuple]) -> bool:
    """Return whether each key has as many rows before it as there are, and the keys are in order."""
    assert list(result.keys) == sorted(result.keys)
    return list(result.ranks) == [sum(row < key for row in rows) for key in result.keys]


def intervals(keys: Sequence[tuple]) -> list[tuple[KeyBound | None, KeyBound | None]]:
    """Return the bounds around each inner node, and the ends of everything."""
    return [*pairwise([None, *map(KeyBound, keys), None]), (None, None)]


@pytest.mark.parametrize("name", list(KEYS))
def test_a_node_begins_behind_as_many_rows_as_are_counted(name: str) -> None:
    for facets in FACETS:
        chosen, rows = rank_query(name, facets), listed(name, facets)
        inner = reading.node_ranks(chosen)
        assert len(inner.keys) > 3
        assert inner.total == rows.count()
        assert are_right(inner, rows)
        for between in intervals(inner.keys):
            assert are_right(reading.node_ranks(chosen, between), rows), (facets, between)


@pytest.mark.parametrize("name", list(KEYS))
def test_the_leaves_between_the_starts_of_inner_nodes_are_all_leaves(name: str) -> None:
    chosen = rank_query(name, {})
    leaves = [
        key
        for between in intervals(reading.node_ranks(chosen).keys)[:-1]
        for key in reading.node_ranks(chosen, between).keys
    ]
    assert leaves == list(reading.node_ranks(chosen, (None, None)).keys)
    # The first leaf begins at the lowest key.
    assert len(leaves) == len(leaf_sizes(RANKINGS[name])) - 1


def test_leaves_between_any_two_bounds_have_their_ranks() -> None:
    rows = list(listed("newest", PUBLIC))
    chosen = rank_query("newest", PUBLIC)
    for start, end in ((rows[10], rows[90]), (rows[41], rows[44]), (rows[90], rows[10])):
        result = reading.node_ranks(chosen, (KeyBound(start), KeyBound(end)))
        assert are_right(result, rows)
        assert all(start <= key < end for key in result.keys)


@pytest.mark.parametrize("name", list(KEYS))
def test_corrections_count(name: str) -> None:
    ranking = RANKINGS[name]
    own = RowsWhere(ranking, OWN).keys([], is_descending=None, limit=None)
    chosen = RankQuery(ranking, PUBLIC, RowsWhere(ranking, f"NOT is_private OR {OWN}"), [Correction(own, 1)])
    rows = [row for row in listed(name, {}) if row[-1] % 2 == 0 or row in set(listed(name, PUBLIC))]
    assert len(rows) > listed(name, PUBLIC).count()
    for between in (None, (None, None)):
        assert are_right(reading.node_ranks(chosen, between), rows)


def test_rows_in_a_gap_do_not_count() -> None:
    gap = KeyBound((EPOCH.replace(minute=10),)), KeyBound((EPOCH.replace(minute=25),))
    rows = [row for row in listed("newest", PUBLIC) if not gap[0].keys <= row[:1] < gap[1].keys]
    chosen = rank_query("newest", PUBLIC, gap=gap)
    for between in (None, (None, None), (KeyBound(rows[30]), KeyBound(rows[-20]))):
        assert are_right(reading.node_ranks(chosen, between), rows)


def test_bounds_of_the_query_leave_ranks_as_they_are() -> None:
    rows = list(listed("newest", PUBLIC))
    bounded = replace(rank_query("newest", PUBLIC), lower=KeyBound(rows[20]), probes=[KeyBound(rows[50])])
    result = reading.node_ranks(bounded)
    assert are_right(result, rows)
    assert (result.start, list(result.probes)) == (20, [50])


def test_a_table_that_was_counted_empty_has_no_such_nodes() -> None:
    Item.objects.all().delete()
    rebuild(RANKINGS)
    result = reading.node_ranks(rank_query("best", PUBLIC))
    assert (list(result.keys), list(result.ranks), result.total) == ([], [], 0)
