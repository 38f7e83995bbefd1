"""The ranks of bounds: how many rows of a ranking lie before each. Two ways: few bounds one by one, many in one scan.

Both end in the CTE `bound_rank` (number, rank); with a gap in `all_rank`, from which `gap` and `bound_rank` are made.
"""

from genonaut.ranking.levels import INNER, LEAF
from genonaut.ranking.query_sql import QuerySql
from genonaut.ranking.rank_query import KeyBound, KeyComparison
from genonaut.ranking.statements import SQL

# The numbers of a query's own bounds among those of a statement; its probes have 0, 1 ...
GAP_START, GAP_END, LOWER, UPPER, TARGET = -5, -4, -3, -2, -1
# Up to this many bounds are looked up one by one.
FEW_BOUNDS = 8

# --- Both ways

# All bounds. `is_after` tells whether the bound lies behind a row of its keys.
BOUND = "bound (number, is_after, {key_*}) AS MATERIALIZED ({bounds})"

# The last node of a level at or before a bound; the implicit first if there is none.
LAST_BEFORE_BOUND = """(SELECT {key_*} FROM (
    (SELECT {keys_numbered} FROM {node}
    WHERE level = {level} AND ({keys}) <= ({bound.key_*})
    ORDER BY {keys_descending} LIMIT 1)
    UNION ALL SELECT {lowest_numbered}
) AS at_or_before ORDER BY {key_* DESC} LIMIT 1) AS {name}"""

# How many rows lie from the start of a leaf (or the bound before) to a bound.
ROWS_BEFORE_BOUND = """(SELECT count(*) FILTER (WHERE (bound.is_after OR ({key_*}) <> ({bound.key_*})){after_start})
    FROM ({rows}) AS inside)"""

# The row at the start itself was counted by the bound before, if that bound lies behind it.
AFTER_START = " AND (NOT bound.is_past_start OR ({key_*}) <> ({bound.start_*}))"

# --- Few bounds

# The inner nodes before the bound's own, the leaves of that inner node before the bound's own, the changes before that
# leaf, and the rows and changes from there on.
RANKS_ONE_BY_ONE = """{ranks} AS MATERIALIZED (
    SELECT bound.number, (
        (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {inner} AND {has_facets}
            AND ({keys}) < ({in_inner.key_*}))
        + (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {leaf} AND {has_facets}
            AND ({keys}) >= ({in_inner.key_*}) AND ({keys}) < ({in_leaf.key_*}))
        + (SELECT coalesce(sum(row_count), 0) FROM changed WHERE ({key_*}) < ({in_leaf.key_*}))
        + {rows_before}
    )::bigint AS rank
    FROM bound CROSS JOIN LATERAL {last_inner} CROSS JOIN LATERAL {last_leaf}
)"""

# --- Many bounds: one scan in key order over the leaves of inner nodes that hold a bound, all other inner nodes, and
# the changes

# Each bound with the keys of its inner node and its leaf.
PLACED = """placed AS MATERIALIZED (
    SELECT bound.*, {in_inner.key_* AS inner_*}, {in_leaf.key_* AS leaf_*}
    FROM bound CROSS JOIN LATERAL {last_inner} CROSS JOIN LATERAL {last_leaf}
)"""

# Each bound with the keys to count its rows from: of the bound before it in the same leaf, else of the leaf.
SPAN = """span AS MATERIALIZED (
    SELECT *, {coalesce(lag(key_*) OVER within, leaf_*) AS start_*},
        coalesce(lag(is_after) OVER within, false) AS is_past_start
    FROM placed WINDOW within AS (PARTITION BY {leaf_*} ORDER BY {key_*}, is_after, number)
)"""

# How many rows lie from the start of its leaf to each bound: each row is counted once, for the first bound behind it.
INSIDE = """inside AS MATERIALIZED (
    SELECT number, {leaf_*}, sum({rows_before}) OVER (
        PARTITION BY {leaf_*} ORDER BY {key_*}, is_after, number ROWS UNBOUNDED PRECEDING
    ) AS row_count
    FROM span AS bound
)"""

# The interval of each inner node; `is_open` if it holds a bound, so that its leaves are added up one by one.
STRETCH = """stretch AS MATERIALIZED (
    SELECT *, ({key_*}) IN (SELECT {inner_*} FROM placed) AS is_open FROM (
        SELECT {key_*}, {ends} FROM (
            SELECT DISTINCT {keys} FROM {node} WHERE level = {inner} UNION SELECT {lowest}
        ) AS starts ({key_*}) WINDOW following AS (ORDER BY {key_*})
    ) AS bounded
)"""

