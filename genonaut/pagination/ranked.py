"""Pages by rank: exact numbers, totals and positions at any depth, each page of one statement and one snapshot."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, DateTimeField, Expression, F, Func, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from genonaut.pagination.cursors import Cursor
from genonaut.pagination.keyset import Boundary, KeyValues, Order
from genonaut.pagination.plain import turned
from genonaut.pagination.runs import Runs
from genonaut.pagination.slices import PastEndError, Slice
from genonaut.pagination.slots import Open
from genonaut.pagination.totals import Total, TotalKind
from genonaut.ranking.background import fold_soon
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.reading import Reader
from genonaut.ranking.selections import NOTHING, Answer, Bound, Correction, Edge, Selection
from genonaut.ranking.statements import Slot, Statement, compose

# The moment that pages are pinned to.
AS_OF = Slot("as_of")


class ComparedWith(Func):
    """`(a, b) < (place.key_0, place.key_1)`: RowComparison with keys that are SQL of the reader's own making."""

    output_field = BooleanField()

    def __init__(self, *expressions: Expression | F, operator: str, keys: Statement) -> None:
        super().__init__(*expressions)
        self.operator = operator
        self.keys = keys

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """Compile the comparison."""
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        columns = ", ".join(sql for sql, _ in compiled)
        params = [param for _, some in compiled for param in some]
        return f"({columns}) {self.operator} ({self.keys.sql})", [*params, *self.keys.params]


@dataclass(frozen=True)
class RunRows:
    """The rows of runs as a ranking's reader asks for them (reading.RowSource)."""

    querysets: Sequence[QuerySet]
    order: Order

    def keys(self, bounds: Sequence[Bound], *, is_descending: bool | None, reach: int | None) -> Statement:
        """Return SQL of the keys of the rows within all bounds."""
        querysets = self.querysets
        for operator, keys in bounds:
            place = ComparedWith(*self.order.expressions, operator=operator, keys=keys)
            querysets = [queryset.filter(place) for queryset in querysets]
        direction = replace(self.order, is_descending=bool(is_descending))
        return Runs(querysets, direction).statement(reach=reach, is_sorted=is_descending is not None)


@dataclass(frozen=True)
class RankedRows:
    """The rows of a ranked list: those that its ranking counts by facet values, and `unranked` ones, which are to be
    few. `items` and `version` are SQL of what a page reads beside (Selection)."""

    facets: Mapping[str, Sequence[Any]]
    querysets: Sequence[QuerySet]
    unranked: Sequence[QuerySet] = ()
    items: Statement | None = None
    version: Statement | None = NOTHING


@dataclass(frozen=True, eq=False)
class RankedList:
    """A list that a ranking counts.

    `compose` gives its rows, which only a statement that is not kept needs; `name` stands for all that they depend on,
    None: no statement is kept. `lower` and `upper` are the edges that filters set, `moment_order` is the order by time
    (None: it has none).
    """

    ranking: Ranking
    order: Order
    compose: Callable[[], RankedRows]
    lower: Edge | None = None
    upper: Edge | None = None
    moment_order: Order | None = None
    name: Hashable | None = None
    has_items: bool = False

    @cached_property
    def rows(self) -> RankedRows:
        """Its rows."""
        return self.compose()

    @cached_property
    def is_by_moment(self) -> bool:
        """Whether it is sorted by time."""
        return self.moment_order is not None and self.moment_order.keys == self.order.keys


