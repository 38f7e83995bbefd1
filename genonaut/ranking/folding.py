"""Folding: moving deltas into the blocks that they belong to, splitting blocks that grew and joining those that shrank.

Each step is one REPEATABLE READ transaction, under a table lock that is taken before the snapshot: with a snapshot
older than the last folder's commit a fold would fail to serialise. Writers and readers never wait for it. A step moves
a bounded number of deltas; the last one moves all that are left, and looks after the sizes of blocks.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connections, router, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import LockNotAvailable

from genonaut.ranking.declaration import BLOCK, GROUP, WHOLE, Ranking, Rankings
from genonaut.ranking.nodes import NodeKey, Nodes
from genonaut.ranking.states import built_orders

# Blocks are joined that hold less than one part in so many of what they should.
SMALL_PART = 4


@dataclass(frozen=True)
class Folded:
    """What a fold did: deltas moved, blocks made and blocks joined to others."""

    deltas: int = 0
    split: int = 0
    joined: int = 0


@contextmanager
def exclusive(rankings: Rankings, *, wait: bool) -> Iterator[CursorWrapper]:
    """Open a transaction that alone changes the nodes of a model, and sees all tables as of one moment.

    Raises LockNotAvailable, as the cause of OperationalError, where it is not to wait and another has it.
    """
    alias = router.db_for_write(rankings.model)
    connection = connections[alias]
    is_nested = connection.in_atomic_block
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        if is_nested:
            # In a caller's transaction each statement may have a snapshot of its own: so writers have to wait here.
            _lock(cursor, rankings, "SHARE ROW EXCLUSIVE", wait=wait)
        else:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            cursor.execute("SET LOCAL statement_timeout = 0")
            # Compiling a statement would take seconds, and spare milliseconds.
            cursor.execute("SET LOCAL jit = off")
            # Against other folders; writers append as before.
            _lock(cursor, rankings, "SHARE UPDATE EXCLUSIVE", wait=wait)
        yield cursor


def _lock(cursor: CursorWrapper, rankings: Rankings, mode: str, *, wait: bool) -> None:
    patience = "" if wait else " NOWAIT"
    # Against TRUNCATE, which would empty the table under an older snapshot. It comes first, as in TRUNCATE itself,
    # whose trigger writes to the deltas: in the other order the two could wait for each other.
    cursor.execute(f'LOCK TABLE "{rankings.table}" IN ACCESS SHARE MODE{patience}')
    cursor.execute(f'LOCK TABLE "{rankings.delta._meta.db_table}" IN {mode} MODE{patience}')


def _nothing(_deltas: int) -> None:
    """Take no notice of progress."""


def fold(
    rankings: Rankings, *, wait: bool = True, everywhere: bool = False, advance: Callable[[int], object] = _nothing
) -> Folded | None:
    """Move all visible deltas of a model into the nodes of its built orders; `advance` is told of every step's.

    None where another is at it and this was not to wait. Interrupted, it leaves the steps done, and every count right;
    only blocks may be too large. `everywhere` looks for those that such a fold left.
    """
    moved, start = 0, 0
    try:
        while (bound := _step_end(rankings, start)) is not None:
            with exclusive(rankings, wait=wait) as cursor:
                # Not yet split: that counts rows, among them those whose deltas are still to be moved.
                for name in built_orders(cursor, rankings):
                    _add_deltas(Nodes(cursor, rankings[name]), f" AND id BETWEEN {start} AND {bound}")
                deleted = _delete(cursor, rankings, f" WHERE id BETWEEN {start} AND {bound}")
            advance(deleted)
            moved, start = moved + deleted, bound + 1
        with exclusive(rankings, wait=wait) as cursor:
            everywhere = everywhere or moved > 0
            tidied = [move(cursor, rankings[name], everywhere=everywhere) for name in built_orders(cursor, rankings)]
            deleted = _delete(cursor, rankings)
        advance(deleted)
        return Folded(moved + deleted, sum(split for split, _ in tidied), sum(joined for _, joined in tidied))
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return Folded(moved) if moved else None
        raise


def _step_end(rankings: Rankings, start: int) -> int | None:
    """Return the last delta of a step that begins at an id; None where there is less than a step left. One query."""
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
    """Add the deltas to the nodes of one ranking, and bring those that they touch, or all, back to their sizes.

    Returns how many blocks were made and how many joined. The deltas stay, for the other rankings.
    """
    nodes = Nodes(cursor, ranking)
    large_blocks, small_groups = _add_deltas(nodes, everywhere=everywhere)
    groups = {nodes.group_of(block) for block in large_blocks}
    split = sum(nodes.split(block) for block in large_blocks)
    for group in groups:
        end = nodes.following(GROUP, group)
        if nodes.count_nodes(BLOCK, group, end) > 2 * nodes.group_blocks:
            nodes.regroup(group, end)
    joined = sum(_join(nodes, group, rows) for group, rows in small_groups.items())
    if joined and nodes.count_nodes(GROUP) > 4 * (1 + nodes.count_nodes(BLOCK) // nodes.group_blocks):
        nodes.regroup()
    return split, joined


def _add_deltas(
    nodes: Nodes, within: str = "", *, everywhere: bool = False
) -> tuple[list[NodeKey], dict[NodeKey, int]]:
    """Add the deltas `within` a condition to the nodes of every level that they fall into; return the keys of those
    blocks among them, or of all, that are now to be split, and the groups whose blocks may be small, with their rows.

    One query.
    """
    delta = f'"{nodes.ranking.owner.delta._meta.db_table}"'
    width = len(nodes.columns) + len(nodes.ranking.owner.facets)
    nodes_and_placed = f"(SELECT level, {nodes.keys} FROM placed UNION SELECT level, {nodes.keys} FROM {nodes.table})"
    looked_at = nodes_and_placed if everywhere else "placed"
    # A group begins where a block begins: so the groups take what their blocks were given, a few sums.
    # The last part sees the nodes as they were, and adds to them what is being added.
    nodes.cursor.execute(
        f"""WITH placed_in_block AS MATERIALIZED (
            SELECT {nodes.found_or_lowest}{nodes.facets}, sum(row_count) AS row_count
            FROM {delta} AS delta LEFT JOIN LATERAL ({nodes.last_before("delta", BLOCK)}) AS found ON true
            WHERE row_count <> 0{within} GROUP BY {", ".join(map(str, range(1, 1 + width)))}
        ), placed AS MATERIALIZED (
            SELECT {BLOCK} AS level, {nodes.keys}{nodes.facets}, row_count, 0 AS change_count FROM placed_in_block
            UNION ALL
            SELECT {GROUP}, {nodes.found_or_lowest}{nodes.facets}, sum(row_count), 0
            FROM placed_in_block LEFT JOIN LATERAL ({nodes.last_before("placed_in_block", GROUP)}) AS found ON true
            GROUP BY {", ".join(map(str, range(2, 2 + width)))}
            UNION ALL
            SELECT {WHOLE}, {nodes.lowest}{nodes.facets}, sum(row_count), sum(change_count)
            FROM {delta} WHERE true{within} {f"GROUP BY {nodes.facets[2:]}" if nodes.facets else "HAVING count(*) > 0"}
        ), added AS (
            INSERT INTO {nodes.table} AS node (level, {nodes.keys}{nodes.facets}, row_count, change_count)
            SELECT level, {nodes.keys}{nodes.facets}, row_count, change_count FROM placed
            ON CONFLICT (level, {nodes.keys}{nodes.facets}) DO UPDATE
            SET row_count = node.row_count + excluded.row_count,
                change_count = node.change_count + excluded.change_count
        ), touched AS MATERIALIZED (
            SELECT DISTINCT level, {nodes.keys} FROM {looked_at} AS looked_at WHERE level <> {WHOLE}
        )
        SELECT level = {BLOCK}, sum(row_count)::bigint, {nodes.texts} FROM (
            SELECT level, {nodes.keys}, row_count FROM placed WHERE level <> {WHOLE}
            UNION ALL
            SELECT touched.level, {nodes.keys_of("touched")}, before.row_count FROM touched CROSS JOIN LATERAL (
                SELECT sum(row_count) AS row_count FROM {nodes.table} AS node
                WHERE node.level = touched.level AND ({nodes.keys_of("node")}) = ({nodes.keys_of("touched")})
            ) AS before
        ) AS counted
        GROUP BY level, {nodes.keys}
        HAVING CASE WHEN level = {BLOCK} THEN sum(row_count) > {2 * nodes.block_rows}
            ELSE sum(row_count) < {nodes.block_rows * 2 * nodes.group_blocks // SMALL_PART} END"""
    )
    large_blocks: list[NodeKey] = []
    small_groups: dict[NodeKey, int] = {}
    for is_block, rows, *key in nodes.cursor.fetchall():
        if is_block:
            large_blocks.append(tuple(key))
        else:
            small_groups[tuple(key)] = rows
    return large_blocks, small_groups


def _join(nodes: Nodes, group: NodeKey, rows: int) -> int:
    """Join the small blocks of a group if most are small; return how many went."""
    blocks = nodes.count_nodes(BLOCK, group, nodes.following(GROUP, group))
    return nodes.join_blocks(group) if blocks > 1 and rows * SMALL_PART < nodes.block_rows * blocks else 0
