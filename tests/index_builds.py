"""What tests of index builds need: builds that wait, and builds that were interrupted."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Timer

import psycopg
from django.db import connection

from genonaut.database.index_builds import builds_under_way
from tests.processes import database_url

TABLE = "content_contentitem"
DEADLOCK_SECONDS = 0.1
QUICK_DEADLOCKS = f"-c deadlock_timeout={DEADLOCK_SECONDS}s"
# How a connection looks whether the build goes on, when, and whether it waits in the queue of its lock instead.
LOOKS = """
    SELECT query, query_start, wait_event_type IS NOT DISTINCT FROM 'Lock' FROM pg_stat_activity
    WHERE pid = %s AND (wait_event_type = 'Lock'
        OR query LIKE '%%pg_stat_progress_create_index%%' AND query NOT LIKE '%%indisvalid%%')
"""


@contextmanager
def unfinished_write(table: str = TABLE) -> Iterator[psycopg.Connection]:
    """Keep a transaction open that has written to the table: every concurrent build waits for its end."""
    with psycopg.connect(database_url()) as writer:
        writer.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
        yield writer
        writer.rollback()


@contextmanager
def build_beside(name: str, columns: str) -> Iterator[None]:
    """Have another connection build an index until this one has waited for it longer than deadlocks are left alone."""

    def create() -> None:
        with psycopg.connect(database_url(), autocommit=True, options=QUICK_DEADLOCKS) as builder:
            builder.execute(f"CREATE INDEX CONCURRENTLY {name} ON {TABLE} {columns}")

    def end_after_a_wait() -> None:
        with psycopg.connect(database_url(), autocommit=True) as watching:
            wait_until_it_waits(watching, waiting)
        Timer(3 * DEADLOCK_SECONDS, writer.rollback).run()

    with unfinished_write() as writer, ThreadPoolExecutor(2) as pool:
        building = pool.submit(create)
        until(lambda: building.done() or [found for found in builds_under_way() if "waiting" in found.phase])
        with connection.cursor() as cursor:
            cursor.execute(f"SET deadlock_timeout = '{DEADLOCK_SECONDS}s'")
            waiting = connection.connection.info.backend_pid
        ending = pool.submit(end_after_a_wait)
        yield
        ending.result()
        building.result()
    with connection.cursor() as cursor:
        cursor.execute("RESET deadlock_timeout")


def wait_until_it_waits(watching: psycopg.Connection, pid: int) -> None:
    """Wait until a process looks for the second time whether a build goes on, or waits for a lock."""
    times = defaultdict(set)

    def has_looked_twice() -> bool:
        for query, start, is_locked in watching.execute(LOOKS, [pid]):
            times[query].add(start)
            return is_locked or len(times[query]) > 1
        return False

    until(has_looked_twice)


def interrupt(statement: str) -> None:
    """Run a statement, which waits for a transaction, and cancel it once it does, as an interruption does."""
    with psycopg.connect(database_url(), autocommit=True) as builder, ThreadPoolExecutor(1) as pool:
        running = pool.submit(builder.execute, statement)
        until(lambda: running.done() or is_waiting(builder.info.backend_pid))
        builder.cancel_safe()
        try:
            running.result()
        except psycopg.errors.QueryCanceled:
            return
    raise AssertionError("It was not interrupted.")


def is_waiting(pid: int) -> bool:
    """Return whether a process waits for a transaction to end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT wait_event = 'virtualxid' FROM pg_stat_activity WHERE pid = %s", [pid])
        return bool(cursor.fetchone()[0])


def until(condition: Callable[[], object]) -> None:
    """Wait for something, not for ever."""
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "This took too long."
        time.sleep(0.005)


def interrupt_build(name: str, columns: str = "(created_at)") -> None:
    """Leave an invalid index: its build is cancelled while it waits for a writer."""
    with unfinished_write():
        interrupt(f"CREATE INDEX CONCURRENTLY {name} ON {TABLE} {columns}")


def interrupt_rebuild(name: str) -> None:
    """Leave the copy that an interrupted rebuild makes of an index."""
    with unfinished_write():
        interrupt(f"REINDEX INDEX CONCURRENTLY {name}")


def indexes(pattern: str = "test_%", *, table: str = TABLE) -> dict[str, bool]:
    """Return a table's indexes of such names, and whether each is valid."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
            " WHERE indrelid = %s::regclass AND relname LIKE %s",
            [table, pattern],
        )
        return dict(cursor.fetchall())


def drop_indexes() -> None:
    """Remove what tests made: all tests of a process share the tables."""
    with connection.cursor() as cursor:
        for name in indexes():
            cursor.execute(f"DROP INDEX IF EXISTS {name}")
