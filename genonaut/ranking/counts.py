"""Counts: the changes that nodes do not hold yet, the totals, and the summary columns that begin every result."""

from genonaut.ranking.bound_ranks import LOWER, UPPER, bound_ranks
from genonaut.ranking.query_sql import QuerySql
from genonaut.ranking.statements import SQL
from genonaut.ranking.versions import generation_sql, version_sql

# All deltas, read once; one more than readers add up shows that there are too many.
PENDING = "pending AS MATERIALIZED (SELECT * FROM {delta} LIMIT {limit})"

# Those of the wanted facets that change a count. Of too many deltas none is added up: the result is thrown away.
DELTAS = """SELECT {keys_numbered}, row_count::int AS row_count FROM pending
    WHERE row_count <> 0 AND {has_facets} AND (SELECT count(*) FROM pending) <= {most}"""

# The rows of one correction, and one more than are allowed.
CORRECTION = "SELECT {key_*}, {weight} FROM (SELECT * FROM ({rows}) AS corrected LIMIT {limit}) AS few"

# All corrections.
CORRECTED = "corrected ({key_*}, row_count) AS MATERIALIZED ({corrections})"

# Deltas, and corrections if there are any: keys, and how many rows each is.
CHANGED = "changed AS MATERIALIZED ({deltas})"
CHANGED_AND_CORRECTED = "changed AS MATERIALIZED ({deltas} UNION ALL SELECT * FROM corrected)"

# The ranks of the query's own bounds, and the rows of the whole ranking.
BOUNDS = """bounds AS (
    SELECT {lower} AS lower, {upper} AS upper, (
        (SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {root} AND {has_facets})
        + (SELECT coalesce(sum(row_count), 0) FROM changed)
    )::bigint AS whole
)"""

# The ranks that the query begins and ends at.
TOTALS = """totals AS MATERIALIZED (
    SELECT whole, lower AS start,
        greatest(coalesce(upper, {finish}), lower) AS finish
    FROM bounds
)"""

# Total, generation, version, pending deltas, corrections, removed rows, start, whole, ranks of probes, extra value.
SUMMARY = """totals.finish - totals.start, ({generation}),
    {version}, (SELECT count(*) FROM pending), {corrections}, {removed}, totals.start, totals.whole,
    {probes}, {extra}"""
SUMMARY_COLUMNS = 10


def counted(sql: QuerySql, bounds: list[SQL]) -> SQL:
    """Return the CTEs up to `totals`, with the ranks of bounds."""
    return SQL(", ").join([*sql.query.ctes, *_changed(sql), *bound_ranks(sql, bounds), *_totals(sql)])


def summary(sql: QuerySql) -> SQL:
    """Return the columns that begin every result."""
    query = sql.query
    return sql.fill(
        SUMMARY,
        generation=generation_sql(sql.ranking),
        version=query.version or version_sql(sql.ranking, query.facets, "pending"),
        corrections="(SELECT count(*) FROM corrected)" if query.corrections else "0",
        removed=_removed(sql),
        probes="ARRAY(SELECT rank FROM bound_rank WHERE number >= 0 ORDER BY number)" if query.probes else "NULL",
        extra=query.extra,
    )


def _changed(sql: QuerySql) -> list[SQL]:
    """Return the CTEs of all that the nodes do not count yet, or not as wanted."""
    query, most = sql.query, sql.ranking.owner.most_deltas
    pending, deltas = sql.fill(PENDING, limit=str(most + 1)), sql.fill(DELTAS, most=str(most))
    if not query.corrections:
        return [pending, sql.fill(CHANGED, deltas=deltas)]
    limit = str(query.most_corrections + 1)
    corrections = [
        sql.fill(CORRECTION, weight=str(correction.weight), rows=correction.keys, limit=limit)
        for correction in query.corrections
    ]
    return [
        pending,
        sql.fill(CORRECTED, corrections=SQL(" UNION ALL ").join(corrections)),
        sql.fill(CHANGED_AND_CORRECTED, deltas=deltas),
    ]


def _totals(sql: QuerySql) -> list[SQL]:
    """Return the CTEs that end in `totals`."""
    rank_of = "(SELECT rank FROM bound_rank WHERE number = {})"
    lower = rank_of.format(LOWER) if sql.query.lower else "0::bigint"
    upper = rank_of.format(UPPER) if sql.query.upper else "NULL::bigint"
    return [sql.fill(BOUNDS, lower=lower, upper=upper), sql.fill(TOTALS, finish=sql.without_gap("whole"))]


def _removed(sql: QuerySql) -> SQL:
    """Return how many rows between the query's own bounds corrections or the gap take away."""
    if sql.query.gap:
        return SQL("(SELECT row_count FROM gap)")
    if not sql.query.corrections:
        return SQL("0")
    within = [sql.fill("({key_*}) {operator} ({bound})", operator=op, bound=bound) for op, bound in sql.interval()]
    conditions = SQL(" AND ").join([SQL("row_count < 0"), *within])
    return sql.fill("(SELECT count(*) FROM corrected WHERE {conditions})", conditions=conditions)
