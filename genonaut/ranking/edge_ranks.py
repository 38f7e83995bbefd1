"""The ranks of edges: how many rows of a ranking lie before each. Two ways: few edges one by one, many in one scan.

Both end in the CTE `edge_rank` (number, rank); with a gap in `all_rank`, from which `gap` and `edge_rank` are made.
"""

from genonaut.ranking.levels import INNER, LEAF
from genonaut.ranking.selection_sql import SelectionSql
from genonaut.ranking.selections import Bound, Edge
from genonaut.ranking.statements import SQL

# The numbers of a selection's own edges among those of a statement; its marks have 0, 1 ...
GAP_START, GAP_END, LOWER, UPPER, TARGET = -5, -4, -3, -2, -1
# Up to this many edges are looked up one by one.
FEW_EDGES = 8

# --- Both ways

# All edges. `is_behind` tells whether the edge lies behind a row of its keys.
EDGE = "edge (number, is_behind, {key_*}) AS MATERIALIZED ({edges})"

# The last node of a level at or before an edge; the implicit first if there is none.
LAST_BEFORE_EDGE = """(SELECT {key_*} FROM (
    (SELECT {keys_numbered} FROM {node}
    WHERE level = {level} AND ({keys}) <= ({edge.key_*})
    ORDER BY {keys_descending} LIMIT 1)
    UNION ALL SELECT {lowest_numbered}
) AS at_or_before ORDER BY {key_* DESC} LIMIT 1) AS {name}"""

# How many rows lie from the start of a leaf (or the edge before) to an edge.
ROWS_BEFORE_EDGE = """(SELECT count(*) FILTER (WHERE (edge.is_behind OR ({key_*}) <> ({edge.key_*})){after_start})
    FROM ({rows}) AS inside)"""

# The row at the start itself was counted by the edge before, if that edge lies behind it.
AFTER_START = " AND (NOT edge.is_past_start OR ({key_*}) <> ({edge.start_*}))"

# --- Few edges

# The inner nodes before the edge's own, the leaves of that inner node before the edge's own, the changes before that
# leaf, and the rows and changes from there on.
RANKS_ONE_BY_ONE = """{ranks} AS MATERIALIZED (
    SELECT edge.number, (
        (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {inner} AND {has_facets}
            AND ({keys}) < ({in_inner.key_*}))
        + (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {leaf} AND {has_facets}
            AND ({keys}) >= ({in_inner.key_*}) AND ({keys}) < ({in_leaf.key_*}))
        + (SELECT coalesce(sum(row_count), 0) FROM changed WHERE ({key_*}) < ({in_leaf.key_*}))
        + {rows_before}
    )::bigint AS rank
    FROM edge CROSS JOIN LATERAL {last_inner} CROSS JOIN LATERAL {last_leaf}
)"""

# --- Many edges: one scan in key order over the leaves of inner nodes that hold an edge, all other inner nodes, and the
# changes

# Each edge with the keys of its inner node and its leaf.
PLACED = """placed AS MATERIALIZED (
    SELECT edge.*, {in_inner.key_* AS inner_*}, {in_leaf.key_* AS leaf_*}
    FROM edge CROSS JOIN LATERAL {last_inner} CROSS JOIN LATERAL {last_leaf}
)"""

# Each edge with the keys to count its rows from: of the edge before it in the same leaf, else of the leaf.
SPAN = """span AS MATERIALIZED (
    SELECT *, {coalesce(lag(key_*) OVER within, leaf_*) AS start_*},
        coalesce(lag(is_behind) OVER within, false) AS is_past_start
    FROM placed WINDOW within AS (PARTITION BY {leaf_*} ORDER BY {key_*}, is_behind, number)
)"""

# How many rows lie from the start of its leaf to each edge: each row is counted once, for the first edge behind it.
INSIDE = """inside AS MATERIALIZED (
    SELECT number, {leaf_*}, sum({rows_before}) OVER (
        PARTITION BY {leaf_*} ORDER BY {key_*}, is_behind, number ROWS UNBOUNDED PRECEDING
    ) AS row_count
    FROM span AS edge
)"""

# The interval of each inner node; `is_open` if it holds an edge, so that its leaves are added up one by one.
STRETCH = """stretch AS MATERIALIZED (
    SELECT *, ({key_*}) IN (SELECT {inner_*} FROM placed) AS is_open FROM (
        SELECT {key_*}, {ends} FROM (
            SELECT DISTINCT {keys} FROM {node} WHERE level = {inner} UNION SELECT {lowest}
        ) AS starts ({key_*}) WINDOW following AS (ORDER BY {key_*})
    ) AS bounded
)"""

