"""Reads one query of a ranking: the page at a rank, the rank of a key, counts. Each is one statement, and so sees one
snapshot.

To compose a statement takes longer than to run it. The statements of a `Reader` that has a name are cached and run any
number of times; what may differ from time to time is a Param of its query (statements.py), and each call binds it.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import cached_property

from psycopg.pq import Format

from genonaut.ranking.byte_lru import ByteLRU
from genonaut.ranking.conf import COMPACT_FROM_DELTAS, LEAF_ROWS, MAX_CORRECTIONS, STATEMENT_CACHE_BYTES
from genonaut.ranking.counts import SUMMARY_COLUMNS
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.execution import NO_VALUES, Values, alias_of, run_once, server_side_binding
from genonaut.ranking.queries import Queries
from genonaut.ranking.rank_query import KeyBound, KeyValues, RankQuery, RankResult
from genonaut.ranking.results import result_of
from genonaut.ranking.statements import SQL, Param, PreparedQuery, prepare, value

# A rank that no table reaches.
FAR = 2**40
# Rows of a leaf that are skipped at most; a leaf grows until its deltas are compacted.
MAX_SKIPPED = 4 * LEAF_ROWS
# Recently used statements, 10 to 30 kB each.
STATEMENTS: ByteLRU[PreparedQuery] = ByteLRU(STATEMENT_CACHE_BYTES)

RANK = Param("rank")


class Reader:
    """Reads one query. Every method takes the values of its Params, and runs one statement.

    Raises NotReadyError. `make_query` gives the query as soon as a statement has to be composed. `name` stands for all
    that the query depends on, the cache key of its statements; None caches none.
    """

    def __init__(
        self,
        ranking: Ranking,
        make_query: Callable[[], RankQuery],
        name: Hashable | None = None,
        most_corrections: int = MAX_CORRECTIONS,
    ) -> None:
        self.ranking = ranking
        self.make_query = make_query
        self.name = name
        self.most_corrections = most_corrections

    @cached_property
    def queries(self) -> Queries:
        """The composer of the query's statements."""
        return Queries(self.make_query())

    def at_rank(self, rank: int, limit: int, *, is_descending: bool, values: Values = NO_VALUES) -> RankResult:
        """Return up to `limit` keys from the row at `rank` on; none if the rank is past the end."""
        values = {**values, RANK: min(rank, FAR)}

        def compose(read_limit: int) -> SQL:
            return self.queries.page(value(RANK, "bigint"), limit, read_limit, is_descending=is_descending)

        row = self._ask(("page", limit, is_descending), lambda: compose(MAX_SKIPPED + limit), values)
        result, skipped = self._page(row)
        if rank < result.total and skipped > MAX_SKIPPED:
            result, _ = self._page(self._run(compose(2 * (skipped + limit)), values))
            # A large statement may leave few deltas, but large leaves: a compaction splits them.
            return result._replace(pending=max(result.pending, COMPACT_FROM_DELTAS))
        return result

    def page_containing(
        self, bound: KeyBound, size: int, *, is_descending: bool, values: Values = NO_VALUES
    ) -> RankResult:
        """Return the page, of pages of `size`, that holds the first row after a bound in reading direction; the last
        page if there is none."""
        query = self.queries.query
        queries = Queries(replace(query, probes=[*query.probes, bound]))

        def read(read_limit: int) -> tuple[RankResult, int]:
            rank = SQL("page_of_probe.rank")
            page = queries.page(rank, size + 1, read_limit, is_descending=is_descending, paged_by=size)
            return self._page(self._run(page, values))

        result, skipped = read(MAX_SKIPPED + size + 1)
        return result if skipped <= MAX_SKIPPED else read(2 * (skipped + size))[0]

    def from_bound(
        self,
        bound: KeyBound | None,
        limit: int,
        *,
        is_descending: bool,
        is_backward: bool = False,
        values: Values = NO_VALUES,
    ) -> RankResult:
        """Return up to `limit` keys after a bound in reading direction, or before it when backward (in reading order
        all the same), with the rank of the first. None is the end that the scan starts from."""
        keys = bound.keys if bound else ()
        params = tuple(Param(f"target {number}") for number in range(len(keys)))
        target = bound and KeyBound(params, bound.after)
        row = self._ask(
            ("after", target, limit, is_descending, is_backward),
            lambda: self.queries.after_bound(target, limit, is_descending=is_descending, is_backward=is_backward),
            {**values, **dict(zip(params, keys, strict=True))},
        )
        result = self._result(row, page_at=SUMMARY_COLUMNS + 1)
        before_bound = row[SUMMARY_COLUMNS]
        read = result.total - before_bound if is_descending else before_bound
        return result._replace(first=read - len(result.keys) if is_backward else read)

    def totals(self, probes: Sequence[KeyBound] = (), values: Values = NO_VALUES) -> RankResult:
        """Return the total and the ranks of probes: of these, else of the query's own."""
        if not probes:
            return self._result(self._ask("totals", lambda: self.queries.totals(), values))
        queries = Queries(replace(self.queries.query, probes=probes))
        return self._result(self._run(queries.totals(), values))

    def rank_of(self, pk: object, values: Values = NO_VALUES) -> RankResult:
        """Return, as `first`, how many rows lie before the row of this primary key; -1 if it is none of them."""
        row = self._run(self.queries.rank_of(pk), values)
        rank = row[SUMMARY_COLUMNS]
        return self._result(row, first=-1 if rank is None else rank)

    def node_ranks(
        self, between: tuple[KeyBound | None, KeyBound | None] | None = None, values: Values = NO_VALUES
    ) -> RankResult:
        """Return the keys at which nodes begin, in key order, and as `ranks` how many rows lie before each.

        Of all inner nodes, or of the leaves between two bounds; the first node, which begins at the lowest key, is left
        out. Ranks are counted from the lowest key of the whole ranking, like those of probes.
        """
        params, sides = {}, []
        for side, bound in zip(("start", "end"), between or (None, None), strict=True):
            named = tuple(Param(f"{side} {number}") for number in range(len(bound.keys))) if bound else ()
            params |= dict(zip(named, bound.keys, strict=True)) if bound else {}
            sides.append(bound and KeyBound(named, bound.after))
        pair = between and tuple(sides)
        row = self._ask(("nodes", pair), lambda: self.queries.node_ranks(pair), {**values, **params})
        ranks = row[SUMMARY_COLUMNS] or []
        return self._result(row, page_at=SUMMARY_COLUMNS + 1)._replace(ranks=ranks)

    def _ask(self, question: Hashable, compose: Callable[[], SQL], values: Values) -> KeyValues:
        """Return the row of a statement, which is composed unless it is cached."""
        # Times as text would go through a loader of Django's, in Python.
        with server_side_binding(alias_of(self.ranking), Format.BINARY) as cursor:

            def make() -> PreparedQuery:
                return prepare(compose(), cursor.connection)

            prepared = make() if self.name is None else STATEMENTS.get((self.name, question), make)
            cursor.execute(prepared.sql, prepared.bind(values))
            return cursor.fetchone()

    def _run(self, statement: SQL, values: Values) -> KeyValues:
        return run_once(self.ranking, statement, values)

    def _page(self, row: KeyValues) -> tuple[RankResult, int]:
        """Return the result, and how many rows of its leaf were stepped over."""
        skipped, first = row[SUMMARY_COLUMNS : SUMMARY_COLUMNS + 2]
        return self._result(row, page_at=SUMMARY_COLUMNS + 2, first=first), int(skipped or 0)

    def _result(self, row: KeyValues, *, page_at: int | None = None, first: int = 0) -> RankResult:
        return result_of(self.ranking, row, most_corrections=self.most_corrections, page_at=page_at, first=first)
