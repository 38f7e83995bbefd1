"""Reads one selection: the page at a rank, the rank of a key, counts. Each is one statement, and so sees one snapshot.

To compose a query takes longer than to run it. The queries of a `Reader` that has a name are cached and run any number
of times; what may differ from time to time is a Param of its selection (statements.py), and each call binds it.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import cached_property

from genonaut.ranking.answers import answer_of
from genonaut.ranking.byte_lru import ByteLRU
from genonaut.ranking.conf import COMPACT_FROM_DELTAS, LEAF_ROWS, MAX_CORRECTIONS, STATEMENT_CACHE_BYTES
from genonaut.ranking.counts import SUMMARY_COLUMNS
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.execution import NO_VALUES, Values, run_once, server_side_binding
from genonaut.ranking.queries import Queries
from genonaut.ranking.selections import Answer, KeyBound, KeyValues, Selection
from genonaut.ranking.statements import SQL, Param, PreparedQuery, prepare, value

# A rank that no table reaches.
FAR = 2**40
# Rows of a leaf that are read at most; a leaf grows until its deltas are compacted.
REACH = 4 * LEAF_ROWS
# Recently used statements, 10 to 30 kB each.
STATEMENTS: ByteLRU[PreparedQuery] = ByteLRU(STATEMENT_CACHE_BYTES)

RANK = Param("rank")


class Reader:
    """Reads one selection. Every method takes the values that the selection leaves open, and runs one query.

    Raises NotReadyError. `select` gives the selection as soon as a statement has to be composed. `name` stands for all
    that the selection depends on, the cache key of its queries; None caches none.
    """

    def __init__(
        self,
        ranking: Ranking,
        select: Callable[[], Selection],
        name: Hashable | None = None,
        most_corrections: int = MAX_CORRECTIONS,
    ) -> None:
        self.ranking = ranking
        self.select = select
        self.name = name
        self.most_corrections = most_corrections

    @cached_property
    def queries(self) -> Queries:
        """The composer of the selection's statements."""
        return Queries(self.select())

    def at_rank(self, rank: int, limit: int, *, is_descending: bool, given: Values = NO_VALUES) -> Answer:
        """Return up to `limit` keys from the row at `rank` on; none if the rank is past the end."""
        given = {**given, RANK: min(rank, FAR)}

        def compose(reach: int) -> SQL:
            return self.queries.page(value(RANK, "bigint"), limit, reach, is_descending=is_descending)

        row = self._ask(("page", limit, is_descending), lambda: compose(REACH + limit), given)
        answer, skipped = self._page(row)
        if rank < answer.total and skipped > REACH:
            answer, _ = self._page(self._run(compose(2 * (skipped + limit)), given))
            # A large statement may leave few deltas, but large leaves: a compaction splits them.
            return answer._replace(pending=max(answer.pending, COMPACT_FROM_DELTAS))
        return answer

    def around(self, bound: KeyBound, size: int, *, is_descending: bool, given: Values = NO_VALUES) -> Answer:
        """Return the page, of pages of `size`, that holds the first row beyond a bound in reading direction; the last
        page if there is none."""
        selection = self.queries.selection
        queries = Queries(replace(selection, marks=[*selection.marks, bound]))

        def read(reach: int) -> tuple[Answer, int]:
            rank = SQL("page_of_mark.rank")
            page = queries.page(rank, size + 1, reach, is_descending=is_descending, paged_by=size)
            return self._page(self._run(page, given))

        answer, skipped = read(REACH + size + 1)
        return answer if skipped <= REACH else read(2 * (skipped + size))[0]

    def from_bound(
        self,
        bound: KeyBound | None,
        limit: int,
        *,
        is_descending: bool,
        is_backward: bool = False,
        given: Values = NO_VALUES,
    ) -> Answer:
        """Return up to `limit` keys beyond a bound in reading direction, or before it when backward (in reading order
        all the same), with the rank of the first. None is the end that the scan starts from."""
        keys = bound.keys if bound else ()
        params = tuple(Param(f"target {number}") for number in range(len(keys)))
        asked = bound and KeyBound(params, bound.after)
        row = self._ask(
            ("beyond", asked, limit, is_descending, is_backward),
            lambda: self.queries.after_bound(asked, limit, is_descending=is_descending, is_backward=is_backward),
            {**given, **dict(zip(params, keys, strict=True))},
        )
        answer = self._answer(row, page_at=SUMMARY_COLUMNS + 1)
        before_bound = row[SUMMARY_COLUMNS]
        read = answer.total - before_bound if is_descending else before_bound
        return answer._replace(first=read - len(answer.keys) if is_backward else read)

    def figures(self, marks: Sequence[KeyBound] = (), given: Values = NO_VALUES) -> Answer:
        """Return the total and the ranks of marks: of these, else of the selection's own."""
        if not marks:
            return self._answer(self._ask("figures", lambda: self.queries.totals(), given))
        queries = Queries(replace(self.queries.selection, marks=marks))
        return self._answer(self._run(queries.totals(), given))

    def rank_of(self, pk: object, given: Values = NO_VALUES) -> Answer:
        """Return, as `first`, how many rows lie before the row of this primary key; -1 if it is none of them."""
        row = self._run(self.queries.rank_of(pk), given)
        rank = row[SUMMARY_COLUMNS]
        return self._answer(row, first=-1 if rank is None else rank)

    def _ask(self, question: Hashable, compose: Callable[[], SQL], given: Values) -> KeyValues:
        """Return the row that answers a question, whose statement is composed unless it was lately."""
        with server_side_binding(self.ranking) as cursor:

            def make() -> PreparedQuery:
                return prepare(compose(), cursor.connection)

            query = make() if self.name is None else STATEMENTS.get((self.name, question), make)
            cursor.execute(query.sql, query.bind(given))
            return cursor.fetchone()

    def _run(self, statement: SQL, given: Values) -> KeyValues:
        return run_once(self.ranking, statement, given)

    def _page(self, row: KeyValues) -> tuple[Answer, int]:
        """Return the answer, and how many rows of its leaf were stepped over."""
        skipped, first = row[SUMMARY_COLUMNS : SUMMARY_COLUMNS + 2]
        return self._answer(row, page_at=SUMMARY_COLUMNS + 2, first=first), int(skipped or 0)

    def _answer(self, row: KeyValues, *, page_at: int | None = None, first: int = 0) -> Answer:
        return answer_of(self.ranking, row, most_corrections=self.most_corrections, page_at=page_at, first=first)
