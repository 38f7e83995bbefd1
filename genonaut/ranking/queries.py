"""The five statements that read a ranking, each made of common table expressions.

    changed      what the nodes do not count yet, or not as wanted: deltas and corrections (counts.py)
    bound_rank   how many rows lie before each bound of the query (bound_ranks.py)
    totals       how many rows there are, and the ranks that the query begins and ends at (counts.py)
    in_leaf     the leaf that holds a rank (leaf_search.py)

A statement has only those that it needs: PostgreSQL plans it again for each page, which takes as long as to run it.
"""

from genonaut.ranking.bound_ranks import TARGET, bound_rows
from genonaut.ranking.counts import counted, summary
from genonaut.ranking.leaf_search import in_inner, in_leaf, inner_node_between, inner_scan, leaf_scan
from genonaut.ranking.query_sql import QuerySql
from genonaut.ranking.rank_query import NOTHING, KeyBound, KeyComparison, RankQuery
from genonaut.ranking.statements import SQL, value

# Between items: a character that JSON holds in no other form than \u001e.
SEPARATOR = "\x1e"

# The rows from a rank on: its leaf is found, and less than a leaf is stepped over.
PAGE = """WITH {counted}, wanted AS (SELECT {rank} AS rank{page_of_probe}),
    target AS (
        SELECT rank, {position} AS position FROM (SELECT {target} AS rank FROM totals CROSS JOIN wanted) AS listed
    ), {in_inner}, {in_leaf}
    SELECT {summary}, {skip}, wanted.rank, gathered.*
    FROM totals CROSS JOIN wanted CROSS JOIN target
    LEFT JOIN in_leaf ON target.rank >= totals.start AND target.rank < totals.finish
    LEFT JOIN LATERAL ({gathered}) AS gathered ON in_leaf.start IS NOT NULL"""

# The rank, in reading direction, of the page of the last probe.
PAGE_OF_PROBE = """page_of_probe AS (
    SELECT coalesce(max(position - mod(position, {size})), 0) AS rank FROM (
        SELECT greatest(least({rank}, totals.finish - totals.start - 1), 0) AS position
        FROM totals CROSS JOIN bound_rank WHERE number = {probe}
    ) AS probe
)"""

# The rows of a leaf from its start on, without those before the rank. The offset is never negative if all deltas were
# read; if they are too many the result is thrown away.
ROWS_FROM_RANK = "SELECT * FROM ({rows}) AS scanned ORDER BY {order} OFFSET greatest(0, {skip}) LIMIT {limit}"

# The rows after a bound, and the bound's rank within the query.
AFTER_BOUND = """WITH {counted}
    SELECT {summary},
        least(greatest(coalesce({target}, {at_end}), totals.start), totals.finish) - totals.start,
        gathered.*
    FROM totals CROSS JOIN ({gathered}) AS gathered"""

ROWS_AFTER_BOUND = "SELECT * FROM ({rows}) AS scanned ORDER BY {order} LIMIT {limit}"

# The row of a primary key as a bound.
BOUND_OF_ROW = 'SELECT {number}, false, {row_keys} FROM {table} AS item WHERE item."{pk}" = {row_pk}'

# How many rows lie before that row; NULL if it is not listed.
RANK_OF = """WITH {counted}
    SELECT {summary}, (SELECT rank FROM bound_rank CROSS JOIN bound
        WHERE bound_rank.number = {number} AND bound.number = {number}
        AND EXISTS (SELECT FROM ({rows}) AS listed)
    ) - totals.start
    FROM totals"""

# Where nodes begin, and how many rows lie before each of them.
NODE_RANKS = """WITH {counted}, {scan}
    SELECT {summary}, gathered.* FROM totals CROSS JOIN (
        SELECT array_agg(({rank})::bigint ORDER BY {key_*}), NULL, {arrays} FROM {name}_bound
        WHERE ({key_*}) {operator} ({start})
    ) AS gathered"""

# One row for a whole page: the keys as arrays, the items as one text. In rows of its own each would repeat the summary,
# which takes the client four times as long to read.
GATHERED_KEYS = "SELECT NULL, {arrays} FROM ({found}) AS found"
GATHERED_ITEMS = """SELECT string_agg(coalesce(shown.item, ''), '{separator}' ORDER BY {order}), {arrays}
    FROM ({found}) AS found LEFT JOIN ({items}) AS shown (pk, item) ON shown.pk = found.key_{last}"""


