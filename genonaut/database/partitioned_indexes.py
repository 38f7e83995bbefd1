"""Indexes of partitioned tables, built in parts: PostgreSQL builds none CONCURRENTLY on a whole partitioned table.

The table's own index is made on it ONLY, without rows and not valid. Then each partition gets one, CONCURRENTLY, which
is attached; with the last of them the table's index is valid. A partition that comes meanwhile gets its own at once.
Interrupted anywhere, it goes on with the parts that are missing.
"""

import time
from hashlib import sha256
from typing import NamedTuple

from django.db import OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql
from psycopg.errors import LockNotAvailable

from genonaut.database.index_builds import drop_index, find_index, wait_for_builds

# Sessions that come later wait behind one that waits for a lock: it gives up soon, and asks again.
LOCK_SECONDS = 3
LOCK_TRIES = 20
PAUSE_SECONDS = 1.0
NAME_LENGTH = 63

IS_PARTITIONED = "SELECT EXISTS (SELECT FROM pg_class WHERE oid = to_regclass(%s) AND relkind = 'p')"
# The partitions of a table, and what of them is attached to one of its indexes.
PARTS = """
    SELECT schema.nspname, part.relname, part.relkind = 'p', (
        SELECT index.relname FROM pg_index AS entry
        JOIN pg_inherits AS attached ON attached.inhrelid = entry.indexrelid
        JOIN pg_class AS index ON index.oid = entry.indexrelid
        WHERE entry.indrelid = part.oid AND attached.inhparent = to_regclass(%s))
    FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    JOIN pg_namespace AS schema ON schema.oid = part.relnamespace
    WHERE inhparent = to_regclass(%s) ORDER BY part.oid
"""


class OtherIndexError(RuntimeError):
    """The name is taken by an index of another definition."""


class Part(NamedTuple):
    """A partition of a table, at any depth."""

    schema: str
    table: str
    is_partitioned: bool
    index: str | None  # attached to the index at hand

    @property
    def quoted(self) -> str:
        """The table's name for SQL."""
        return sql.Identifier(self.schema, self.table).as_string()


def is_partitioned(connection: BaseDatabaseWrapper, table: str) -> bool:
    """Return whether a table, quoted, has partitions. One query."""
    with connection.cursor() as cursor:
        cursor.execute(IS_PARTITIONED, [table])
        return cursor.fetchone()[0]


def part_name(table: str, index: str) -> str:
    """Return the name of a partition's index, the same each time."""
    name = f"{table}_{index}"
    return name if len(name) <= NAME_LENGTH else f"{name[: NAME_LENGTH - 9]}_{sha256(name.encode()).hexdigest()[:8]}"


def add_in_parts(connection: BaseDatabaseWrapper, table: str, index: str, shape: str) -> None:
    """Build an index of a partitioned table, quoted, whatever an interrupted run left of it.

    `shape` is its definition from the method on. Not inside a transaction. Raises OtherIndexError, and
    OperationalError if a lock was not free in a minute.
    """
    wait_for_builds(connection, table)
    if _is_missing(connection, table, index, shape):
        _run(connection, f"CREATE INDEX {connection.ops.quote_name(index)} ON ONLY {table} USING {shape}")
    schema = find_index(connection, table, index).schema
    whole = sql.Identifier(schema, index).as_string()
    for part in parts(connection, table, whole):
        name = part.index or part_name(part.table, index)
        if part.is_partitioned:
            add_in_parts(connection, part.quoted, name, shape)
        elif part.index is None:
            _build(connection, part, name, shape)
        if part.index is None:
            own = sql.Identifier(part.schema, name).as_string()
            _run(connection, f"ALTER INDEX {whole} ATTACH PARTITION {own}")


def remove_in_parts(connection: BaseDatabaseWrapper, table: str, index: str) -> None:
    """Drop an index of a partitioned table, quoted, and the parts that an interrupted build left beside it.

    To drop takes a moment, for which the table and its partitions are locked; PostgreSQL cannot do it CONCURRENTLY.
    """
    found = find_index(connection, table, index)
    if found is not None:
        _run(connection, f"DROP INDEX {sql.Identifier(found.schema, index).as_string()}")
    for part in parts(connection, table, ""):
        name = part_name(part.table, index)
        if part.is_partitioned:
            remove_in_parts(connection, part.quoted, name)
        else:
            drop_index(connection, part.schema, name)


def parts(connection: BaseDatabaseWrapper, table: str, index: str) -> list[Part]:
    """Return the partitions of a table, and what is attached to an index of it, both quoted. One query."""
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [index or None, table])
        return [Part(*row) for row in cursor.fetchall()]


def _is_missing(connection: BaseDatabaseWrapper, table: str, index: str, shape: str) -> bool:
    """Return whether a table has no such index. Raises OtherIndexError."""
    found = find_index(connection, table, index)
    if found is not None and found.definition != shape:
        raise OtherIndexError(f"{index} exists as {found.definition}; this migration's is {shape}.")
    return found is None


def _build(connection: BaseDatabaseWrapper, part: Part, name: str, shape: str) -> None:
    """Build a partition's own index beside reads and writes, unless it is there; what was left invalid is dropped."""
    wait_for_builds(connection, part.quoted)
    found = find_index(connection, part.quoted, name)
    if found is not None and not found.is_valid:
        drop_index(connection, found.schema, name)
    elif not _is_missing(connection, part.quoted, name, shape):
        return
    with connection.cursor() as cursor:
        quoted = connection.ops.quote_name(name)
        cursor.execute(f"CREATE INDEX CONCURRENTLY {quoted} ON {part.quoted} USING {shape}")


def _run(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run a statement that needs a lock for a moment, without holding other sessions up for long."""
    for tries_left in reversed(range(LOCK_TRIES)):
        try:
            with transaction.atomic(connection.alias), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
                cursor.execute(statement)
            return
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable) or not tries_left:
                raise
        time.sleep(PAUSE_SECONDS)
