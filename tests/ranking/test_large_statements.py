"""Statements of many rows are counted at once: they leave no deltas of rows, and every count is right."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, transaction

from genonaut.ranking import compact, reading, rebuild, verify
from genonaut.ranking.large_statements import SETTING
from tests.processes import database_url
from tests.ranking.crowd import Run, Undo, crowd, role
from tests.ranking.items import RANKINGS, TABLE, leaf_sizes, listed, make_items, rank_query

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("small_leaves")]
DELTA = RANKINGS.delta
LARGE = 20
SECONDS = 1
WAIT_SECONDS = 300
# Every way for a statement to change rows, two of them by several triggers of one statement.
STATEMENTS = {
    "insert": f"INSERT INTO {TABLE} (%s) SELECT %s FROM {TABLE}",
    "keys": f"UPDATE {TABLE} SET created_at = created_at + interval '7 min', quality_score = random()",
    "one order": f"UPDATE {TABLE} SET quality_score = random()",
    "facets": f"UPDATE {TABLE} SET is_private = NOT is_private",
    "primary keys": f"UPDATE {TABLE} SET id = id + 100000",
    "titles": f"UPDATE {TABLE} SET title = title || '.'",
    "delete": f"DELETE FROM {TABLE} WHERE mod(id, 2) = 0",
    "merge": f"""MERGE INTO {TABLE} AS item USING (SELECT id FROM {TABLE}) AS given ON given.id = item.id
        WHEN MATCHED AND mod(item.id, 2) = 0 THEN DELETE
        WHEN MATCHED THEN UPDATE SET source = 'auto', quality_score = NULL""",
    "both at once": f"""WITH gone AS (DELETE FROM {TABLE} WHERE mod(id, 2) = 0)
        UPDATE {TABLE} SET quality_score = 0.5 WHERE mod(id, 2) = 1""",
}


@pytest.fixture(scope="module")
def run(django_db_setup: None) -> Iterator[Run]:
    """Plays roles at the same time."""
    with crowd(SECONDS) as play:
        yield play


@pytest.fixture(autouse=True)
def large_statements() -> Iterator[None]:
    """Statements of few rows count as large, on the test's own connection; each test ends with a full count."""
    execute(f"SET {SETTING} = {LARGE}")
    yield
    execute(f"RESET {SETTING}")
    for _ in range(2):
        assert drifts() == []
        compact(RANKINGS)


