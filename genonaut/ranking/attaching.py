"""Attaching and detaching a partition together with its counts, so that readers see both at once or neither."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections, router, transaction
from django.db.backends.utils import CursorWrapper

from genonaut.ranking.declaration import Rankings
from genonaut.ranking.partitions import (
    cursor_of,
    drop_triggers,
    limit_lock_wait,
    make_function,
    make_triggers,
    mark_counted,
    partitions_of,
)
from genonaut.ranking.triggers import counted_rows

# Quoted where it has to be. Raises an error if there is no such table.
QUOTED = "SELECT %s::regclass::text"


class PartitionError(RuntimeError):
    """Nothing is attached or detached: the counts are not those of the partitions that there are."""


def attach(rankings: Rankings, table: str, bound: str) -> None:
    """Attach a table as a partition, `bound` as in `FOR VALUES WITH (MODULUS 4, REMAINDER 3)`, and count its rows.

    Names are those of SQL, quoted where they have to be. The ranked table is locked while PostgreSQL checks that the
    rows are within the bound, not while they are counted. Raises PartitionError, and OperationalError if a lock is not
    free within 3 seconds.
    """
    with _alone(rankings, table) as (cursor, quoted):
        _count(cursor, rankings, quoted, 1)
        # Readers would count the rows of the table, and not find them yet.
        cursor.execute(f'LOCK TABLE "{rankings.table}" IN ACCESS EXCLUSIVE MODE')
        _refuse_trouble(cursor, rankings)
        cursor.execute(f'ALTER TABLE "{rankings.table}" ATTACH PARTITION {quoted} {bound}')
        make_function(cursor, rankings)
        found = [partition for partition in partitions_of(rankings, cursor) if partition.is_attached]
        for partition in found:
            if not partition.has_triggers:
                make_triggers(cursor, rankings, partition)
        mark_counted(cursor, rankings, [partition.name for partition in found])


def detach(rankings: Rankings, table: str) -> None:
    """Detach a partition, which stays as a table, and take its rows out of the counts.

    The ranked table is locked meanwhile: a partition of many rows is emptied first. Raises PartitionError, and
    OperationalError if a lock is not free within 3 seconds.
    """
    with _alone(rankings, f'"{rankings.table}"') as (cursor, _):
        _refuse_trouble(cursor, rankings)
        quoted = _quoted(cursor, table)
        _count(cursor, rankings, quoted, -1)
        cursor.execute(f'ALTER TABLE "{rankings.table}" DETACH PARTITION {quoted}')
        found = partitions_of(rankings, cursor)
        for partition in found:
            if partition.is_triggered and not partition.is_attached:
                drop_triggers(cursor, partition)
        mark_counted(cursor, rankings, [partition.name for partition in found if partition.is_attached])


@contextmanager
def _alone(rankings: Rankings, table: str) -> Iterator[tuple[CursorWrapper, str]]:
    """Open a transaction that alone changes the nodes, with a table locked; give the table, quoted."""
    alias = router.db_for_write(rankings.model)
    is_nested = connections[alias].in_atomic_block
    with transaction.atomic(using=alias), cursor_of(rankings) as cursor:
        if not is_nested:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        cursor.execute("SET LOCAL statement_timeout = 0")
        limit_lock_wait(cursor)
        quoted = _quoted(cursor, table)
        cursor.execute(f"LOCK TABLE {quoted} IN ACCESS EXCLUSIVE MODE")
        cursor.execute(f'LOCK TABLE "{rankings.delta._meta.db_table}" IN SHARE UPDATE EXCLUSIVE MODE')
        yield cursor, quoted


def _refuse_trouble(cursor: CursorWrapper, rankings: Rankings) -> None:
    """Raise PartitionError if what is attached is not what is counted. The ranked table has to be locked."""
    wrong = [
        f"{partition.name} {partition.trouble}" for partition in partitions_of(rankings, cursor) if partition.trouble
    ]
    if wrong:
        raise PartitionError(f"Rebuild the rankings of {rankings.label} first: {'; '.join(wrong)}.")


def _quoted(cursor: CursorWrapper, table: str) -> str:
    cursor.execute(QUOTED, [table])
    return cursor.fetchone()[0]


def _count(cursor: CursorWrapper, rankings: Rankings, table: str, sign: int) -> None:
    cursor.execute(counted_rows(rankings.trigger_tables(), table, sign))
