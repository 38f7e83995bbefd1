"""Folding: moving deltas into the blocks that they belong to, splitting blocks that grew and joining those that shrank.

All of it happens in one REPEATABLE READ transaction, under a table lock that is taken before the snapshot: with a
snapshot older than the last folder's commit a fold would fail to serialise. Writers and readers never wait for it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connections, router, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

from genonaut.ranking.declaration import BLOCK, GROUP, WHOLE, Ranking, Rankings
from genonaut.ranking.nodes import Nodes


@dataclass(frozen=True)
class Folded:
    """What a fold did: deltas moved, blocks made and blocks joined to others."""

    deltas: int = 0
    split: int = 0
    joined: int = 0


@contextmanager
def exclusive(rankings: Rankings, *, wait: bool) -> Iterator[CursorWrapper]:
    """Open a transaction that alone changes the nodes of a model, and sees all tables as of one moment.

    Raises LockNotAvailable, where it is not to wait and another has it.
    """
    alias = router.db_for_write(rankings.model)
    if connections[alias].in_atomic_block:
        # A caller's transaction, where each statement may have a snapshot of its own: so writers have to wait here.
        with connections[alias].cursor() as cursor:
            _lock(cursor, rankings, "SHARE ROW EXCLUSIVE", wait=wait)
            yield cursor
        return
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL statement_timeout = 0")
        # Against other folders; writers append as before.
        _lock(cursor, rankings, "SHARE UPDATE EXCLUSIVE", wait=wait)
        yield cursor


def _lock(cursor: CursorWrapper, rankings: Rankings, mode: str, *, wait: bool) -> None:
    patience = "" if wait else " NOWAIT"
    cursor.execute(f'LOCK TABLE "{rankings.delta._meta.db_table}" IN {mode} MODE{patience}')
    # Against TRUNCATE, which would empty the table under an older snapshot.
    cursor.execute(f'LOCK TABLE "{rankings.table}" IN ACCESS SHARE MODE{patience}')


def fold(rankings: Rankings, *, wait: bool = True) -> Folded | None:
    """Move all visible deltas of a model into its nodes; None where another is at it and this was not to wait."""
    try:
        with exclusive(rankings, wait=wait) as cursor:
            for ranking in rankings.values():
                move(cursor, ranking)
            cursor.execute(f'DELETE FROM "{rankings.delta._meta.db_table}"')
            deltas = cursor.rowcount
            tidied = [_tidy(Nodes(cursor, ranking)) for ranking in rankings.values()]
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return None
        raise
    return Folded(deltas, sum(split for split, _ in tidied), sum(joined for _, joined in tidied))


def move(cursor: CursorWrapper, ranking: Ranking) -> None:
    """Add the deltas to the nodes of every level that they fall into."""
    nodes = Nodes(cursor, ranking)
    delta = f'"{ranking.owner.delta._meta.db_table}"'
    placed = " UNION ALL ".join(
        f"""SELECT {level} AS level, {nodes.found_or_lowest}{nodes.facets}, row_count, 0 AS change_count
            FROM {delta} AS delta LEFT JOIN LATERAL (
                SELECT {nodes.keys} FROM {nodes.table}
                WHERE level = {level} AND ({nodes.keys}) <= ({nodes.keys_of("delta")})
                ORDER BY {nodes.keys_descending} LIMIT 1
            ) AS found ON true
            WHERE row_count <> 0"""
        for level in (BLOCK, GROUP)
    )
    cursor.execute(
        f"""INSERT INTO {nodes.table} AS node (level, {nodes.keys}{nodes.facets}, row_count, change_count)
        SELECT level, {nodes.keys}{nodes.facets}, sum(row_count), sum(change_count)
        FROM ({placed}
            UNION ALL
            SELECT {WHOLE}, {nodes.lowest}{nodes.facets}, row_count, change_count FROM {delta}
        ) AS placed GROUP BY level, {nodes.keys}{nodes.facets}
        ON CONFLICT (level, {nodes.keys}{nodes.facets}) DO UPDATE
        SET row_count = node.row_count + excluded.row_count, change_count = node.change_count + excluded.change_count"""
    )


def _tidy(nodes: Nodes) -> tuple[int, int]:
    """Bring blocks and groups back to their sizes; return how many blocks were made and how many joined."""
    survey = nodes.survey()
    split = sum(nodes.split(block) for block in survey.large_blocks())
    joined = sum(nodes.join_blocks(group) for group in survey.sparse_groups())
    if split or joined:
        survey = nodes.survey()
    if survey.has_too_many_groups():
        nodes.regroup()
    else:
        for group in survey.large_groups():
            nodes.regroup(group)
    return split, joined
