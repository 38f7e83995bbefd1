"""Every ranking of every model at scale: counted along one index that holds all it needs, and counted right."""

import pytest

from genonaut.ranking import Ranking, verify
from genonaut.ranking.sql_names import SqlNames
from tests.plans.dataset import MODELS
from tests.plans.test_plan_guard import explain

RANKINGS = [ranking for model in MODELS for ranking in model.rankings.values()]
SOME_ROWS = 10_000


@pytest.mark.parametrize("ranking", RANKINGS, ids=str)
def test_a_ranking_is_counted_along_one_index_and_no_table(rows: None, db: None, ranking: Ranking) -> None:
    names = SqlNames(ranking)
    walk = f"{names.row_keys}{names.row_facets} FROM {names.table} AS item ORDER BY {names.row_keys}"
    plan = explain(f"SELECT {walk} LIMIT {SOME_ROWS}")
    assert [node["Node Type"] for node in plan] == ["Limit", "Index Only Scan"]
    assert plan[1]["Index Name"].endswith(f"_all_{ranking.name}")
    # But for the rows of pages that another test wrote to, if only to take it back: each of its two dozen works may lie
    # in another page, wherever there is room for one.
    assert plan[1]["Heap Fetches"] < SOME_ROWS / 10


@pytest.mark.parametrize("ranking", RANKINGS, ids=str)
def test_a_ranking_of_all_rows_counts_them_right(rows: None, db: None, ranking: Ranking) -> None:
    assert verify(ranking) == []