# The running sum over closed inner nodes, leaves of open inner nodes and changes; an edge comes after the others at its
# leaf's key, and takes the sum as it stands there.
WALK = """walk AS (
    SELECT number, inside, sum(row_count) OVER (
        ORDER BY {key_*}, number IS NULL ROWS UNBOUNDED PRECEDING
    ) AS before
    FROM (
        SELECT {keys_numbered}, row_count, NULL::int AS number, 0 AS inside
        FROM {node} WHERE level = {inner} AND {has_facets}
            AND ({keys}) NOT IN (SELECT {key_*} FROM stretch WHERE is_open)
        UNION ALL
        SELECT node.*, NULL, 0 FROM stretch CROSS JOIN LATERAL (
            SELECT {keys_numbered}, row_count FROM {node} WHERE level = {leaf} AND {has_facets}
                AND ({keys}) >= ({stretch.key_*}) AND ({keys}) < ({stretch.end_*})
        ) AS node WHERE stretch.is_open
        UNION ALL SELECT *, NULL, 0 FROM changed
        UNION ALL SELECT {leaf_*}, 0, number, row_count FROM inside
    ) AS event
)"""

# The rows that the scan counted before each edge's leaf, and those from there.
RANKS_OF_WALK = """{ranks} AS MATERIALIZED (
    SELECT number, (before + inside)::bigint AS rank FROM walk WHERE number IS NOT NULL
)"""

# --- The gap

# How many rows lie before the gap, and in the part of it between the selection's own edges.
GAP = """gap AS MATERIALIZED (
    SELECT start, greatest(finish - start, 0) AS row_count FROM (
        SELECT max(rank) FILTER (WHERE number IN ({starts})) AS start,
            min(rank) FILTER (WHERE number IN ({finishes})) AS finish FROM all_rank
    ) AS ends
)"""

# The same ranks without the rows of the gap.
EDGE_RANK = "edge_rank AS (SELECT number, {rank} AS rank FROM all_rank)"


def edge_rows(sql: SelectionSql, target: Edge | None = None) -> list[SQL]:
    """Return the numbered edges of a statement, if it has any, as one VALUES list: the selection's own, its marks and
    one more."""
    selection = sql.selection
    own = {LOWER: selection.lower, UPPER: selection.upper, TARGET: target}
    if selection.gap:
        own[GAP_START], own[GAP_END] = selection.gap
    edges = {number: edge for number, edge in own.items() if edge is not None} | dict(enumerate(selection.marks))
    rows = [
        sql.fill(
            "({number}, {is_behind}, {edge})",
            number=str(number),
            is_behind=str(edge.is_behind).lower(),
            edge=sql.keys_of_edge(edge),
        )
        for number, edge in edges.items()
    ]
    return [sql.fill("VALUES {rows}", rows=SQL(", ").join(rows))] if rows else []


def edge_ranks(sql: SelectionSql, edges: list[SQL]) -> list[SQL]:
    """Return the CTEs that end in `edge_rank`, for edges as `edge_rows` gives them; none without edges."""
    if not edges:
        return []
    ranks = _ranks_one_by_one if len(sql.selection.marks) <= FEW_EDGES else _ranks_in_one_scan
    return [sql.fill(EDGE, edges=SQL(" UNION ALL ").join(edges)), *ranks(sql), *_gap(sql)]


def _ranks_one_by_one(sql: SelectionSql) -> list[SQL]:
    rows_before = _rows_before_edge(sql, "in_leaf.key_*")
    return [sql.fill(RANKS_ONE_BY_ONE, ranks=sql.all_ranks, rows_before=rows_before, **_last_nodes(sql))]


def _ranks_in_one_scan(sql: SelectionSql) -> list[SQL]:
    after_start = sql.fill(AFTER_START)
    ends = ", ".join(
        f"coalesce(lead(key_{number}) OVER following, {column.highest}) AS end_{number}"
        for number, column in enumerate(sql.names.columns)
    )
    return [
        sql.fill(PLACED, **_last_nodes(sql)),
        sql.fill(SPAN),
        sql.fill(INSIDE, rows_before=_rows_before_edge(sql, "edge.start_*", after_start)),
        sql.fill(STRETCH, ends=ends),
        sql.fill(WALK),
        sql.fill(RANKS_OF_WALK, ranks=sql.all_ranks),
    ]


def _last_nodes(sql: SelectionSql) -> dict[str, SQL]:
    """Return the lateral look-ups of the inner node and the leaf of an edge."""
    return {
        f"last_{name}": sql.fill(LAST_BEFORE_EDGE, level=str(level), name=f"in_{name}")
        for name, level in (("inner", INNER), ("leaf", LEAF))
    }


def _rows_before_edge(sql: SelectionSql, start: str, after_start: SQL | str = "") -> SQL:
    """Return how many rows lie from the keys `start` to `edge`."""
    start_keys, end_keys = (SQL(sql.names.numbered(keys)) for keys in (start, "edge.key_*"))
    bounds = [Bound(">=", start_keys), Bound("<=", end_keys)]
    rows = sql.selection.rows.keys(bounds, is_descending=None, reach=None)
    return sql.fill(ROWS_BEFORE_EDGE, rows=rows, after_start=after_start)


def _gap(sql: SelectionSql) -> list[SQL]:
    """Return the CTEs `gap` and `edge_rank`; none without a gap."""
    if not sql.selection.gap:
        return []
    return [
        sql.fill(GAP, starts=f"{GAP_START}, {LOWER}", finishes=f"{GAP_END}, {UPPER}"),
        sql.fill(EDGE_RANK, rank=sql.without_gap("rank")),
    ]
