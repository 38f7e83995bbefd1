"""Counts all rows of a ranking: one scan of its index if it has blocks, two if it has none.

The blocks stay where they are if they fit, and only wrong counts are written. To find where blocks of a given size
begin is a scan of its own, and to write all blocks costs half of one.
"""

from collections.abc import Callable
from itertools import pairwise

from genonaut.ranking.index_scans import count_blocks, recount_blocks
from genonaut.ranking.levels import BLOCK, WHOLE
from genonaut.ranking.nodes import NodeKey, Nodes
from genonaut.ranking.rebalancing import SMALL_PART, regroup, split

# Sums up the groups.
SUM = """INSERT INTO {node} (level, {keys}{facets}, row_count, change_count)
    SELECT {whole}, {lowest}{facets}, sum(row_count), 0 FROM {node} WHERE level = {group}
    {by_facets}"""

# The rows that there are if no trigger was off.
EXPECTED = """SELECT (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {whole})
    + (SELECT coalesce(sum(row_count), 0) FROM {delta})"""


def ignore(_count: int) -> None:
    """Ignore progress."""


def count(nodes: Nodes, advance: Callable[[int], object]) -> None:
    """Make the nodes of a ranking right, however wrong they are; calls `advance` with the rows of each part counted."""
    blocks = nodes.block_keys()
    if _fit(nodes, blocks, nodes.fetch(EXPECTED)[0]) and _fit(nodes, blocks, _recount(nodes, blocks, advance)):
        nodes.execute("DELETE FROM {node} WHERE level = {block} AND row_count = 0")
        for block in nodes.large_blocks():
            split(nodes, block)
    else:
        nodes.delete(BLOCK)
        for _, rows in count_blocks(nodes, None, None):
            advance(rows)
    regroup(nodes)
    nodes.delete(WHOLE)
    nodes.execute(SUM)


def _fit(nodes: Nodes, blocks: list[NodeKey], rows: int) -> bool:
    """Return whether there are neither too few nor too many blocks for a number of rows."""
    most = 2 * nodes.block_rows * len(blocks)
    return 0 < rows <= most <= 2 * SMALL_PART * rows


def _recount(nodes: Nodes, blocks: list[NodeKey], advance: Callable[[int], object]) -> int:
    """Recount all blocks, a group's worth at a time; return how many rows there are."""
    total = 0
    for start, end in pairwise([None, *blocks[nodes.group_blocks :: nodes.group_blocks], None]):
        rows = recount_blocks(nodes, start, end)
        advance(rows)
        total += rows
    return total
