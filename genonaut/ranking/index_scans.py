"""Counts the rows of leaves by scanning the index of a ranking."""

from collections.abc import Iterator

from genonaut.ranking.nodes import NodeKey, Nodes
from genonaut.ranking.statements import SQL

# Counts the rows of the leaves between two keys and corrects wrong counts; the bounds of the leaves stay.
RECOUNT = """WITH bound ({keys}) AS (
    SELECT {start} UNION SELECT {keys} FROM {node} WHERE level = {leaf}{within}
), leaf AS MATERIALIZED (
    SELECT {keys}, {ends} FROM bound WINDOW following AS (ORDER BY {keys})
), counted AS MATERIALIZED (
    SELECT {leaf.keys}{facets}, row_count FROM leaf CROSS JOIN LATERAL (
        SELECT count(*) AS row_count{named_row_facets} FROM {table} AS item
        WHERE ({row_keys}) >= ({leaf.keys})
        AND ({row_keys}) < ({end_keys})
        {by_row_facets}
    ) AS found
), corrected AS (
    INSERT INTO {node} AS node (level, {keys}{facets}, row_count, change_count)
    SELECT {leaf}, {keys}{facets}, sum(row_count), 0 FROM (
        SELECT * FROM counted
        UNION ALL
        SELECT {keys}{facets}, -row_count FROM {node} WHERE level = {leaf}{within}
    ) AS difference
    GROUP BY {keys}{facets} HAVING sum(row_count) <> 0
    ON CONFLICT (level, {keys}{facets}) DO UPDATE
    SET row_count = node.row_count + excluded.row_count
)
SELECT coalesce(sum(row_count), 0)::bigint FROM counted"""

# Makes an inner node's worth of leaves: hops along the index, a leaf's rows at a time, and counts what lies between.
COUNT = """WITH RECURSIVE hop (number, {keys}) AS (
    SELECT 1, {start}
    UNION ALL
    SELECT hop.number + 1, {next.keys} FROM hop CROSS JOIN LATERAL (
        SELECT {named_row_keys} FROM {table} AS item
        WHERE ({row_keys}) >= ({hop.keys}) {before_end}
        ORDER BY {row_keys} OFFSET {leaf_rows} LIMIT 1
    ) AS next
    WHERE hop.number <= {fanout}
), counted AS (
    INSERT INTO {node} (level, {keys}{facets}, row_count, change_count)
    SELECT {leaf}, {hop.keys}{facets}, found.row_count, 0
    FROM hop CROSS JOIN LATERAL (
        SELECT count(*) AS row_count{facets} FROM (
            SELECT {named_row_keys}{named_row_facets} FROM {table} AS item
            WHERE ({row_keys}) >= ({hop.keys}) {before_end}
            ORDER BY {row_keys} LIMIT {leaf_rows}
        ) AS scanned {by_facets}
    ) AS found
    WHERE number <= {fanout}
    RETURNING row_count
)
SELECT coalesce((SELECT sum(row_count) FROM counted), 0), {texts}
FROM (SELECT 1) AS one LEFT JOIN hop ON number > {fanout}"""


def recount_leaves(nodes: Nodes, start: NodeKey | None, end: NodeKey | None) -> int:
    """Count the rows of the leaves between two keys, and correct wrong counts; return how many rows there are.

    The leaves begin and end where they did. One query.
    """
    ends = [
        nodes.names.fill("coalesce(lead({key}) OVER following, {end}) AS end_{key}", key=column.name, end=end_part)
        for column, end_part in zip(nodes.names.columns, nodes.end_sql(end), strict=True)
    ]
    within = nodes.within(start, end)
    return nodes.fetch(RECOUNT, start=nodes.key_sql(start), within=within, ends=SQL(", ").join(ends))[0]


def count_leaves(nodes: Nodes, start: NodeKey | None, end: NodeKey | None) -> Iterator[tuple[NodeKey | None, int]]:
    """Make leaves from the rows between two keys, an inner node's worth at a time; the index is scanned twice.

    Gives where the next will start, None at the end, and how many rows were counted.
    """
    while True:
        start, rows = _count_inner_node(nodes, start, end)
        yield start, rows
        if start is None:
            return


def _count_inner_node(nodes: Nodes, start: NodeKey | None, end: NodeKey | None) -> tuple[NodeKey | None, int]:
    # Every leaf but the last is full, so that a LIMIT ends it; to compare each row with an end would cost more.
    before_end = SQL("") if end is None else nodes.names.fill("AND ({row_keys}) < ({end})", end=nodes.key_sql(end))
    rows, *key = nodes.fetch(
        COUNT,
        start=nodes.key_sql(start),
        before_end=before_end,
        leaf_rows=str(nodes.leaf_rows),
        fanout=str(nodes.fanout),
    )
    return (None if key[0] is None else tuple(key)), int(rows)
