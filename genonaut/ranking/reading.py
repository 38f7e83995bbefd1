"""Reading: the page at a rank, the rank of a key, counts. Each is one statement, and so sees one snapshot.

    at_rank(selection, 1_000_000, 50, is_descending=True)

To compose a statement takes longer than to run it. The statements of a `Reader` that has a name are kept and run any
number of times; what may differ from time to time its selection leaves open (statements.Slot), and each call gives it.
"""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import RawCursor
from psycopg.pq import Format

from genonaut.ranking.background import fold_soon
from genonaut.ranking.conf import LEAF_ROWS, MAX_CORRECTIONS, STATEMENT_CACHE_BYTES
from genonaut.ranking.counts import SUMMARY_COLUMNS
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.kept import Kept
from genonaut.ranking.queries import SEPARATOR, Queries
from genonaut.ranking.selections import (
    Answer,
    Bound,
    Correction,
    Edge,
    KeyValues,
    NotBuiltError,
    NotReadyError,
    RowSource,
    Selection,
    TooManyChangesError,
)
from genonaut.ranking.statements import Slot, Statement, Written, value, written
from genonaut.ranking.versions import version_sql

__all__ = [
    "Answer",
    "Bound",
    "Correction",
    "Edge",
    "NotBuiltError",
    "NotReadyError",
    "Reader",
    "RowSource",
    "Selection",
    "TooManyChangesError",
    "around",
    "at_rank",
    "figures",
    "from_edge",
    "rank_of",
    "version",
]

# A rank that no table reaches.
FAR = 2**40
# A row walked to is one of the block that holds the rank; blocks grow until they are folded.
REACH = 4 * LEAF_ROWS
# Recently used statements, about 10 kB each.
STATEMENTS: Kept[Written] = Kept(STATEMENT_CACHE_BYTES)

RANK = Slot("rank")
Values = Mapping[Slot, Any]
NO_VALUES: Values = {}


class Reader:
    """Reads one selection. Every method takes the values that the selection leaves open, and runs one query.

    Raises NotReadyError. `select` gives the selection as soon as a statement has to be composed. `name` stands for all
    that the selection depends on: statements are kept under it; None keeps none.
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
        """What composes the selection's statements."""
        return Queries(self.select())

    def at_rank(self, rank: int, limit: int, *, is_descending: bool, given: Values = NO_VALUES) -> Answer:
        """Return up to `limit` keys from the row at `rank` on; none where the rank is past the end."""
        given = {**given, RANK: min(rank, FAR)}

        def compose(reach: int) -> Statement:
            return self.queries.page(value(RANK, "bigint"), limit, reach, is_descending=is_descending)

        row = self._ask(("page", limit, is_descending), lambda: compose(REACH + limit), given)
        answer, skipped = self._page(row)
        if rank < answer.total and skipped > REACH:
            answer, _ = self._page(self._run(compose(2 * (skipped + limit)), given))
        return answer

    def around(self, edge: Edge, size: int, *, is_descending: bool, given: Values = NO_VALUES) -> Answer:
        """Return the page, of pages of `size`, that holds the first row beyond an edge in reading direction; the last
        page where there is none."""
        selection = self.queries.selection
        queries = Queries(replace(selection, marks=[*selection.marks, edge]))

        def read(reach: int) -> tuple[Answer, int]:
            rank = Statement("page_of_mark.rank")
            page = queries.page(rank, size + 1, reach, is_descending=is_descending, paged_by=size)
            return self._page(self._run(page, given))

        answer, skipped = read(REACH + size + 1)
        return answer if skipped <= REACH else read(2 * (skipped + size))[0]

    def from_edge(
        self,
        edge: Edge | None,
        limit: int,
        *,
        is_descending: bool,
        is_backward: bool = False,
        given: Values = NO_VALUES,
    ) -> Answer:
        """Return up to `limit` keys beyond an edge in reading direction, or before it when backward (in reading order
        all the same), with the rank of the first. None is the end that the walk starts from."""
        keys = edge.keys if edge else ()
        slots = tuple(Slot(f"asked {number}") for number in range(len(keys)))
        asked = edge and Edge(slots, edge.is_behind)
        row = self._ask(
            ("beyond", asked, limit, is_descending, is_backward),
            lambda: self.queries.after_edge(asked, limit, is_descending=is_descending, is_backward=is_backward),
            {**given, **dict(zip(slots, keys, strict=True))},
        )
        answer = self._answer(row, found_at=SUMMARY_COLUMNS + 1)
        before_edge = row[SUMMARY_COLUMNS]
        read = answer.total - before_edge if is_descending else before_edge
        return answer._replace(first=read - len(answer.keys) if is_backward else read)

    def figures(self, marks: Sequence[Edge] = (), given: Values = NO_VALUES) -> Answer:
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

    def _ask(self, question: Hashable, compose: Callable[[], Statement], given: Values) -> KeyValues:
        """Return the row that answers a question, whose statement is composed unless it was lately."""
        connection = connections[router.db_for_read(self.ranking.owner.model)]
        with _bound_by_server(connection) as cursor:

            def make() -> Written:
                return written(compose(), cursor.connection)

            kept = make() if self.name is None else STATEMENTS.get((self.name, question), make)
            cursor.execute(kept.sql, kept.filled(given))
            return cursor.fetchone()

    def _run(self, statement: Statement, given: Values) -> KeyValues:
        return _run(self.ranking, statement, given)

    def _page(self, row: KeyValues) -> tuple[Answer, int]:
        """Return the answer, and how many rows of its block were stepped over."""
        skipped, first = row[SUMMARY_COLUMNS : SUMMARY_COLUMNS + 2]
        return self._answer(row, found_at=SUMMARY_COLUMNS + 2, first=first), int(skipped or 0)

    def _answer(self, row: KeyValues, *, found_at: int | None = None, first: int = 0) -> Answer:
        """Return the answer in a row; what was found, if anything was looked for, begins at the column `found_at`."""
        total, generation, version, pending, corrections, removed, start, whole, marks, also = row[:SUMMARY_COLUMNS]
        if generation is None:
            raise NotBuiltError(
                f"The rankings of {self.ranking.owner.label} are not built: manage.py rankings rebuild."
            )
        if pending > self.ranking.owner.most_deltas:
            fold_soon(self.ranking.owner, pending)
            message = f"The rankings of {self.ranking.owner.label} have too many changes: rankings fold."
            raise TooManyChangesError(message)
        if corrections > self.most_corrections:
            raise NotReadyError("There are too many rows that the ranking does not count as they are wanted.")
        items, *keys = row[found_at:] if found_at else (None,)
        return Answer(
            total=int(total),
            version=version,
            pending=pending,
            first=first,
            keys=list(zip(*keys, strict=True)) if keys and keys[0] else [],
            items=[] if items is None else items.split(SEPARATOR),
            marks=marks or [],
            start=start,
            whole=whole,
            removed=removed,
            also=also,
        )


