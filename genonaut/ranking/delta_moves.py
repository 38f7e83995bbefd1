"""Adds deltas to the nodes that they fall into."""

from genonaut.ranking.levels import INNER, LEAF
from genonaut.ranking.nodes import NodeKey, Nodes
from genonaut.ranking.rebalancing import SMALL_PART

# Adds deltas to the nodes of every level, and gives the leaves that are to be split then and the inner nodes that may
# hold small leaves. An inner node begins where a leaf begins: so the inner nodes take the sums that their leaves were
# given. The last part sees the nodes as they were, and adds to them what is being added. A delta of neither rows nor
# changes names a leaf to look at (large_statements.py).
ADD = """WITH placed_in_leaf AS MATERIALIZED (
    SELECT {found_or_lowest}{facets}, sum(row_count) AS row_count
    FROM {delta} AS delta LEFT JOIN LATERAL ({leaf_of_delta}) AS found ON true
    WHERE (row_count <> 0 OR change_count = 0){within} GROUP BY {by_leaf}
), placed AS MATERIALIZED (
    SELECT {leaf} AS level, {keys}{facets}, row_count, 0 AS change_count FROM placed_in_leaf
    UNION ALL
    SELECT {inner}, {found_or_lowest}{facets}, sum(row_count), 0
    FROM placed_in_leaf LEFT JOIN LATERAL ({inner_of_leaf}) AS found ON true
    GROUP BY {by_inner}
    UNION ALL
    SELECT {root}, {lowest}{facets}, sum(row_count), sum(change_count)
    FROM {delta} WHERE true{within} {by_facets}
), added AS (
    INSERT INTO {node} AS node (level, {keys}{facets}, row_count, change_count)
    SELECT level, {keys}{facets}, row_count, change_count FROM placed
    ON CONFLICT (level, {keys}{facets}) DO UPDATE
    SET row_count = node.row_count + excluded.row_count,
        change_count = node.change_count + excluded.change_count
), touched AS MATERIALIZED (
    SELECT DISTINCT level, {keys} FROM {looked_at} AS looked_at WHERE level <> {root}
)
SELECT level = {leaf}, sum(row_count)::bigint, {texts} FROM (
    SELECT level, {keys}, row_count FROM placed WHERE level <> {root}
    UNION ALL
    SELECT touched.level, {touched.keys}, before.row_count FROM touched CROSS JOIN LATERAL (
        SELECT sum(row_count) AS row_count FROM {node} AS node
        WHERE node.level = touched.level AND ({node.keys}) = ({touched.keys})
    ) AS before
) AS counted
GROUP BY level, {keys}
HAVING CASE WHEN level = {leaf} THEN sum(row_count) > {large_leaf}
    ELSE sum(row_count) < {small_inner_node} END"""

# The nodes that deltas fall into, and all others.
EVERYWHERE = "(SELECT level, {keys} FROM placed UNION SELECT level, {keys} FROM {node})"


def add_deltas(nodes: Nodes, within: str = "", *, everywhere: bool = False) -> tuple[list[NodeKey], dict[NodeKey, int]]:
    """Add the deltas `within` a condition to the nodes. One query.

    Returns the large leaves, and the inner nodes whose leaves may be small with their rows: of the nodes that were
    changed, or of all.
    """
    names = nodes.names
    width = len(names.columns) + len(names.facet_columns)
    nodes.execute(
        ADD,
        leaf_of_delta=nodes.last_before("delta", LEAF),
        inner_of_leaf=nodes.last_before("placed_in_leaf", INNER),
        within=within,
        by_leaf=_columns(1, width),
        by_inner=_columns(2, width),
        looked_at=names.fill(EVERYWHERE) if everywhere else "placed",
        large_leaf=str(2 * nodes.leaf_rows),
        small_inner_node=str(nodes.leaf_rows * 2 * nodes.fanout // SMALL_PART),
    )
    large_leaves: list[NodeKey] = []
    small_inner_nodes: dict[NodeKey, int] = {}
    for is_leaf, rows, *key in nodes.cursor.fetchall():
        if is_leaf:
            large_leaves.append(tuple(key))
        else:
            small_inner_nodes[tuple(key)] = rows
    return large_leaves, small_inner_nodes


def _columns(first: int, number: int) -> str:
    """Return the numbers of some columns of a SELECT."""
    return ", ".join(map(str, range(first, first + number)))