class Queries:
    """Composes the statements for one query. Runs none. Each begins with the summary columns."""

    def __init__(self, query: RankQuery) -> None:
        self.query = query
        self.sql = QuerySql(query)

    def page(self, rank: SQL, limit: int, read_limit: int, *, is_descending: bool, paged_by: int = 0) -> SQL:
        """Build the query: summary columns, rows of its leaf to step over, the rank, and the page `_gathered`.

        `rank` is SQL; it may name `page_of_probe.rank`, where the page of `paged_by` rows begins that holds the last
        probe. `read_limit` is how many rows are read at most.
        """
        sql = self.sql
        target, skip, comparison = self._from_rank(is_descending=is_descending)
        rows = sql.fill(
            ROWS_FROM_RANK,
            rows=sql.listed.keys([comparison, *sql.interval()], is_descending=is_descending, limit=read_limit),
            order=self._sorted("scanned", is_descending=is_descending),
            skip=skip,
            limit=str(limit),
        )
        page_of_probe = [self._page_of_probe(paged_by, is_descending=is_descending)] if paged_by else []
        return sql.fill(
            PAGE,
            counted=SQL(", ").join([counted(sql, bound_rows(sql)), *page_of_probe]),
            rank=rank,
            page_of_probe=" FROM page_of_probe" if paged_by else "",
            target=target,
            position=sql.with_gap("rank"),
            in_inner=in_inner(sql),
            in_leaf=in_leaf(sql),
            summary=summary(sql),
            skip=skip,
            gathered=self._gathered(rows, is_descending=is_descending),
        )

    def after_bound(self, bound: KeyBound | None, limit: int, *, is_descending: bool, is_backward: bool) -> SQL:
        """Build the query: summary columns, rank of the bound, and the rows beyond it `_gathered`."""
        sql = self.sql
        is_falling = is_descending != is_backward
        comparisons, target = sql.interval(), NOTHING
        if bound is not None:
            comparisons.append(sql.comparison(bound, is_lower=not is_falling))
            target = SQL(f"(SELECT rank FROM bound_rank WHERE number = {TARGET})")
        rows = sql.fill(
            ROWS_AFTER_BOUND,
            rows=sql.listed.keys(comparisons, is_descending=is_falling, limit=limit),
            order=self._sorted("scanned", is_descending=is_falling),
            limit=str(limit),
        )
        return sql.fill(
            AFTER_BOUND,
            counted=counted(sql, bound_rows(sql, bound)),
            summary=summary(sql),
            target=target,
            # Without a bound the scan starts from an end: the first row's, or backward the last row's.
            at_end="totals.start" if is_descending == is_backward else "totals.finish",
            gathered=self._gathered(rows, is_descending=is_descending),
        )

    def totals(self) -> SQL:
        """Build the query: summary columns alone."""
        counts = counted(self.sql, bound_rows(self.sql))
        return self.sql.fill("WITH {counted} SELECT {summary} FROM totals", counted=counts, summary=summary(self.sql))

    def rank_of(self, pk: object) -> SQL:
        """Build the query: summary columns, and how many rows lie before that of a primary key; NULL if none is."""
        sql, number = self.sql, str(TARGET)
        row = sql.fill(BOUND_OF_ROW, number=number, pk=sql.ranking.owner.model._meta.pk.column, row_pk=value(pk))
        is_row = KeyComparison("=", SQL(sql.names.numbered("bound.key_*")))
        return sql.fill(
            RANK_OF,
            counted=counted(sql, [*bound_rows(sql), row]),
            summary=summary(sql),
            number=number,
            rows=sql.listed.keys([is_row, *sql.interval()], is_descending=None, limit=None),
        )

    def node_ranks(self, between: tuple[KeyBound | None, KeyBound | None] | None) -> SQL:
        """Build the query: summary columns, ranks and keys of the starts of all inner nodes or of the leaves between
        two bounds, in key order."""
        sql = self.sql
        start, end = between or (None, None)
        lowest, highest = SQL(sql.names.lowest), SQL(sql.names.highest)
        start_keys = sql.keys_of_bound(start) if start else lowest
        name, scan, rank = "inner", inner_scan(sql), "before"
        if between is not None:
            inner_node = inner_node_between(sql, start_keys, sql.keys_of_bound(end) if end else highest)
            name, scan = "leaf", SQL(", ").join([inner_node, leaf_scan(sql)])
            rank = "((SELECT start FROM in_inner) + before)"
        return sql.fill(
            NODE_RANKS,
            counted=counted(sql, bound_rows(sql)),
            scan=scan,
            name=name,
            summary=summary(sql),
            rank=sql.without_gap(rank),
            arrays=self._arrays(sql.names.numbered("key_*")),
            # The implicit first node begins at keys that Python may not hold.
            operator=">=" if start else ">",
            start=start_keys,
        )

    def _from_rank(self, *, is_descending: bool) -> tuple[str, str, KeyComparison]:
        """Return the rank of the page's first row, the rows of its leaf to step over, and the comparison with the
        leaf's own end."""
        sql = self.sql
        if is_descending:
            target = "totals.finish - 1 - wanted.rank"
            skip = f"least({sql.without_gap('in_leaf.finish')}, totals.finish) - 1 - target.rank"
            return target, skip, KeyComparison("<", SQL(sql.names.numbered("in_leaf.end_*")))
        target = "totals.start + wanted.rank"
        skip = f"target.rank - greatest({sql.without_gap('in_leaf.start')}, totals.start)"
        return target, skip, KeyComparison(">=", SQL(sql.names.numbered("in_leaf.key_*")))

    def _page_of_probe(self, size: int, *, is_descending: bool) -> SQL:
        rank = "totals.finish - rank" if is_descending else "rank - totals.start"
        return self.sql.fill(PAGE_OF_PROBE, size=str(size), rank=rank, probe=str(len(self.query.probes) - 1))

    def _gathered(self, found: SQL, *, is_descending: bool) -> SQL:
        """Return the one row that holds a page: the items as one text, then an array of each key; NULL without rows."""
        order = self._sorted("found", is_descending=is_descending)
        arrays = self._arrays(order)
        if self.query.items is None:
            return self.sql.fill(GATHERED_KEYS, arrays=arrays, found=found)
        return self.sql.fill(
            GATHERED_ITEMS,
            separator=SEPARATOR,
            order=order,
            arrays=arrays,
            found=found,
            items=self.query.items,
            last=str(len(self.sql.names.columns) - 1),
        )

    def _arrays(self, order: str) -> str:
        return self.sql.names.numbered(f"array_agg(key_* ORDER BY {order})")

    def _sorted(self, row: str, *, is_descending: bool) -> str:
        return self.sql.names.numbered(f"{row}.key_* {'DESC' if is_descending else 'ASC'}")
