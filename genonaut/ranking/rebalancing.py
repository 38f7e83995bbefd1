"""Rebalancing: splits leaves that grew, joins leaves that shrank, and puts leaves into inner nodes of the right
size."""

from genonaut.ranking.index_scans import count_leaves
from genonaut.ranking.levels import INNER, LEAF
from genonaut.ranking.nodes import NodeKey, Nodes

# Nodes that hold less than one part in this many of what they should are made larger.
SMALL_PART = 4

# Numbers the small leaves of an inner node by what they hold together, and gives those of one number to the first of
# them.
JOIN = """WITH leaf AS (
    SELECT {keys}, sum(row_count) AS row_count FROM {node}
    WHERE level = {leaf}{within} GROUP BY {keys}
), placed AS (
    SELECT {keys},
        div(sum(row_count) OVER (ORDER BY {keys}) - row_count, {leaf_rows}) AS number FROM leaf
), target AS (
    SELECT {keys}, {first} FROM placed WINDOW kept AS (PARTITION BY number ORDER BY {keys})
), gone AS (
    DELETE FROM {node} AS node USING target
    WHERE node.level = {leaf} AND ({node.keys}) = ({target.keys})
    AND ({target.keys}) <> ({to_keys})
    RETURNING {node.keys}, {to_keys}{facets}, row_count
), joined AS (
    INSERT INTO {node} AS node (level, {keys}{facets}, row_count, change_count)
    SELECT {leaf}, {to_keys}{facets}, sum(row_count), 0 FROM gone GROUP BY {to_keys}{facets}
    ON CONFLICT (level, {keys}{facets}) DO UPDATE
    SET row_count = node.row_count + excluded.row_count
)
SELECT count(DISTINCT ({keys})) FROM gone"""

# Puts the leaves between two keys into inner nodes.
REGROUP = """WITH leaf AS MATERIALIZED (
    SELECT {keys}, row_number() OVER (ORDER BY {keys}) - 1 AS number FROM {node}
    WHERE level = {leaf}{within} GROUP BY {keys}
)
INSERT INTO {node} (level, {keys}{facets}, row_count, change_count)
SELECT {inner}, {first.keys}{facets}, sum(row_count), 0
FROM leaf JOIN {node} AS node ON node.level = {leaf}
AND ({node.keys}) = ({leaf.keys})
JOIN leaf AS first ON first.number = leaf.number - mod(leaf.number, {fanout})
GROUP BY {first.keys}{facets}"""


def split_leaves(nodes: Nodes, leaves: list[NodeKey]) -> int:
    """Split large leaves, and inner nodes that hold too many leaves then; return how many leaves were made.

    The deltas must have been moved before: to split a leaf counts its rows.
    """
    inner_nodes = {nodes.inner_node_of(leaf) for leaf in leaves}
    made = sum(split(nodes, leaf) for leaf in leaves)
    for inner_node in inner_nodes:
        end = nodes.following(INNER, inner_node)
        if nodes.count_nodes(LEAF, inner_node, end) > 2 * nodes.fanout:
            regroup(nodes, inner_node, end)
    return made


def split(nodes: Nodes, leaf: NodeKey) -> int:
    """Count a leaf again, as several; return how many were made."""
    end = nodes.following(LEAF, leaf)
    nodes.delete(LEAF, leaf, end)
    for _ in count_leaves(nodes, leaf, end):
        pass
    return nodes.count_nodes(LEAF, leaf, end)


def join_small_leaves(nodes: Nodes, inner_nodes: dict[NodeKey, int]) -> int:
    """Join the leaves of some inner nodes, given with their rows, if most are small; return how many leaves went."""
    gone = sum(_join_if_small(nodes, inner_node, rows) for inner_node, rows in inner_nodes.items())
    if gone and nodes.count_nodes(INNER) > 4 * (1 + nodes.count_nodes(LEAF) // nodes.fanout):
        regroup(nodes)
    return gone


def _join_if_small(nodes: Nodes, inner_node: NodeKey, rows: int) -> int:
    leaves = nodes.count_nodes(LEAF, inner_node, nodes.following(INNER, inner_node))
    return join(nodes, inner_node) if leaves > 1 and rows * SMALL_PART < nodes.leaf_rows * leaves else 0


def join(nodes: Nodes, inner_node: NodeKey | None) -> int:
    """Join neighbouring small leaves of an inner node; return how many went. One query and a look-up."""
    columns = nodes.names.columns
    return nodes.fetch(
        JOIN,
        within=nodes.within(inner_node, nodes.following(INNER, inner_node)),
        first=", ".join(f"first_value({column.name}) OVER kept AS to_{column.name}" for column in columns),
        to_keys=", ".join(f"to_{column.name}" for column in columns),
        leaf_rows=str(nodes.leaf_rows),
    )[0]


def regroup(nodes: Nodes, inner_node: NodeKey | None = None, end: NodeKey | None = None) -> None:
    """Put the leaves between two keys, both of inner nodes, or all leaves, into inner nodes of the right size. Two
    queries."""
    nodes.delete(INNER, inner_node, end)
    nodes.execute(REGROUP, within=nodes.within(inner_node, end), fanout=str(nodes.fanout))
