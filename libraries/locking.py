"""Locks of the whole database that end with the session that holds them: a process that is killed leaves none."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# First keys of advisory locks; the second is the library, or 0.
SCAN, PICTURES, REGISTER = 0x6C696273, 0x6C696270, 0x6C696272


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


def lock_transaction(kind: int) -> None:
    """Wait for a lock and hold it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [kind])


@contextmanager
def wait_for_lock(kind: int) -> Iterator[None]:
    """Wait for a lock and hold it inside the block."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, 0)", [kind])
    try:
        yield
    finally:
        if connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, 0)", [kind])
