"""Pages by rank: exact numbers, totals and positions at any depth, each page of one statement and one snapshot."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum, auto
from typing import Any

from django.db import connections
from django.db.models import QuerySet

from genonaut.pagination.cursors import Cursor
from genonaut.pagination.histograms import following_sql
from genonaut.pagination.key_pages import KeyPage, PastEndError
from genonaut.pagination.keyset import KeyValues
from genonaut.pagination.pins import (
    AS_OF,
    NOW,
    PIN,
    Now,
    around_gap,
    is_of_pin,
    latest_sql,
    newest_of_latest,
    newest_sql,
    next_of_latest,
    next_sql,
    pin,
)
from genonaut.pagination.ranked_rows import RankedList, RankedRows, ScanRows
from genonaut.pagination.scan_union import ScanUnion
from genonaut.pagination.totals import Total, TotalKind
from genonaut.pagination.versions import with_next
from genonaut.pagination.ways import Way, note
from genonaut.ranking import (
    NOTHING,
    SQL,
    Correction,
    KeyBound,
    KeyComparison,
    Param,
    RankQuery,
    RankResult,
    Reader,
    compact_soon,
)

__all__ = ["RankedList", "RankedPages", "RankedRows"]


class Reads(Enum):
    """What is read of a list: places and counts alone, or a page with what is shown of its rows, the newest moment and
    the list's version, both as a rule from the latest moments."""

    PLACES = auto()
    PAGE = auto()
    PAGE_WITH_MANY_TO_COME = auto()