def execute(sql: str) -> None:
    """Run one statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql)


def drifts() -> list[str]:
    """Return what verifying finds."""
    return [str(drift) for ranking in RANKINGS.values() for drift in verify(ranking)]


def deltas_of_rows() -> int:
    """Return how many deltas readers have to add up."""
    return DELTA.objects.exclude(row_count=0).count()


def version() -> str | None:
    """Return the version of all items."""
    return reading.version(RANKINGS["newest"], {})


@contextmanager
def other_connection() -> Iterator[psycopg.Connection]:
    """Open a connection of its own, to which few rows are many."""
    with psycopg.connect(database_url()) as other:
        other.execute(f"SET {SETTING} = {LARGE}")
        yield other


def statement(name: str) -> str:
    """Return a statement that changes all items or half of them."""
    if name != "insert":
        return STATEMENTS[name]
    columns = ", ".join(field.column for field in RANKINGS.model._meta.concrete_fields if field.column != "id")
    return STATEMENTS[name] % (columns, columns)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_large_statement_leaves_no_deltas_of_rows(name: str) -> None:
    make_items(120)
    rebuild(RANKINGS)
    before = version()
    execute(statement(name))
    assert deltas_of_rows() == 0
    assert version() != before
    assert drifts() == []


def test_what_a_large_statement_counted_goes_with_its_savepoint_transaction_or_process() -> None:
    make_items(120)
    rebuild(RANKINGS)
    before = version()
    with transaction.atomic():
        with pytest.raises(Undo), transaction.atomic():
            execute(statement("keys"))
            raise Undo
        assert drifts() == []
    with other_connection() as other:
        other.execute(statement("delete"))
        execute(f"SELECT pg_terminate_backend({other.info.backend_pid}, 5000)")
        with pytest.raises(psycopg.errors.AdminShutdown):
            other.execute("SELECT 1")
    assert version() == before
    assert drifts() == []
    assert compact(RANKINGS, wait=False) is not None, "the lock is still taken"


def hold_deltas(other: psycopg.Connection) -> None:
    """Hold the lock of a compaction."""
    other.execute(f"LOCK TABLE {DELTA._meta.db_table} IN SHARE UPDATE EXCLUSIVE MODE")


def hold_by_a_large_statement(other: psycopg.Connection) -> None:
    """Leave a large statement uncommitted."""
    make_items(LARGE, seed=2, source="user")
    other.execute(f"UPDATE {TABLE} SET quality_score = 0.2 WHERE id > (SELECT max(id) - {LARGE} FROM {TABLE})")


@pytest.mark.parametrize("hold", [hold_deltas, hold_by_a_large_statement])
def test_it_appends_deltas_while_another_transaction_counts(hold: Callable[[psycopg.Connection], None]) -> None:
    make_items(120)
    rebuild(RANKINGS)
    with other_connection() as other:
        hold(other)
        execute(f"DELETE FROM {TABLE} WHERE id <= (SELECT min(id) + {LARGE} FROM {TABLE})")
        make_items(1)
        assert deltas_of_rows() == LARGE + 2
        other.commit()
    assert drifts() == []


def compactions_in_queue() -> int:
    """Return how many transactions wait for the lock of the deltas: they come before the next large statement."""
    with connection.cursor() as cursor:
        table = DELTA._meta.db_table
        cursor.execute("SELECT count(*) FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table])
        return cursor.fetchone()[0]


def test_a_compaction_that_waits_for_a_large_statement_lets_its_transaction_truncate() -> None:
    make_items(120)
    with other_connection() as other, ThreadPoolExecutor(1) as pool:
        other.execute(statement("facets"))
        waiting = pool.submit(compact_and_close)
        end = time.monotonic() + WAIT_SECONDS
        while not compactions_in_queue():
            assert time.monotonic() < end
        other.execute(f"TRUNCATE {TABLE} CASCADE")
        assert not waiting.done()
        other.commit()
        waiting.result(WAIT_SECONDS)


def compact_and_close() -> None:
    """Compact in a thread, on its own connection."""
    compact(RANKINGS)
    connection.close()


def test_a_transaction_of_one_snapshot_appends_deltas() -> None:
    make_items(120)
    with transaction.atomic():
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        execute("SELECT 1")
        with other_connection() as other:
            other.execute(statement("insert"))
        execute(statement("titles"))
    assert drifts() == []


def test_the_next_compaction_splits_the_leaves_that_it_made_large() -> None:
    make_items(400)
    compact(RANKINGS)
    execute(f"UPDATE {TABLE} SET quality_score = 0.7")
    assert max(leaf_sizes(RANKINGS["best"])) > 2 * RANKINGS.leaf_rows
    compact(RANKINGS)
    assert max(leaf_sizes(RANKINGS["best"])) <= 2 * RANKINGS.leaf_rows


def test_a_reader_of_a_huge_leaf_asks_for_a_compaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genonaut.ranking.reader.MAX_SKIPPED", 20)
    make_items(400)
    rebuild(RANKINGS)
    execute(f"UPDATE {TABLE} SET quality_score = 0.7")
    page = reading.at_rank(rank_query("best", {}), 200, 5, is_descending=True)
    assert page.keys == list(listed("best", {}, is_descending=True)[200:205])
    assert page.pending >= 1_000


def test_writers_of_large_and_small_statements_compactors_and_readers_never_disagree(run: Run) -> None:
    make_items(200)
    large = [role("writer", number=number, of=4, large_rows=1) for number in range(2)]
    small = [role("writer", number=number, of=4) for number in (2, 3)]
    run([*large, *small, role("compactor"), role("rebuilder"), role("reader", number=1)])