# The running sum over closed inner nodes, leaves of open inner nodes and changes; a bound comes after the others at its
# leaf's key, and takes the sum as it stands there.
SCAN = """scan AS (
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

# The rows that the scan counted before each bound's leaf, and those from there.
RANKS_OF_SCAN = """{ranks} AS MATERIALIZED (
    SELECT number, (before + inside)::bigint AS rank FROM scan WHERE number IS NOT NULL
)"""

# --- The gap

# How many rows lie before the gap, and in the part of it between the query's own bounds.
GAP = """gap AS MATERIALIZED (
    SELECT start, greatest(finish - start, 0) AS row_count FROM (
        SELECT max(rank) FILTER (WHERE number IN ({starts})) AS start,
            min(rank) FILTER (WHERE number IN ({finishes})) AS finish FROM all_rank
    ) AS ends
)"""

# The same ranks without the rows of the gap.
BOUND_RANK = "bound_rank AS (SELECT number, {rank} AS rank FROM all_rank)"


def bound_rows(sql: QuerySql, target: KeyBound | None = None) -> list[SQL]:
    """Return the numbered bounds of a statement, if it has any, as one VALUES list: the query's own, its probes and
    one more."""
    query = sql.query
    own = {LOWER: query.lower, UPPER: query.upper, TARGET: target}
    if query.gap:
        own[GAP_START], own[GAP_END] = query.gap
    bounds = {number: bound for number, bound in own.items() if bound is not None} | dict(enumerate(query.probes))
    rows = [
        sql.fill(
            "({number}, {is_after}, {bound})",
            number=str(number),
            is_after=str(bound.after).lower(),
            bound=sql.keys_of_bound(bound),
        )
        for number, bound in bounds.items()
    ]
    return [sql.fill("VALUES {rows}", rows=SQL(", ").join(rows))] if rows else []


def bound_ranks(sql: QuerySql, bounds: list[SQL]) -> list[SQL]:
    """Return the CTEs that end in `bound_rank`, for bounds as `bound_rows` gives them; none without bounds."""
    if not bounds:
        return []
    ranks = _ranks_one_by_one if len(sql.query.probes) <= FEW_BOUNDS else _ranks_in_one_scan
    return [sql.fill(BOUND, bounds=SQL(" UNION ALL ").join(bounds)), *ranks(sql), *_gap(sql)]


def _ranks_one_by_one(sql: QuerySql) -> list[SQL]:
    rows_before = _rows_before_bound(sql, "in_leaf.key_*")
    return [sql.fill(RANKS_ONE_BY_ONE, ranks=sql.all_ranks, rows_before=rows_before, **_last_nodes(sql))]


def _ranks_in_one_scan(sql: QuerySql) -> list[SQL]:
    after_start = sql.fill(AFTER_START)
    ends = ", ".join(
        f"coalesce(lead(key_{number}) OVER following, {column.highest}) AS end_{number}"
        for number, column in enumerate(sql.names.columns)
    )
    return [
        sql.fill(PLACED, **_last_nodes(sql)),
        sql.fill(SPAN),
        sql.fill(INSIDE, rows_before=_rows_before_bound(sql, "bound.start_*", after_start)),
        sql.fill(STRETCH, ends=ends),
        sql.fill(SCAN),
        sql.fill(RANKS_OF_SCAN, ranks=sql.all_ranks),
    ]


def _last_nodes(sql: QuerySql) -> dict[str, SQL]:
    """Return the lateral look-ups of the inner node and the leaf of a bound."""
    return {
        f"last_{name}": last_node_of_bound(sql, level, f"in_{name}")
        for name, level in (("inner", INNER), ("leaf", LEAF))
    }


def last_node_of_bound(sql: QuerySql, level: int, name: str) -> SQL:
    """Return the lateral look-up, under a name, of the node of a level that `bound` falls into."""
    return sql.fill(LAST_BEFORE_BOUND, level=str(level), name=name)


def _rows_before_bound(sql: QuerySql, start: str, after_start: SQL | str = "") -> SQL:
    """Return how many rows lie from the keys `start` to `bound`."""
    start_keys, end_keys = (SQL(sql.names.numbered(keys)) for keys in (start, "bound.key_*"))
    comparisons = [KeyComparison(">=", start_keys), KeyComparison("<=", end_keys)]
    rows = sql.query.rows.keys(comparisons, is_descending=None, limit=None)
    return sql.fill(ROWS_BEFORE_BOUND, rows=rows, after_start=after_start)


def _gap(sql: QuerySql) -> list[SQL]:
    """Return the CTEs `gap` and `bound_rank`; none without a gap."""
    if not sql.query.gap:
        return []
    return [
        sql.fill(GAP, starts=f"{GAP_START}, {LOWER}", finishes=f"{GAP_END}, {UPPER}"),
        sql.fill(BOUND_RANK, rank=sql.without_gap("rank")),
    ]