@contextmanager
def _bound_by_server(connection: BaseDatabaseWrapper) -> Iterator[CursorWrapper]:
    """Open a cursor that leaves parameters to PostgreSQL, as Django's own do only for the whole site or not at all."""
    connection.ensure_connection()
    cursor = getattr(connection.connection, "raw_cursor_factory", RawCursor)(connection.connection)
    # Moments as text would go through a loader of Django's, in Python.
    cursor.format = Format.BINARY
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cursor) as wrapped:
        yield wrapped


def _run(ranking: Ranking, statement: Statement, given: Values = NO_VALUES) -> KeyValues:
    with connections[router.db_for_read(ranking.owner.model)].cursor() as cursor:
        cursor.execute(statement.sql, statement.filled(given))
        return cursor.fetchone()


# --- Questions asked once


def _reader(selection: Selection) -> Reader:
    return Reader(selection.ranking, lambda: selection, most_corrections=selection.most_corrections)


def at_rank(selection: Selection, rank: int, limit: int, *, is_descending: bool) -> Answer:
    """Return up to `limit` keys from the row at `rank` on; see Reader.at_rank."""
    return _reader(selection).at_rank(rank, limit, is_descending=is_descending)


def from_edge(
    selection: Selection, edge: Edge | None, limit: int, *, is_descending: bool, is_backward: bool = False
) -> Answer:
    """Return up to `limit` keys beyond an edge; see Reader.from_edge."""
    return _reader(selection).from_edge(edge, limit, is_descending=is_descending, is_backward=is_backward)


def around(selection: Selection, edge: Edge, size: int, *, is_descending: bool) -> Answer:
    """Return the page that holds the first row beyond an edge; see Reader.around."""
    return _reader(selection).around(edge, size, is_descending=is_descending)


def figures(selection: Selection) -> Answer:
    """Return the total and the ranks of the selection's marks."""
    return _reader(selection).figures()


def rank_of(selection: Selection, pk: object) -> Answer:
    """Return how many rows lie before the row of this primary key; see Reader.rank_of."""
    return _reader(selection).rank_of(pk)


def version(ranking: Ranking, facets: Mapping[str, Collection[Any]]) -> str | None:
    """Return what changes whenever a row of these facets comes, goes or changes; None if it is not built. One query."""
    sql, params = version_sql(ranking, facets)
    return _run(ranking, Statement(f"SELECT {sql}", params))[0]