class RankedPages:
    """A ranked list's pages; see Pages. Each method takes one query. Raises NotReadyError.

    `as_of` is the moment to which pages are pinned, `given` are values for what the list leaves open.
    """

    def __init__(
        self, ranked: RankedList, *, as_of: datetime | None = None, given: Mapping[Slot, Any] | None = None
    ) -> None:
        self.ranked = ranked
        self.order = ranked.order
        self.as_of = as_of
        self.given = {AS_OF: as_of, **(given or {})}

    def at(self, offset: int, size: int) -> Slice:
        """Return rows after the first `offset`. Raises PastEndError."""
        # The first of the newest-first list is itself the newest.
        is_newest_known = offset == 0 and self.ranked.is_by_moment and self.order.is_descending
        reader = self._reader(reads_newest=not is_newest_known, reads_items=True)
        answer = reader.at_rank(offset, size + 1, is_descending=self.order.is_descending, given=self.given)
        if not answer.keys and offset:
            raise PastEndError(answer.total)
        if is_newest_known and answer.keys:
            answer = answer._replace(also=answer.keys[0][0])
        return self._slice(answer, size, has_next=len(answer.keys) > size)

    def around(self, moment: Edge, size: int) -> Slice:
        """Return the page that holds the first row beyond an edge; by its `first` it is a numbered one."""
        reader = self._reader(reads_newest=True, reads_items=True)
        answer = reader.around(moment, size, is_descending=self.order.is_descending, given=self.given)
        return self._slice(answer, size, has_next=len(answer.keys) > size)

    def beyond(self, cursor: Cursor, size: int) -> Slice:
        """Return rows beyond a cursor."""
        answer = self._reader(reads_newest=True, reads_items=True).from_edge(
            self._edge(cursor),
            size + 1,
            is_descending=self.order.is_descending,
            is_backward=cursor.is_backward,
            given=self.given,
        )
        goes_on = len(answer.keys) > size
        if cursor.is_backward:
            surplus = 1 if goes_on else 0
            answer = answer._replace(
                keys=answer.keys[surplus:], items=answer.items[surplus:], first=answer.first + surplus
            )
            goes_on = answer.first + len(answer.keys) < answer.total
        return self._slice(answer, size, has_next=goes_on, empty_at=turned(cursor.boundary))

    def position(self, pk: object) -> tuple[int | None, int]:
        """Return how many rows come before the row of this primary key, None if the list has no such row, and how
        many there are."""
        answer = self._folding(self._reader().rank_of(pk, given=self.given))
        if answer.first < 0:
            return None, answer.total
        return (answer.total - 1 - answer.first if self.order.is_descending else answer.first), answer.total

    def counts_before(self, edges: Sequence[Edge]) -> tuple[list[int], int]:
        """Return how many of the list's rows have smaller keys than each edge, and how many there are."""
        answer = self._folding(self._reader().figures(edges, given=self.given))
        return [min(max(mark - answer.start, 0), answer.total) for mark in answer.marks], answer.total

    def span(self) -> tuple[Any, Any] | None:
        """Return the moments of the oldest and the newest row between the edges that filters set; the list is by time.

        None where there is no row.
        """
        places = [(("__gte", "__gt"), self.ranked.lower), (("__lt", "__lte"), self.ranked.upper)]
        bounds = {f"{self.order.keys[0]}{lookups[edge.is_behind]}": edge.keys[0] for lookups, edge in places if edge}
        return self._ends([queryset.filter(**bounds) for queryset in self.ranked.rows.querysets])

    def ends(self) -> tuple[Any, Any] | None:
        """Return the first keys of the lowest and the highest row, whatever the edges; None where there is no row."""
        return self._ends(self.ranked.rows.querysets)

    def _ends(self, querysets: Sequence[QuerySet]) -> tuple[Any, Any] | None:
        first, last = (
            Runs(querysets, replace(self.order, is_descending=is_last)).statement(reach=1, is_sorted=True)
            for is_last in (False, True)
        )
        ends = "SELECT (SELECT min(key_0) FROM ({first}) AS low), (SELECT max(key_0) FROM ({last}) AS high)"
        statement = compose(ends, first=first, last=last)
        with connections[querysets[0].db].cursor() as cursor:
            cursor.execute(statement.sql, statement.params)
            low, high = cursor.fetchone()
        return None if low is None else (low, high)

    # --- Selections and answers

    def _reader(self, *, reads_newest: bool = False, reads_items: bool = False) -> Reader:
        """Return what reads the list, pinned or not; its selection leaves `as_of` open."""
        upper = self.ranked.upper
        is_pinned = self.as_of is not None
        is_timed = is_pinned and self.ranked.is_by_moment
        is_sooner = is_timed and (upper is None or (self.as_of,) < upper.keys)
        name = self.ranked.name and (self.ranked.name, reads_newest, reads_items, is_pinned, is_sooner)
        return Reader(
            self.ranked.ranking,
            lambda: self._selection(
                is_pinned=is_pinned, is_sooner=is_sooner, reads_newest=reads_newest, reads_items=reads_items
            ),
            name,
        )

    def _selection(self, *, is_pinned: bool, is_sooner: bool, reads_newest: bool, reads_items: bool) -> Selection:
        """Return what is read; `is_sooner`: it is pinned to a moment before the upper edge of a list by time."""
        ranked, rows = self.ranked, self.ranked.rows
        querysets, upper = rows.querysets, ranked.upper
        corrections = []
        marks: list[Edge] = []
        if is_pinned and ranked.is_by_moment:
            marks = [upper] if upper else []
            upper = Edge((AS_OF,), is_behind=True) if is_sooner else upper
        elif is_pinned:
            field, moment = ranked.moment_order.keys[0], Open(AS_OF, DateTimeField())
            later = [queryset.filter(**{f"{field}__gt": moment}) for queryset in querysets]
            corrections.append(Correction(self._keys(later), -1))
            querysets = [queryset.filter(**{f"{field}__lte": moment}) for queryset in querysets]
        if rows.unranked:
            corrections.append(Correction(self._keys(rows.unranked), 1))
        return Selection(
            ranking=ranked.ranking,
            facets=rows.facets,
            rows=RunRows(querysets, self.order),
            corrections=corrections,
            lower=ranked.lower,
            upper=upper,
            marks=marks,
            also=self._newest() if reads_newest and not is_pinned else NOTHING,
            items=rows.items if reads_items else None,
            version=rows.version if reads_items else NOTHING,
        )

    def _keys(self, querysets: Sequence[QuerySet]) -> Statement:
        return Runs(querysets, self.order).statement(reach=None, is_sorted=False)

    def _newest(self) -> Statement:
        """Return SQL for the moment of the newest row: pages pinned to it do not shift when newer ones come."""
        ranked = self.ranked
        if ranked.moment_order is None:
            return NOTHING
        newest = Runs(ranked.rows.querysets, replace(ranked.moment_order, is_descending=True))
        return compose("(SELECT max(key_0) FROM ({rows}) AS newest)", rows=newest.statement(reach=1, is_sorted=True))

    def _edge(self, cursor: Cursor) -> Edge | None:
        """Return the edge in ascending order of keys that a cursor names in reading direction."""
        boundary = cursor.boundary
        if boundary.values is None:
            return None
        # Beyond the row itself, or at it when inclusive: which side that is depends on the direction.
        is_rising = self.order.is_descending == cursor.is_backward
        return Edge(boundary.values, is_behind=is_rising != boundary.is_inclusive)

    def _folding(self, answer: Answer) -> Answer:
        """Return the answer; deltas that it had to add up are folded behind the reader's back where they are many."""
        fold_soon(self.ranked.ranking.owner, answer.pending)
        return answer

    def _slice(self, answer: Answer, size: int, *, has_next: bool, empty_at: Boundary | None = None) -> Slice:
        self._folding(answer)
        keys: list[KeyValues] = answer.keys[:size]
        as_of = self.as_of or answer.also
        return Slice(
            keys=keys,
            items=answer.items[:size] if self.ranked.has_items else None,
            version=answer.version,
            total=Total(answer.total, TotalKind.EXACT),
            has_previous=answer.first > 0,
            has_next=has_next,
            first=answer.first,
            empty_at=empty_at,
            as_of=as_of,
            new_count=None if as_of is None else self._new_count(answer),
        )

    def _new_count(self, answer: Answer) -> int:
        """Return how many rows of the list came after the moment that it is pinned to."""
        if self.as_of is None:
            return 0
        if not self.ranked.is_by_moment:
            return answer.removed
        end = answer.marks[0] if self.ranked.upper else answer.whole
        return max(end - answer.start - answer.total, 0)
