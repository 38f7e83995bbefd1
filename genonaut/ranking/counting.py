"""Counts all rows of a ranking: one scan of its index if it has leaves, two if it has none.

The leaves stay where they are if they fit, and only wrong counts are written. To find where leaves of a given size
begin is a scan of its own, and to write all leaves costs half of one.
"""

from collections.abc import Callable
from itertools import pairwise

from genonaut.ranking.index_scans import count_leaves, recount_leaves
from genonaut.ranking.levels import LEAF, ROOT
from genonaut.ranking.nodes import NodeKey, Nodes
from genonaut.ranking.rebalancing import SMALL_PART, regroup, split

# Sums up the inner nodes.
SUM = """INSERT INTO {node} (level, {keys}{facets}, row_count, change_count)
    SELECT {root}, {lowest}{facets}, sum(row_count), 0 FROM {node} WHERE level = {inner}
    {by_facets}"""

# The rows that there are if no trigger was off.
EXPECTED = """SELECT (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {root})
    + (SELECT coalesce(sum(row_count), 0) FROM {delta})"""


def ignore(_count: int) -> None:
    """Ignore progress."""


def count(nodes: Nodes, advance: Callable[[int], object]) -> None:
    """Make the nodes of a ranking right, however wrong they are; calls `advance` with the rows of each part counted."""
    leaves = nodes.leaf_keys()
    if _fit(nodes, leaves, nodes.fetch(EXPECTED)[0]) and _fit(nodes, leaves, _recount(nodes, leaves, advance)):
        nodes.execute("DELETE FROM {node} WHERE level = {leaf} AND row_count = 0")
        for leaf in nodes.large_leaves():
            split(nodes, leaf)
    else:
        nodes.delete(LEAF)
        for _, rows in count_leaves(nodes, None, None):
            advance(rows)
    regroup(nodes)
    nodes.delete(ROOT)
    nodes.execute(SUM)


def _fit(nodes: Nodes, leaves: list[NodeKey], rows: int) -> bool:
    """Return whether there are neither too few nor too many leaves for a number of rows."""
    most = 2 * nodes.leaf_rows * len(leaves)
    return 0 < rows <= most <= 2 * SMALL_PART * rows


def _recount(nodes: Nodes, leaves: list[NodeKey], advance: Callable[[int], object]) -> int:
    """Recount all leaves, an inner node's worth at a time; return how many rows there are."""
    total = 0
    for start, end in pairwise([None, *leaves[nodes.fanout :: nodes.fanout], None]):
        rows = recount_leaves(nodes, start, end)
        advance(rows)
        total += rows
    return total