class RankedPages:
    """A ranked list's pages; see Pages. Each method takes one query. Raises NotReadyError.

    `as_of` is the time to which pages are pinned, `values` are those of the Params of its query.
    """

    def __init__(
        self, ranked: RankedList, *, as_of: datetime | None = None, values: Mapping[Param, Any] | None = None
    ) -> None:
        self.ranked = ranked
        self.order = ranked.order
        self.as_of = as_of
        self.values = {AS_OF: as_of, **(values or {})}

    def at(self, offset: int, size: int) -> KeyPage:
        """Return rows after the first `offset`. Raises PastEndError."""
        is_descending, values = self.order.is_descending, self.values
        result = self._read(lambda reader: reader.at_rank(offset, size + 1, is_descending=is_descending, values=values))
        if not result.keys and offset:
            raise PastEndError(result.total)
        return self._key_page(result, size, has_next=len(result.keys) > size)

    def page_containing(self, bound: KeyBound, size: int) -> KeyPage:
        """Return the page that holds the first row after a bound; by its `first` it is a numbered one."""
        is_descending, values = self.order.is_descending, self.values
        result = self._read(
            lambda reader: reader.page_containing(bound, size, is_descending=is_descending, values=values)
        )
        return self._key_page(result, size, has_next=len(result.keys) > size)

    def after_cursor(self, cursor: Cursor, size: int) -> KeyPage:
        """Return rows after a cursor."""
        result = self._read(
            lambda reader: reader.from_bound(
                cursor.bound,
                size + 1,
                is_descending=self.order.is_descending,
                is_backward=cursor.is_backward,
                values=self.values,
            )
        )
        goes_on = len(result.keys) > size
        if cursor.is_backward:
            surplus = 1 if goes_on else 0
            result = result._replace(
                keys=result.keys[surplus:], items=result.items[surplus:], first=result.first + surplus
            )
            goes_on = result.first + len(result.keys) < result.total
        return self._key_page(result, size, has_next=goes_on, empty_at=cursor.bound)

    def position(self, pk: object) -> tuple[int | None, int]:
        """Return how many rows come before the row of this primary key, None if the list has no such row, and how
        many there are."""
        result = self._compacting(self._reader().rank_of(pk, values=self.values))
        note(Way.RANKED)
        if result.first < 0:
            return None, result.total
        return (result.total - 1 - result.first if self.order.is_descending else result.first), result.total

    def counts_before(self, bounds: Sequence[KeyBound]) -> tuple[list[int], int]:
        """Return how many of the list's rows have smaller keys than each bound, and how many there are."""
        result = self._compacting(self._reader().totals(bounds, values=self.values))
        return [min(max(probe - result.start, 0), result.total) for probe in result.probes], result.total

    def periods(self, by: str, most: int) -> list[datetime]:
        """Return the time of the first row of each period that has rows, oldest first, up to `most`; the list is by
        time.

        Each is one look into an index for the first row behind the last period, however long nothing was.
        """
        lowest = [column.lowest for column in self.ranked.ranking.key_columns[1:]]
        after = KeyComparison(">=", SQL(", ".join([following_sql("scanned.row_time", by), *lowest])))
        rows = ScanRows(self._within_bounds(), replace(self.order, is_descending=False))
        statement = SQL("""WITH RECURSIVE scanned (row_time, number) AS (
                SELECT (SELECT min(key_0) FROM ({first}) AS row), 1
                UNION ALL
                SELECT (SELECT min(key_0) FROM ({following}) AS row), number + 1 FROM scanned
                WHERE row_time IS NOT NULL AND number < {most}
            ) SELECT row_time FROM scanned WHERE row_time IS NOT NULL""").format(
            first=rows.keys([], is_descending=False, limit=1),
            following=rows.keys([after], is_descending=False, limit=1),
            most=str(most),
        )
        with connections[rows.querysets[0].db].cursor() as cursor:
            cursor.execute(statement.sql, statement.bind(self.values))
            return [time for (time,) in cursor.fetchall()]

    def _within_bounds(self) -> list[QuerySet]:
        """Return the scans of a list by time between the bounds that filters set, without what came after a pin."""
        field = self.order.keys[0]
        sides = [(("__gte", "__gt"), self.ranked.lower), (("__lt", "__lte"), self.ranked.upper)]
        bounds = {f"{field}{lookups[bound.after]}": bound.keys[0] for lookups, bound in sides if bound}
        querysets = [queryset.filter(**bounds) for queryset in self.ranked.rows.querysets]
        return querysets if self.as_of is None else around_gap(querysets, field)

    def ends(self) -> tuple[Any, Any] | None:
        """Return the first keys of the lowest and the highest row, whatever the bounds; None where there is no row."""
        return self._ends(self.ranked.rows.querysets)

    def _ends(self, querysets: Sequence[QuerySet]) -> tuple[Any, Any] | None:
        first, last = (
            ScanUnion(querysets, replace(self.order, is_descending=is_last)).statement(limit=1, is_sorted=True)
            for is_last in (False, True)
        )
        ends = "SELECT (SELECT min(key_0) FROM ({first}) AS low), (SELECT max(key_0) FROM ({last}) AS high)"
        statement = SQL(ends).format(first=first, last=last)
        with connections[querysets[0].db].cursor() as cursor:
            cursor.execute(statement.sql, statement.params)
            low, high = cursor.fetchone()
        return None if low is None else (low, high)

    # --- Queries and results

    def _read(self, ask: Callable[[Reader], RankResult]) -> RankResult:
        """Return a page; its `extra` is an array of the newest moment, if it has any.

        A second query where many rows are dated later than now.
        """
        result = ask(self._reader(Reads.PAGE))
        if result.extra is None and self.as_of is None and self.ranked.time_order is not None:
            return ask(self._reader(Reads.PAGE_WITH_MANY_TO_COME))
        return result

    def _reader(self, reads: Reads = Reads.PLACES) -> Reader:
        """Return what reads the list, pinned or not; `as_of` is a Param of its query."""
        is_pinned = self.as_of is not None
        name = self.ranked.name and (self.ranked.name, reads, is_pinned)
        return Reader(self.ranked.ranking, lambda: self._rank_query(reads, is_pinned=is_pinned), name)

    def _rank_query(self, reads: Reads, *, is_pinned: bool) -> RankQuery:
        """Return what is read: without what came after the time that the list is pinned to.

        Sorted by time that is a gap in the ranking, between that time and now, of any size. Else it is corrections.
        """
        ranked, rows = self.ranked, self.ranked.rows
        source = listed = ScanRows(rows.querysets, self.order)
        corrections, gap = [], None
        if is_pinned:
            field = ranked.time_order.keys[0]
            if ranked.is_by_time:
                listed = ScanRows(around_gap(rows.querysets, field), self.order)
                gap = (KeyBound((PIN,), after=True), KeyBound((NOW,), after=True))
            else:
                came = {f"{field}__gt": pin(), f"{field}__lte": Now()}
                later = [queryset.filter(**came) for queryset in rows.querysets]
                corrections.append(Correction(self._keys(later), -1))
                listed = ScanRows([queryset.filter(is_of_pin(field)) for queryset in rows.querysets], self.order)
                source = listed
        if rows.unranked:
            corrections.append(Correction(self._keys(rows.unranked), 1))
        query = RankQuery(
            ranking=ranked.ranking,
            facets=rows.facets,
            rows=source,
            listed=listed,
            corrections=corrections,
            lower=ranked.lower,
            upper=ranked.upper,
            gap=gap,
            version=NOTHING,
        )
        if reads is Reads.PLACES:
            return query
        query = replace(query, items=rows.items, version=rows.version)
        return query if ranked.time_order is None else self._with_moments(query, reads, is_pinned=is_pinned)

    def _with_moments(self, query: RankQuery, reads: Reads, *, is_pinned: bool) -> RankQuery:
        """Return a query that also reads the newest moment up to now, unless it is pinned, and the next one to come.

        Pages pinned to the newest moment do not shift when newer rows come.
        """
        scans = self.ranked.rows.querysets, self.ranked.time_order
        if reads is Reads.PAGE and not is_pinned:
            newest, next_moment = newest_of_latest(), next_of_latest()
            query = replace(query, ctes=[latest_sql(*scans)])
        else:
            newest, next_moment = NOTHING if is_pinned else newest_sql(*scans), next_sql(*scans)
        version = query.version if query.version is NOTHING else with_next(query.version, next_moment)
        return replace(query, extra=newest, version=version)

    def _keys(self, querysets: Sequence[QuerySet]) -> SQL:
        return ScanUnion(querysets, self.order).statement(limit=None, is_sorted=False)

    def _compacting(self, result: RankResult) -> RankResult:
        """Return the result; deltas that it had to add up are compacted in a background thread if they are many."""
        compact_soon(self.ranked.ranking.owner, result.pending)
        return result

    def _key_page(self, result: RankResult, size: int, *, has_next: bool, empty_at: KeyBound | None = None) -> KeyPage:
        self._compacting(result)
        note(Way.RANKED)
        keys: list[KeyValues] = result.keys[:size]
        # Rows outside of a list's bounds in time give no time to an empty list.
        as_of = self.as_of or (result.extra[0] if result.extra and result.total else None)
        return KeyPage(
            keys=keys,
            items=result.items[:size] if self.ranked.has_items else None,
            version=result.version,
            total=Total(result.total, TotalKind.EXACT),
            has_previous=result.first > 0,
            has_next=has_next,
            first=result.first,
            empty_at=empty_at,
            as_of=as_of,
            new_count=None if as_of is None else result.removed if self.as_of else 0,
        )
