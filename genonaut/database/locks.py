"""Locks of the whole database that end with the session that holds them: a process that is killed leaves none."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def try_lock(kind: int, pk: int = 0) -> Iterator[bool]:
    """Hold a lock inside the block; yield whether it was free."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [kind, pk])
        is_free = cursor.fetchone()[0]
    try:
        yield is_free
    finally:
        if is_free and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [kind, pk])
