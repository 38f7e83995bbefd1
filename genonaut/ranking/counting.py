"""Counting all rows of a ranking, by one walk along its index where there are blocks, and by two where there are none.

Where a block begins is free: what there is stays, if it fits, and only counts that are wrong are written. Finding where
blocks of a given size begin is a walk of its own, and writing them all costs half of one.
"""

from collections.abc import Callable
from itertools import pairwise

from genonaut.ranking.declaration import BLOCK, GROUP, WHOLE
from genonaut.ranking.nodes import NodeKey, Nodes

# Blocks that hold less than one part in so many of what they should are made anew.
SMALL_PART = 4


def count(nodes: Nodes, advance: Callable[[int], object]) -> None:
    """Make the nodes of a ranking right, whatever they were; `advance` is told how many rows were counted."""
    blocks = nodes.block_keys()
    if _fit(nodes, blocks, _rows_to_expect(nodes)) and _fit(nodes, blocks, _recount(nodes, blocks, advance)):
        nodes.cursor.execute(f"DELETE FROM {nodes.table} WHERE level = {BLOCK} AND row_count = 0")
        for block in nodes.large_blocks():
            nodes.split(block)
    else:
        nodes.cursor.execute(f"DELETE FROM {nodes.table} WHERE level = {BLOCK}")
        for _, rows in nodes.count_blocks(None, None):
            advance(rows)
    nodes.regroup()
    facets = nodes.facets
    nodes.cursor.execute(f"DELETE FROM {nodes.table} WHERE level = {WHOLE}")
    nodes.cursor.execute(
        f"""INSERT INTO {nodes.table} (level, {nodes.keys}{facets}, row_count, change_count)
        SELECT {WHOLE}, {nodes.lowest}{facets}, sum(row_count), 0 FROM {nodes.table} WHERE level = {GROUP}
        {f"GROUP BY {facets[2:]}" if facets else "HAVING count(*) > 0"}"""
    )


def _fit(nodes: Nodes, blocks: list[NodeKey], rows: int) -> bool:
    """Return whether there are neither too few nor too many blocks for so many rows."""
    most = 2 * nodes.block_rows * len(blocks)
    return 0 < rows <= most <= 2 * SMALL_PART * rows


def _rows_to_expect(nodes: Nodes) -> int:
    """Return how many rows there are if no trigger was off. One query."""
    nodes.cursor.execute(
        f"""SELECT (SELECT coalesce(sum(row_count), 0) FROM {nodes.table} WHERE level = {WHOLE})
        + (SELECT coalesce(sum(row_count), 0) FROM "{nodes.ranking.owner.delta._meta.db_table}")"""
    )
    return nodes.cursor.fetchone()[0]


def _recount(nodes: Nodes, blocks: list[NodeKey], advance: Callable[[int], object]) -> int:
    """Count all blocks anew, a group's worth at a time; return how many rows there are."""
    total = 0
    for start, end in pairwise([None, *blocks[nodes.group_blocks :: nodes.group_blocks], None]):
        rows = nodes.recount_blocks(start, end)
        advance(rows)
        total += rows
    return total
