"""Adds deltas to the nodes that they fall into."""

from genonaut.ranking.levels import BLOCK, GROUP
from genonaut.ranking.nodes import NodeKey, Nodes
from genonaut.ranking.rebalancing import SMALL_PART

# Adds deltas to the nodes of every level, and gives the blocks that are to be split then and the groups that may hold
# small blocks. A group begins where a block begins: so the groups take the sums that their blocks were given. The last
# part sees the nodes as they were, and adds to them what is being added. A delta of neither rows nor changes names a
# block to look at (large_statements.py).
ADD = """WITH placed_in_block AS MATERIALIZED (
    SELECT {found_or_lowest}{facets}, sum(row_count) AS row_count
    FROM {delta} AS delta LEFT JOIN LATERAL ({block_of_delta}) AS found ON true
    WHERE (row_count <> 0 OR change_count = 0){within} GROUP BY {by_block}
), placed AS MATERIALIZED (
    SELECT {block} AS level, {keys}{facets}, row_count, 0 AS change_count FROM placed_in_block
    UNION ALL
    SELECT {group}, {found_or_lowest}{facets}, sum(row_count), 0
    FROM placed_in_block LEFT JOIN LATERAL ({group_of_block}) AS found ON true
    GROUP BY {by_group}
    UNION ALL
    SELECT {whole}, {lowest}{facets}, sum(row_count), sum(change_count)
    FROM {delta} WHERE true{within} {by_facets}
), added AS (
    INSERT INTO {node} AS node (level, {keys}{facets}, row_count, change_count)
    SELECT level, {keys}{facets}, row_count, change_count FROM placed
    ON CONFLICT (level, {keys}{facets}) DO UPDATE
    SET row_count = node.row_count + excluded.row_count,
        change_count = node.change_count + excluded.change_count
), touched AS MATERIALIZED (
    SELECT DISTINCT level, {keys} FROM {looked_at} AS looked_at WHERE level <> {whole}
)
SELECT level = {block}, sum(row_count)::bigint, {texts} FROM (
    SELECT level, {keys}, row_count FROM placed WHERE level <> {whole}
    UNION ALL
    SELECT touched.level, {touched.keys}, before.row_count FROM touched CROSS JOIN LATERAL (
        SELECT sum(row_count) AS row_count FROM {node} AS node
        WHERE node.level = touched.level AND ({node.keys}) = ({touched.keys})
    ) AS before
) AS counted
GROUP BY level, {keys}
HAVING CASE WHEN level = {block} THEN sum(row_count) > {large_block}
    ELSE sum(row_count) < {small_group} END"""

# The nodes that deltas fall into, and all others.
EVERYWHERE = "(SELECT level, {keys} FROM placed UNION SELECT level, {keys} FROM {node})"


def add_deltas(nodes: Nodes, within: str = "", *, everywhere: bool = False) -> tuple[list[NodeKey], dict[NodeKey, int]]:
    """Add the deltas `within` a condition to the nodes. One query.

    Returns the large blocks, and the groups whose blocks may be small with their rows: of the nodes that were changed,
    or of all.
    """
    names = nodes.names
    width = len(names.columns) + len(names.facet_columns)
    nodes.execute(
        ADD,
        block_of_delta=nodes.last_before("delta", BLOCK),
        group_of_block=nodes.last_before("placed_in_block", GROUP),
        within=within,
        by_block=_columns(1, width),
        by_group=_columns(2, width),
        looked_at=names.fill(EVERYWHERE) if everywhere else "placed",
        large_block=str(2 * nodes.block_rows),
        small_group=str(nodes.block_rows * 2 * nodes.group_blocks // SMALL_PART),
    )
    large_blocks: list[NodeKey] = []
    small_groups: dict[NodeKey, int] = {}
    for is_block, rows, *key in nodes.cursor.fetchall():
        if is_block:
            large_blocks.append(tuple(key))
        else:
            small_groups[tuple(key)] = rows
    return large_blocks, small_groups


def _columns(first: int, number: int) -> str:
    """Return the numbers of some columns of a SELECT."""
    return ", ".join(map(str, range(first, first + number)))
