"""Locks of the whole database that end with the process that holds them: one that is killed leaves none.

Each is held by a transaction of a connection of its own, which does nothing else and so holds up no VACUUM. A lock of a
session would not do: through a connection pooler the statements of a session run on several server connections, so
that the lock is left on one and is free to everyone who comes to that one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def try_lock(kind: int, pk: int = 0) -> Iterator[bool]:
    """Hold a lock inside the block; yield whether it was free."""
    with _in_transaction_apart("SELECT pg_try_advisory_xact_lock(%s, %s)", kind, pk) as is_free:
        yield is_free


@contextmanager
def wait_for_lock(kind: int, pk: int = 0) -> Iterator[None]:
    """Wait for a lock and hold it inside the block."""
    with _in_transaction_apart("SELECT pg_advisory_xact_lock(%s, %s)", kind, pk):
        yield


@contextmanager
def _in_transaction_apart(statement: str, kind: int, pk: int) -> Iterator[object]:
    """Run a statement that takes a lock; yield its value, and end its transaction after the block."""
    apart = connection.copy()
    try:
        apart.set_autocommit(False)
        with apart.cursor() as cursor:
            # It is idle on purpose, for as long as the block takes.
            cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
            cursor.execute(statement, [kind, pk])
            value = cursor.fetchone()[0]
        yield value
    finally:
        if apart.is_usable():
            apart.rollback()
        apart.close()
