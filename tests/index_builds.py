"""What tests of index builds need: builds that wait, and builds that were interrupted."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread, Timer

import psycopg
from django.db import connection

from genonaut.index_builds import builds_under_way
from tests.processes import database_url

TABLE = "content_contentitem"


@contextmanager
def unfinished_write(table: str = TABLE) -> Iterator[psycopg.Connection]:
    """Keep a transaction open that has written to the table: every concurrent build waits for its end."""
    with psycopg.connect(database_url()) as writer:
        writer.execute(f"LOCK TABLE {table} IN ROW EXCLUSIVE MODE")
        yield writer
        writer.rollback()


@contextmanager
def build_that_ends_in(seconds: float, name: str, columns: str) -> Iterator[None]:
    """Have another connection build an index meanwhile; deadlocks are looked for after a second."""

    def create() -> None:
        with psycopg.connect(database_url(), autocommit=True) as builder:
            builder.execute(f"CREATE INDEX CONCURRENTLY {name} ON {TABLE} {columns}")

    with unfinished_write() as writer:
        thread = Thread(target=create)
        thread.start()
        until(lambda: [found for found in builds_under_way() if "waiting" in found.phase])
        end = Timer(seconds, writer.rollback)
        end.start()
        yield
        end.join()
        thread.join()


def run_for(seconds: float, statement: str) -> None:
    """Run a statement and have it cancelled after these seconds, as an interruption does."""
    with psycopg.connect(database_url(), autocommit=True) as builder:
        builder.execute(f"SET statement_timeout = {int(seconds * 1000)}")
        try:
            builder.execute(statement)
        except psycopg.errors.QueryCanceled:
            return
    raise AssertionError("It was not interrupted.")


def until(condition: Callable[[], object]) -> None:
    """Wait for something, not for ever."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline, "This took too long."
        time.sleep(0.02)


def interrupt_build(name: str, columns: str = "(created_at)") -> None:
    """Leave an invalid index: its build is cancelled while it waits for a writer."""
    with unfinished_write():
        run_for(0.3, f"CREATE INDEX CONCURRENTLY {name} ON {TABLE} {columns}")


def interrupt_rebuild(name: str) -> None:
    """Leave the copy that an interrupted rebuild makes of an index."""
    with unfinished_write():
        run_for(0.3, f"REINDEX INDEX CONCURRENTLY {name}")


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
