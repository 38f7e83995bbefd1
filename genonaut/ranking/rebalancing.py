"""Rebalancing: splits blocks that grew, joins blocks that shrank, and puts blocks into groups of the right size."""

from genonaut.ranking.index_scans import count_blocks
from genonaut.ranking.levels import BLOCK, GROUP
from genonaut.ranking.nodes import NodeKey, Nodes

# Nodes that hold less than one part in this many of what they should are made larger.
SMALL_PART = 4

# Numbers the small blocks of a group by what they hold together, and gives those of one number to the first of them.
JOIN = """WITH block AS (
    SELECT {keys}, sum(row_count) AS row_count FROM {node}
    WHERE level = {block}{within} GROUP BY {keys}
), placed AS (
    SELECT {keys},
        div(sum(row_count) OVER (ORDER BY {keys}) - row_count, {block_rows}) AS number FROM block
), target AS (
    SELECT {keys}, {first} FROM placed WINDOW kept AS (PARTITION BY number ORDER BY {keys})
), gone AS (
    DELETE FROM {node} AS node USING target
    WHERE node.level = {block} AND ({node.keys}) = ({target.keys})
    AND ({target.keys}) <> ({to_keys})
    RETURNING {node.keys}, {to_keys}{facets}, row_count
), joined AS (
    INSERT INTO {node} AS node (level, {keys}{facets}, row_count, change_count)
    SELECT {block}, {to_keys}{facets}, sum(row_count), 0 FROM gone GROUP BY {to_keys}{facets}
    ON CONFLICT (level, {keys}{facets}) DO UPDATE
    SET row_count = node.row_count + excluded.row_count
)
SELECT count(DISTINCT ({keys})) FROM gone"""

# Puts the blocks between two keys into groups.
REGROUP = """WITH block AS MATERIALIZED (
    SELECT {keys}, row_number() OVER (ORDER BY {keys}) - 1 AS number FROM {node}
    WHERE level = {block}{within} GROUP BY {keys}
)
INSERT INTO {node} (level, {keys}{facets}, row_count, change_count)
SELECT {group}, {first.keys}{facets}, sum(row_count), 0
FROM block JOIN {node} AS node ON node.level = {block}
AND ({node.keys}) = ({block.keys})
JOIN block AS first ON first.number = block.number - mod(block.number, {group_blocks})
GROUP BY {first.keys}{facets}"""


def split_blocks(nodes: Nodes, blocks: list[NodeKey]) -> int:
    """Split large blocks, and groups that hold too many blocks then; return how many blocks were made.

    The deltas must have been moved before: to split a block counts its rows.
    """
    groups = {nodes.group_of(block) for block in blocks}
    made = sum(split(nodes, block) for block in blocks)
    for group in groups:
        end = nodes.following(GROUP, group)
        if nodes.count_nodes(BLOCK, group, end) > 2 * nodes.group_blocks:
            regroup(nodes, group, end)
    return made


def split(nodes: Nodes, block: NodeKey) -> int:
    """Count a block again, as several; return how many were made."""
    end = nodes.following(BLOCK, block)
    nodes.delete(BLOCK, block, end)
    for _ in count_blocks(nodes, block, end):
        pass
    return nodes.count_nodes(BLOCK, block, end)


def join_small_blocks(nodes: Nodes, groups: dict[NodeKey, int]) -> int:
    """Join the blocks of some groups, given with their rows, if most are small; return how many blocks went."""
    gone = sum(_join_if_small(nodes, group, rows) for group, rows in groups.items())
    if gone and nodes.count_nodes(GROUP) > 4 * (1 + nodes.count_nodes(BLOCK) // nodes.group_blocks):
        regroup(nodes)
    return gone


def _join_if_small(nodes: Nodes, group: NodeKey, rows: int) -> int:
    blocks = nodes.count_nodes(BLOCK, group, nodes.following(GROUP, group))
    return join(nodes, group) if blocks > 1 and rows * SMALL_PART < nodes.block_rows * blocks else 0


def join(nodes: Nodes, group: NodeKey | None) -> int:
    """Join neighbouring small blocks of a group; return how many went. One query and a look-up."""
    columns = nodes.names.columns
    return nodes.fetch(
        JOIN,
        within=nodes.within(group, nodes.following(GROUP, group)),
        first=", ".join(f"first_value({column.name}) OVER kept AS to_{column.name}" for column in columns),
        to_keys=", ".join(f"to_{column.name}" for column in columns),
        block_rows=str(nodes.block_rows),
    )[0]


def regroup(nodes: Nodes, group: NodeKey | None = None, end: NodeKey | None = None) -> None:
    """Put the blocks between two keys, both of groups, or all blocks, into groups of the right size. Two queries."""
    nodes.delete(GROUP, group, end)
    nodes.execute(REGROUP, within=nodes.within(group, end), group_blocks=str(nodes.group_blocks))
