"""The leaf that holds a rank: searched for among the inner nodes, then among the leaves of one inner node.

A search puts nodes and changes in the order of their keys, a node before the changes at its own key, and adds them up.
"""

from genonaut.ranking.bound_ranks import last_node_of_bound
from genonaut.ranking.levels import INNER
from genonaut.ranking.query_sql import QuerySql
from genonaut.ranking.sql_names import named
from genonaut.ranking.statements import SQL

# All inner nodes, and the implicit first. A node of other facets counts no rows but bounds its neighbours.
INNER_NODES = """SELECT {keys_numbered}, CASE WHEN {has_facets} THEN row_count ELSE 0 END AS row_count
    FROM {node} WHERE level = {inner} UNION ALL SELECT {lowest}, 0"""

# Where the search among the inner nodes begins: everything.
ALL_ROWS = "(SELECT 0 AS start, whole AS finish, {ends} FROM totals)"

# The leaves of the inner node that was found, and one that begins where the inner node does.
LEAVES = """SELECT {keys_numbered}, CASE WHEN {has_facets} THEN row_count ELSE 0 END AS row_count
    FROM {node} CROSS JOIN in_inner
    WHERE level = {leaf} AND ({keys}) >= ({in_inner.key_*}) AND ({keys}) < ({end_*})
    UNION ALL SELECT {in_inner.key_*}, 0 FROM in_inner"""

# The changes in that inner node.
CHANGES = """SELECT {changed.key_*}, changed.row_count FROM changed CROSS JOIN in_inner
    WHERE ({changed.key_*}) >= ({in_inner.key_*}) AND ({changed.key_*}) < ({end_*})"""

# Some nodes, and how many of the scanned rows lie before each of them and before the next.
SCAN = """{name}_scan AS (
    SELECT {key_*}, is_node, coalesce(sum(row_count) OVER (
        ORDER BY {key_*}, is_node DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS before
    FROM (
        SELECT {key_*}, sum(row_count) AS row_count, true AS is_node FROM ({nodes}) AS node GROUP BY {key_*}
        UNION ALL SELECT *, false FROM ({changes}) AS change
    ) AS event
), {name}_bound AS (
    SELECT {key_*}, before, lead(before) OVER following AS next_before, {lead(key_*) OVER following AS next_*}
    FROM {name}_scan WHERE is_node WINDOW following AS (ORDER BY {key_*})
)"""

# The last of those nodes that begins at or before the target's rank, with the ranks at both its ends.
FOUND = """in_{name} AS MATERIALIZED (
    SELECT {bound.key_*}, outside.start + before AS start,
        coalesce(outside.start + next_before, outside.finish) AS finish, {coalesce(next_*, outside.end_*) AS end_*}
    FROM {name}_bound AS bound CROSS JOIN {within} AS outside CROSS JOIN target
    WHERE outside.start + before <= target.position ORDER BY {bound.key_* DESC} LIMIT 1
)"""


# The inner node that a bound falls into, how many rows lie before it, and another bound as its end.
INNER_NODE_OF_BOUND = """in_inner AS MATERIALIZED (
    SELECT {in_inner.key_*}, {ended.end_*}, (
        (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {inner} AND {has_facets}
            AND ({keys}) < ({in_inner.key_*}))
        + (SELECT coalesce(sum(row_count), 0) FROM changed WHERE ({key_*}) < ({in_inner.key_*}))
    ) AS start
    FROM (SELECT {start}) AS bound ({key_*}) CROSS JOIN (SELECT {end}) AS ended ({end_*})
        CROSS JOIN LATERAL {last_inner}
)"""


def in_inner(sql: QuerySql) -> SQL:
    """Return the CTEs that find `in_inner`, the inner node that holds the rank `target`."""
    ends = named((column.highest for column in sql.names.columns), "end")
    within = sql.fill(ALL_ROWS, ends=ends)
    return SQL(", ").join([inner_scan(sql), sql.fill(FOUND, name="inner", within=within)])


def in_leaf(sql: QuerySql) -> SQL:
    """Return the CTEs that find `in_leaf` among the leaves of `in_inner`."""
    return SQL(", ").join([leaf_scan(sql), sql.fill(FOUND, name="leaf", within="in_inner")])


def inner_scan(sql: QuerySql) -> SQL:
    """Return the CTEs that end in `inner_bound`: all inner nodes, and how many rows lie before each."""
    return sql.fill(SCAN, name="inner", nodes=sql.fill(INNER_NODES), changes="SELECT * FROM changed")


def leaf_scan(sql: QuerySql) -> SQL:
    """Return the CTEs that end in `leaf_bound`: the leaves of `in_inner`, and how many of its rows lie before each."""
    return sql.fill(SCAN, name="leaf", nodes=sql.fill(LEAVES), changes=sql.fill(CHANGES))


def inner_node_between(sql: QuerySql, start: SQL, end: SQL) -> SQL:
    """Return the CTE `in_inner`: the inner node that holds one bound, as if it ended at another."""
    return sql.fill(INNER_NODE_OF_BOUND, start=start, end=end, last_inner=last_node_of_bound(sql, INNER, "in_inner"))
