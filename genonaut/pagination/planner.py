"""Which source a list is read from: a ranking that counts it, anchors once it is long, else index scans.

All give the same rows for the same list (key_pages.Pages).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property, partial
from typing import Protocol

from django.db.models import Q
from django.http import QueryDict

from genonaut.pagination.anchors.anchored_list import AnchoredList
from genonaut.pagination.anchors.pages import AnchoredPages
from genonaut.pagination.list_rows import ListRows
from genonaut.pagination.plain import MAX_OFFSET, PlainPages
from genonaut.pagination.ranked import RankedPages
from genonaut.pagination.ranked_rows import RankedList, RankedRows
from genonaut.pagination.row_readers import ItemsInSQL
from genonaut.pagination.spec import Fixed, Viewer
from genonaut.pagination.tiers import TieredPages, disjoint
from genonaut.pagination.totals import Total, TotalKind, exactly
from genonaut.pagination.versions import rows_version, written_version_sql
from genonaut.pagination.windows import Windows
from genonaut.ranking import NOTHING, NotReadyError


class MakePlanner(Protocol):
    """Makes the planner of another list of the same Listing class."""

    def __call__(
        self,
        viewer: Viewer,
        query: QueryDict,
        *,
        fixed: Fixed | None = None,
        condition: Q | None = None,
    ) -> "Planner":
        """Return the planner. `condition` narrows the list beside its filters."""


@dataclass(frozen=True, eq=False)
class Planner:
    """The sources of one list. `reader` writes its items in SQL, `count` is the domain's own count of it, if any."""

    rows: ListRows
    reader: ItemsInSQL | None
    count: Callable[[], int | None]
    make_planner: MakePlanner

    # --- By rank

    @cached_property
    def ranked_pages(self) -> RankedPages:
        """The list by rank; the queries that read it are cached for all requests for the same list."""
        rows, list_query, reader = self.rows, self.rows.list_query, self.reader
        key_bounds = rows.key_bounds
        ranked = RankedList(
            ranking=list_query.spec.model.rankings[list_query.spec.rankings[list_query.sort]],
            order=rows.order,
            compose=self._ranked_rows,
            lower=key_bounds.get("lower"),
            upper=key_bounds.get("upper"),
            time_order=rows.time_order,
            name=list_query.cache_key and (list_query.cache_key, reader and reader.name),
            has_items=reader is not None,
        )
        return RankedPages(ranked, as_of=list_query.parameters.as_of, values=reader and reader.values)

    def _ranked_rows(self) -> RankedRows:
        rows = self.rows
        return RankedRows(
            facets=rows.facets,
            querysets=rows.scans_of(rows.unbounded),
            unranked=[rows.unbounded.filter(condition) for condition in rows.unranked],
            items=self.reader and self.reader.sql(rows),
            version=written_version_sql(rows) or NOTHING,
        )

    def total(self) -> Total:
        """Return how many rows the list has, however it is read. One to four queries."""
        by_rank = _total_by_rank(self.ranked_pages) if self.rows.uses_ranking else None
        return self.plain_pages.total if by_rank is None else Total(by_rank, TotalKind.EXACT)

    # --- Without ranks

    @cached_property
    def fallback(self) -> AnchoredPages | PlainPages:
        """The list without ranks: by anchors once it is long, if rankings are in use."""
        list_query = self.rows.list_query
        if list_query.sort in list_query.spec.tiered:
            return self._tiered_pages
        if not list_query.allow_ranking or not list_query.spec.rankings:
            return self.plain_pages
        listed = AnchoredList(
            self.rows.scans,
            self.rows.order,
            is_index_served=self.rows.is_index_served,
            read_version=partial(rows_version, self.rows),
            viewer=list_query.viewer.pk,
        )
        return AnchoredPages(listed, self.plain_pages, lambda: exactly(self._ranked_total()))

    @cached_property
    def plain_pages(self) -> PlainPages:
        """The list as index scans."""
        rows, list_query = self.rows, self.rows.list_query
        others = {list_query.spec.bounds.get(name) for name in list_query.filters_beside_sort}
        # Bounds of another sort: counted along that one's index.
        is_bounded = len(others) == 1 and None not in others
        return PlainPages(
            rows.scans,
            rows.order,
            count_order=rows.order_by(others.pop()) if is_bounded else None,
            is_index_served=rows.is_index_served,
            has_leading_index=rows.has_leading_index,
            windows=self._windows,
            known_total=self._known_total,
        )

    def _known_total(self) -> Total | None:
        if self.rows.condition:
            return None
        counted = self.count()
        return exactly(self._ranked_total() if counted is None else counted)

    def _ranked_total(self) -> int | None:
        """Return the total of a list in a sort that no ranking has, if one counts the same rows in another sort."""
        list_query = self.rows.list_query
        rankings = list_query.spec.rankings
        if list_query.sort in rankings or list_query.sort in list_query.spec.tiered:
            return None
        filters = {name: list_query.query.getlist(name) for name in list_query.spec.filters.base_filters}
        for sort in rankings:
            query = QueryDict(mutable=True)
            query["sort"] = sort
            for name, values in filters.items():
                if values:
                    query.setlist(name, values)
            planner = self.make_planner(list_query.viewer, query, fixed=list_query.fixed)
            if planner.rows.uses_ranking:
                return _total_by_rank(planner.ranked_pages)
        return None

    def _windows(self, expected: int) -> Windows | None:
        """Return windows for so many rows: of the list that an anonymous user of the same choice sees, with no filters
        but those that bound its sort's own key. None if neither a ranking nor an index has that in order."""
        list_query = self.rows.list_query
        # With the filters that the list is made of.
        asked = list_query.filterset.data
        query = QueryDict(mutable=True)
        query.update({name: asked[name] for name in {"sort", "order", *list_query.sort_bounds} if name in asked})
        unfiltered = self.make_planner(list_query.spec.stranger(list_query.viewer), query)
        if unfiltered.rows.uses_ranking:
            return Windows(self.rows.bounded, self.rows.order, unfiltered.ranked_pages, expected)
        if not list_query.spec.rankings or not unfiltered.rows.is_index_served:
            return None
        plain_list = unfiltered.plain_pages
        return Windows(
            self.rows.bounded, self.rows.order, plain_list, expected, is_tied_below=True, reach=MAX_OFFSET - 1
        )

    @cached_property
    def _tiered_pages(self) -> TieredPages:
        """The list in tiers, each of them a list by the default sort."""
        *best, rest = disjoint(self.rows.tiers)
        needed = self.rows.list_query.spec.tiered[self.rows.list_query.sort]
        tiers = [partial(self._tier, condition, needed) for condition in best] + [partial(self._tier, rest)]
        return TieredPages(
            self.rows.scans,
            self.rows.order,
            count_order=None,
            is_index_served=False,
            has_leading_index=False,
            windows=lambda _expected: None,
            # The same rows by the default sort have anchors, and so a total, once they were counted.
            known_total=lambda: exactly(self._tier(Q()).fallback.known_total()),
            tiers=[cache(lambda make=make: make().plain_pages) for make in tiers],
        )

    def _tier(self, condition: Q, *left_out: str) -> "Planner":
        """Return the list by the default sort, narrowed to a tier, without some filters."""
        list_query = self.rows.list_query
        query = QueryDict(mutable=True)
        for name, values in list_query.query.lists():
            if name == "order" or (name in list_query.spec.filters.base_filters and name not in left_out):
                query.setlist(name, values)
        fixed = {name: value for name, value in list_query.fixed.items() if name not in left_out}
        return self.make_planner(list_query.viewer, query, fixed=fixed, condition=self.rows.condition & condition)


def _total_by_rank(pages: RankedPages) -> int | None:
    """Return the total of a ranked list; None if its ranking cannot be read now. One query."""
    try:
        return pages.counts_before(())[1]
    except NotReadyError:
        return None
