"""Every ranking of every model at scale: counted along one index that holds all it needs, and counted right."""

from typing import Any

import pytest
from django.db import connection

from genonaut.ranking import Ranking, verify
from genonaut.ranking.sql_names import SqlNames
from tests.plans.dataset import MODELS, TABLES
from tests.plans.test_plan_guard import explain
from tests.processes import wait_until_nobody_reads

RANKINGS = [ranking for model in MODELS for ranking in model.rankings.values()]
SOME_ROWS = 10_000


@pytest.fixture(scope="module")
def vacuumed(rows: None, django_db_blocker: Any) -> None:
    """Free what other tests wrote and took back, up to 100,000 rows: an index leads to each of them until then."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in TABLES:
            wait_until_nobody_reads()
            cursor.execute(f"VACUUM (INDEX_CLEANUP ON) {table}")


@pytest.mark.parametrize("ranking", RANKINGS, ids=str)
def test_a_ranking_is_counted_along_one_index_and_no_table(vacuumed: None, db: None, ranking: Ranking) -> None:
    names = SqlNames(ranking)
    walk = f"{names.row_keys}{names.row_facets} FROM {names.table} AS item ORDER BY {names.row_keys}"
    plan = explain(f"SELECT {walk} LIMIT {SOME_ROWS}")
    assert [node["Node Type"] for node in plan] == ["Limit", "Index Only Scan"]
    assert plan[1]["Index Name"].endswith((f"_all_{ranking.name}", f"_every_{ranking.name}"))
    # But for rows of pages that VACUUM had to leave because something was reading just then.
    assert plan[1]["Heap Fetches"] < SOME_ROWS / 10


@pytest.mark.parametrize("ranking", RANKINGS, ids=str)
def test_a_ranking_of_all_rows_counts_them_right(rows: None, db: None, ranking: Ranking) -> None:
    assert verify(ranking) == []
