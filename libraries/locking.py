"""Locks of libraries in the whole database, by the keys below, which `genonaut.database.locks` takes."""

from django.db import connection

# First keys of advisory locks; the second is the library, or 0.
SCAN, PICTURES, REGISTER = 0x6C696273, 0x6C696270, 0x6C696272


def lock_transaction(kind: int) -> None:
    """Wait for a lock and hold it until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [kind])
