"""Compaction: moving deltas into the leaves that they belong to, splitting leaves that grew and joining those that
shrank.

Each step is one REPEATABLE READ transaction, under a table lock that is taken before the snapshot: with a snapshot
older than the last compactor's commit a compaction would fail to serialise. Writers and readers never wait for it. A
step moves a bounded number of deltas; the last one moves all that are left, and looks after the sizes of leaves.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import sleep

from django.db import OperationalError, connections, router, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

from genonaut.ranking.counting import ignore
from genonaut.ranking.declaration import Ranking, Rankings
from genonaut.ranking.delta_moves import add_deltas
from genonaut.ranking.nodes import Nodes
from genonaut.ranking.rebalancing import join_small_leaves, split_leaves
from genonaut.ranking.states import built_orders

# How long a compaction that need not happen waits for another one or for a large statement. An autovacuum that holds
# the lock gives way to what has waited for `deadlock_timeout`, one second by default: so it is longer.
PATIENCE_SECONDS = 1.5
# Between two attempts to lock a table that is truncated or altered.
LOCK_PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Compacted:
    """The result of a compaction: deltas moved, leaves made and leaves joined to others."""

    deltas: int = 0
    split: int = 0
    joined: int = 0


@contextmanager
def exclusive(rankings: Rankings, *, wait: bool) -> Iterator[CursorWrapper]:
    """Open a transaction that alone changes the nodes of a model, and sees all tables as of one moment.

    Raises LockNotAvailable, as the cause of OperationalError, if the lock stays taken and `wait` is false.
    """
    alias = router.db_for_write(rankings.model)
    connection = connections[alias]
    is_nested = connection.in_atomic_block
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        if is_nested:
            # In a caller's transaction each statement may have a snapshot of its own: so writers have to wait here.
            _lock(cursor, rankings, wait=wait)
        else:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL statement_timeout = 0")
            # Compiling a statement would take seconds, and spare milliseconds.
            cursor.execute("SET LOCAL jit = off")
            # Against other compactors and large statements; writers append as before.
            _lock_in_turn(cursor, rankings, wait=wait)
        yield cursor


def _lock_in_turn(cursor: CursorWrapper, rankings: Rankings, *, wait: bool) -> None:
    """Lock the tables of a compaction: wait for the deltas while no other lock is held, then ask once for the table.

    A transaction may count a large statement, which takes the lock of the deltas, and then truncate or alter the table.
    In the queue of the lock a compaction comes before the next large statement, which only asks.
    """
    while True:
        try:
            with transaction.atomic(using=cursor.db.alias):
                cursor.execute("SET LOCAL lock_timeout = %s", [0 if wait else int(PATIENCE_SECONDS * 1_000)])
                cursor.execute(f'LOCK TABLE "{rankings.delta._meta.db_table}" IN SHARE UPDATE EXCLUSIVE MODE')
                cursor.execute(f'LOCK TABLE "{rankings.table}" IN ACCESS SHARE MODE NOWAIT')
            return
        except OperationalError as error:
            if not wait or not isinstance(error.__cause__, LockNotAvailable):
                raise
        sleep(LOCK_PAUSE_SECONDS)


def _lock(cursor: CursorWrapper, rankings: Rankings, *, wait: bool) -> None:
    patience = "" if wait else " NOWAIT"
    # Against TRUNCATE, which would empty the table under an older snapshot. It comes first, as in TRUNCATE itself,
    # whose trigger writes to the deltas: in the other order the two could wait for each other.
    cursor.execute(f'LOCK TABLE "{rankings.table}" IN ACCESS SHARE MODE{patience}')
    cursor.execute(f'LOCK TABLE "{rankings.delta._meta.db_table}" IN SHARE ROW EXCLUSIVE MODE{patience}')


def compact(
    rankings: Rankings, *, wait: bool = True, everywhere: bool = False, advance: Callable[[int], object] = ignore
) -> Compacted | None:
    """Move all visible deltas of a model into the nodes of its built orders; calls `advance` with each step's deltas.

    None if the lock stays taken and `wait` is false. Interrupted, it leaves the finished steps, and every
    count right; only leaves may be too large. `everywhere` looks for those that an interrupted compaction left.
    """
    moved, start = 0, 0
    try:
        while (bound := _step_end(rankings, start)) is not None:
            with exclusive(rankings, wait=wait) as cursor:
                # Not yet split: that counts rows, among them those whose deltas are still to be moved.
                for name in built_orders(cursor, rankings):
                    add_deltas(Nodes(cursor, rankings[name]), f" AND id BETWEEN {start} AND {bound}")
                deleted = _delete(cursor, rankings, f" WHERE id BETWEEN {start} AND {bound}")
            advance(deleted)
            moved, start = moved + deleted, bound + 1
        with exclusive(rankings, wait=wait) as cursor:
            everywhere = everywhere or moved > 0
            tidied = [move(cursor, rankings[name], everywhere=everywhere) for name in built_orders(cursor, rankings)]
            deleted = _delete(cursor, rankings)
        advance(deleted)
        return Compacted(moved + deleted, sum(split for split, _ in tidied), sum(joined for _, joined in tidied))
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return Compacted(moved) if moved else None
        raise


def _step_end(rankings: Rankings, start: int) -> int | None:
    """Return the last delta of a step that begins at an id; None if less than a step is left. One query."""
    with connections[router.db_for_write(rankings.model)].cursor() as cursor:
        cursor.execute(
            f'SELECT id FROM "{rankings.delta._meta.db_table}" WHERE id >= %s ORDER BY id OFFSET %s LIMIT 1',
            [start, rankings.step_deltas - 1],
        )
        found = cursor.fetchone()
    return found and found[0]


def _delete(cursor: CursorWrapper, rankings: Rankings, condition: str = "") -> int:
    cursor.execute(f'DELETE FROM "{rankings.delta._meta.db_table}"{condition}')
    return cursor.rowcount


def move(cursor: CursorWrapper, ranking: Ranking, *, everywhere: bool = False) -> tuple[int, int]:
    """Add the deltas to the nodes of one ranking, and bring the nodes that they touch, or all, back to their sizes.

    Returns how many leaves were made and how many joined. The deltas stay, for the other rankings.
    """
    nodes = Nodes(cursor, ranking)
    large_leaves, small_inner_nodes = add_deltas(nodes, everywhere=everywhere)
    return split_leaves(nodes, large_leaves), join_small_leaves(nodes, small_inner_nodes)
