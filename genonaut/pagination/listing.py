"""A list, declared once: its model, sorts, filters and who sees what. Page, fragment, API, admin and count all use it.

    class ContentListing(Listing):
        name = "content"
        model = ContentItem
        sorts = {"created_at": ("created_at", "id"), ...}
        filters = ContentFilter

    ContentListing(viewer=request.user, parameters=request.GET).page()

A list is read in one of three ways (slices.Pages): by rank where a ranking counts it (ranked.py), by anchors once it is
long (anchored.py), else by walking indexes (plain.py). All give the same rows for the same list.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, lru_cache, partial
from itertools import product
from typing import Any, ClassVar, NamedTuple, Protocol
from urllib.parse import urlencode

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import connections
from django.db.models import Model, Q, QuerySet
from django.forms import Form
from django.http import QueryDict
from django_filters import FilterSet

from genonaut.pagination import cursors, parameters
from genonaut.pagination.anchored import AnchoredPages
from genonaut.pagination.anchors import AnchoredList
from genonaut.pagination.cursors import Cursor, CursorError
from genonaut.pagination.errors import InvalidParametersError, PageNotFoundError, PageNotReadyError
from genonaut.pagination.filters import AllOfFilter
from genonaut.pagination.histograms import AUTO, MOST_BARS, PERIODS, Histogram, TooManyPeriodsError, bars, fitting
from genonaut.pagination.keyset import Boundary, Key, Order
from genonaut.pagination.page import Page
from genonaut.pagination.plain import NUMBERED_REACH, PlainPages
from genonaut.pagination.ranked import RankedList, RankedPages, RankedRows, next_sql
from genonaut.pagination.slices import OutOfReachError, Pages, PastEndError, Slice
from genonaut.pagination.tiers import TieredPages, disjoint, tier_key
from genonaut.pagination.versions import fingerprint_sql, model_version, model_version_sql
from genonaut.pagination.windows import Windows
from genonaut.ranking import (
    NOTHING,
    Edge,
    Kept,
    NotBuiltError,
    NotReadyError,
    Slot,
    Statement,
    TooManyChangesError,
    compose,
    joined,
)

logger = logging.getLogger(__name__)

Viewer = AbstractBaseUser | AnonymousUser
# Reads what a page of a listing shows of the rows with these primary keys, by primary key, in one query; from the
# listing's `visible_rows` alone, since a row may be hidden by now.
RowReader = Callable[["Listing", Sequence[Any]], Mapping[Any, Any]]
# SQL of the versions of the lists of late, by all that it depends on: a kilobyte or two each.
VERSIONS: Kept[Statement | None] = Kept(1_000_000)
# Recently used histograms, about 60 kB each: a reader's pages all ask for the same one.
HISTOGRAMS: Kept[Histogram] = Kept(2_000_000)

# How a filter that bounds a sort's first key does it: which edge it sets, and whether rows of that very key are before
# the edge (reading.Edge.is_behind).
EDGES = {"gte": ("lower", False), "gt": ("lower", True), "lt": ("upper", False), "lte": ("upper", True)}


UNRANKED = "This list is not ranked: nobody knows the positions of its rows."
BEING_COUNTED = "Many rows have just changed and are being counted; ask again in a few seconds."
UNSORTED = "Only a list sorted by time has days, months and years."


class Scope(NamedTuple):
    """One disjoint part of what a viewer sees. `is_faceted`: its indexes begin with the listing's facets.

    `ranked` are the facet values of the rankings that make it up; None: no ranking counts it, as a user's own rows.
    """

    condition: Q
    is_faceted: bool = False
    ranked: Mapping[str, Sequence[Any]] | None = None


class ItemsInSQL(Protocol):
    """A RowReader that can also say in SQL what it reads of a row, so that a page's own statement reads it along."""

    # What its SQL depends on, and values for what that leaves open.
    name: Hashable
    given: Mapping[Slot, Any]

    def __call__(self, listing: "Listing", pks: Sequence[Any]) -> Mapping[Any, Any]:
        """Read the rows; see RowReader."""

    def sql(self, listing: "Listing") -> Statement:
        """Return SQL of primary key and item, a JSON text, of all rows that are visible."""


class Listing:
    """One list as one viewer asks for it. `read` makes a page's items of other things than model instances.

    `carried` are parameters that say nothing of the list: whoever shows it reads and checks them, links keep them.

    Raises InvalidParametersError with every parameter that is wrong, before any query.
    """

    # Names the list in cursors: one issued by another list is refused.
    name: ClassVar[str]
    model: ClassVar[type[Model]]
    # Sort keys by public name, the first is the default; see Order for what is allowed.
    sorts: ClassVar[Mapping[str, tuple[Key, ...]]]
    filters: ClassVar[type[FilterSet]]
    # Filters that indexes begin with, and all their values: a filter on some of them walks one run per open value.
    facets: ClassVar[Mapping[str, Sequence[Any]]] = {}
    # Filters that, when alone, have an index of their own for every sort.
    indexed: ClassVar[frozenset[str]] = frozenset()
    # Filters that bound a sort's first key, by the sort they are free with.
    bounds: ClassVar[Mapping[str, str]] = {}
    # Filter values that the list is made of; the URL can neither name nor change them.
    fixed: ClassVar[Mapping[str, str]] = {}
    # Sorts in tiers, by name, and the filter that each needs: `tiers` has the conditions.
    tiered: ClassVar[Mapping[str, str]] = {}
    # The model's rankings by the sorts that they count.
    rankings: ClassVar[Mapping[str, str]] = {}
    # Other ranked models whose rows the list shows something of.
    shows: ClassVar[Sequence[type[Model]]] = ()
    # The sort by time: pages are pinned to a moment of it, and dates are looked up in it.
    moment: ClassVar[str] = "created_at"

    def __init__(
        self,
        viewer: Viewer,
        parameters: QueryDict,
        *,
        fixed: Mapping[str, str] | None = None,
        read: RowReader | ItemsInSQL | None = None,
        is_ranked: bool = True,
        has_cursors: bool = True,
        carried: Sequence[str] = (),
        also: Q | None = None,
    ) -> None:
        """`also` narrows the list by what no filter says."""
        self.also = also or Q()
        self.viewer = viewer
        self.carried = carried
        self.may_be_ranked = is_ranked
        self.has_cursors = has_cursors
        self.read = read or read_instances
        self.fixed = {**type(self).fixed, **(fixed or {})}
        self.query = parameters
        errors: dict[str, list[str]] = {}
        self.parameters = self._read_parameters(errors)
        self._check_filters(errors)
        needed = self.tiered.get(self.sort)
        if needed and not errors and needed not in self.active_filters:
            errors.setdefault("sort", []).append(f"Lists are sorted by {self.sort} only with {needed}.")
        if self.parameters.as_of is not None and self.moment not in self.sorts:
            errors.setdefault("as_of", []).append("This list has no times that its pages could be pinned to.")
        if self.parameters.at is not None and self.parameters.sort != self.moment:
            errors.setdefault("at", []).append(f"Dates are found in a list sorted by {self.moment} only.")
        self.cursor = None if errors else self._read_cursor(errors)
        if errors:
            raise InvalidParametersError(errors)

    # --- What a domain may say of its list

    def scopes(self) -> list[Scope]:
        """Return the disjoint parts of what the viewer sees; together they are the model's `visible_to(viewer)`."""
        return [Scope(Q())]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Return the queryset with all that the list shows loaded, and nothing more."""
        return queryset

    def tiers(self) -> Sequence[Q]:
        """Return the conditions of a sort in tiers: rows that meet the first come first, those that meet none last.

        Each holds for no row but those that the sort's own filter keeps. So it takes that filter's place: of both
        together the planner would expect too few rows.
        """
        return ()

    def known_total(self) -> int | None:
        """Return the exact total if the domain counts this list by itself, else None. Asked only of unranked lists."""
        return None

    # --- What was asked for

    @property
    def sort(self) -> str:
        """The name of the sort."""
        return self.parameters.sort

    @property
    def order(self) -> str:
        """`desc` or `asc`."""
        return self.parameters.order

    @property
    def form(self) -> Form:
        """The filters as a form, filled with what was asked."""
        return self.filterset.form

    @cached_property
    def active_filters(self) -> dict[str, Any]:
        """The filters in force by name, cleaned, fixed ones included."""
        return {name: value for name, value in self.filterset.cleaned_data.items() if value not in ("", None, [])}

    @property
    def open_filters(self) -> dict[str, Any]:
        """The filters in force that the URL names, so that it can also drop them."""
        return {name: value for name, value in self.active_filters.items() if name not in self.fixed}

    @cached_property
    def shape(self) -> Hashable | None:
        """All that the list's statements depend on, whichever page is asked for; None where a filter has a method,
        which may ask the database: what it said then need not hold now."""
        if any(self.filterset.filters[name].method is not None for name in self.active_filters):
            return None
        viewer = (self.viewer.pk, getattr(self.viewer, "is_staff", False), self.viewer.is_active)
        filters = tuple((name, repr(value)) for name, value in self.active_filters.items())
        return (type(self), viewer, filters, self.sort, self.order)

    @cached_property
    def is_index_served(self) -> bool:
        """Whether an index gives exactly this list in exactly this order."""
        others = self._filters_beside_sort
        if self.also:
            return False
        return others <= set(self.facets) or (len(others) == 1 and others <= self.indexed)

    @property
    def has_leading_index(self) -> bool:
        """Whether an index narrows the list in its order, if not to exactly this list: one creator's, say."""
        return self.is_index_served or bool(self.indexed & self._filters_beside_sort)

    def query_with(self, **changes: object) -> str:
        """Return a query string like the present one, changed; None drops a parameter. It leads to a first page
        unless it says which: page, cursor and at are never kept."""
        kept = self._kept_query
        needed = self.tiered.get(self.sort)
        if needed in changes and changes[needed] is None:
            kept = {name: text for name, text in kept.items() if name != "sort"}
        if not {"page", "cursor"} & changes.keys():
            # Another list is looked at as it is now; only its pages stay as they were first seen.
            kept = {name: text for name, text in kept.items() if name != "as_of"}
        changed = {name: "" if value is None else _encoded(name, str(value)) for name, value in changes.items()}
        # One order, the place last: the same page has the same address wherever the link is met.
        parts = sorted((kept | changed).items(), key=lambda part: (part[0] in ("page", "cursor"), part[0]))
        return "?" + "&".join(text for _, text in parts if text)

    @cached_property
    def _kept_query(self) -> dict[str, str]:
        """What links keep of the query, encoded, by parameter."""
        return {
            name: urlencode([(name, value) for value in values if value != ""])
            for name, values in self.query.lists()
            if name not in ("page", "cursor", "at")
        }

    def query_without(self, name: str, value: str | None = None) -> str:
        """Return a query string without a filter, or without one value of a repeatable one."""
        if value is None:
            return self.query_with(**{name: None})
        return self.query_with_all(name, [kept for kept in self.query.getlist(name) if kept not in (value, "")])

    def query_with_all(self, name: str, values: Sequence[str]) -> str:
        """Return a query string with these values of a repeatable filter."""
        query = QueryDict(self.query_with(**{name: None})[1:], mutable=True)
        query.setlist(name, values)
        return f"?{query.urlencode()}"

    # --- What a client may keep

    @cached_property
    def version(self) -> str | None:
        """What changes whenever anything that the list shows does; None where nobody can say. One query, none where a
        ranked page of the list was read before: that is then of the version.

        A list that is not read by rank has none: how it is read, and so what is known of it, changes with the rows'
        statistics and anchors. A version of rows that are hidden from the viewer would tell of them.
        """
        sql = self._version_sql if self.is_ranked else None
        return sql and self._full_version(self._value_of(sql))

    def _full_version(self, read: str | None) -> str | None:
        return read and "/".join([read, self._binding, str(self.may_be_ranked), str(self.has_cursors)])

    @property
    def _version_sql(self) -> Statement | None:
        """SQL of the version, kept for each shape."""
        return VERSIONS.get(self.shape, self._compose_version) if self.shape else self._compose_version()

    def _compose_version(self) -> Statement | None:
        scopes = self.scopes()
        ranked = [scope for scope in scopes if scope.ranked is not None]
        if not ranked or not self.rankings:
            return None
        parts = [model_version_sql(self.model, self._ranked_facets(ranked))]
        parts += [model_version_sql(model, {}) for model in self.shows]
        parts += [fingerprint_sql(self.model, [scope.condition for scope in scopes if scope.ranked is None])]
        if self.moment in self.sorts:
            parts += [
                next_sql([self.model._default_manager.filter(s.condition) for s in scopes], self._order_by(self.moment))
            ]
        # NULL as soon as one part is.
        return compose("({parts})", parts=joined(" || '/' || ", parts))

    def _fingerprint(self, scopes: Sequence[Scope]) -> str | None:
        """Return the digest. One query, or none without scopes."""
        conditions = [scope.condition for scope in scopes]
        return self._value_of(fingerprint_sql(self.model, conditions)) if conditions else ""

    def _value_of(self, sql: Statement) -> Any:  # noqa: ANN401 - of whatever type it is
        """Return the value of a scalar expression. One query."""
        with connections[self.model._base_manager.db].cursor() as cursor:
            cursor.execute(f"SELECT {sql.sql}", sql.params)
            return cursor.fetchone()[0]

    # --- The page

    def page(self) -> Page:
        """Return the page asked for, by number, by cursor or by date.

        Two queries where it is ranked; else two to five by number, one more by cursor or with a creator. Raises
        PageNotFoundError past the end, InvalidParametersError where this list has no such page.
        """
        if self.is_ranked:
            try:
                return self._page_of(self.ranked_pages)
            except NotBuiltError as error:
                logger.warning("%s", error)
                self.version = None
            except TooManyChangesError as error:
                if self._needs_ranks:
                    raise PageNotReadyError(BEING_COUNTED) from error
                self.version = None
            except NotReadyError:
                self.version = None
        self._refuse_what_needs_ranks()
        return self._page_of(self.walked_pages)

    def _page_of(self, pages: Pages) -> Page:
        size = self.parameters.page_size
        try:
            if self.cursor is not None:
                return self._page(pages.beyond(self.cursor, size))
            if self.parameters.at is not None:
                return self._page(pages.around(self._edge_at(self.parameters.at), size))
            return self._page(pages.at((self.parameters.page - 1) * size, size))
        except PastEndError as error:
            raise PageNotFoundError(self.parameters.page, _pages(error.rows, size)) from error
        except OutOfReachError as error:
            reach = -(-error.reach // size)
            message = f"Page numbers reach page {reach:,} of this list; from there, follow the link to the next page."
            raise InvalidParametersError({"page": [message]}) from error

    @property
    def _needs_ranks(self) -> bool:
        """Whether the page asked for can only be found by rank."""
        page, as_of, at = self.parameters.page, self.parameters.as_of, self.parameters.at
        is_deep = page is not None and page * self.parameters.page_size > NUMBERED_REACH
        return is_deep or as_of is not None or at is not None

    def _refuse_what_needs_ranks(self) -> None:
        reasons = {"as_of": "pinned to a moment", "at": "found by date"}
        errors = {
            name: [f"The pages of this list cannot be {what}."]
            for name, what in reasons.items()
            if getattr(self.parameters, name) is not None
        }
        if errors:
            raise InvalidParametersError(errors)

    def _page(self, part: Slice) -> Page:
        """Return the page of some rows."""
        if part.version != "":
            self.version = self._full_version(part.version)
        size = self.parameters.page_size
        is_numbered = self.cursor is None
        ends = (Boundary(part.keys[0]), Boundary(part.keys[-1])) if part.keys else (part.empty_at, part.empty_at)
        next_cursor = self._encode(Cursor(ends[1])) if part.has_next and self.has_cursors else None
        prev_cursor = (
            self._encode(Cursor(ends[0], is_backward=True)) if part.has_previous and self.has_cursors else None
        )
        number = self.parameters.page if part.first is None else part.first // size + 1
        total_pages = _pages(part.total.count, size) if part.total.is_exact else None
        is_last = number is not None and part.reach is not None and number * size >= part.reach
        is_adrift = part.is_adrift and self.has_cursors
        page = Page(
            items=self._rows(part),
            total=part.total,
            page_size=size,
            number=number,
            is_numbered=is_numbered,
            total_pages=total_pages,
            has_next=part.has_next,
            has_previous=part.has_previous,
            next_page=number + 1 if number and part.has_next and not is_last and not is_adrift else None,
            previous_page=number - 1 if number and number > 1 and part.has_previous and not is_adrift else None,
            next_cursor=next_cursor,
            prev_cursor=prev_cursor,
            first_position=None if part.first is None or not part.keys else part.first + 1,
            last_position=None if part.first is None or not part.keys else part.first + len(part.keys),
            as_of=part.as_of and part.as_of.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            new_count=part.new_count,
            links={},
            address_of=lambda number: _at_place(self._pinned(page), {"page": number}),
        )
        page.links.update(self._links(page))
        return page

    def position(self, pk: object) -> tuple[int, int] | None:
        """Return the position of a row in this list, from 1, and how many rows there are; None if it is not in it.

        One query. Raises InvalidParametersError where positions are not known.
        """
        self._refuse_places()
        if not self.is_ranked:
            raise InvalidParametersError({"sort": [UNRANKED]})
        try:
            before, total = self.ranked_pages.position(pk)
        except TooManyChangesError as error:
            raise PageNotReadyError(BEING_COUNTED) from error
        except NotReadyError as error:
            raise InvalidParametersError({"sort": [UNRANKED]}) from error
        return None if before is None else (before + 1, total)

    def histogram(self, by: str) -> Histogram:
        """Return the bars of a histogram by a period, in the list's order, and how many rows there are.

        Two queries; up to four more for AUTO, in long lists. None if this version of the list was asked for before.
        Raises InvalidParametersError where this list has none.
        """
        self._refuse_places()
        if not self.is_ranked or self.sort != self.moment:
            raise InvalidParametersError({"sort": [UNRANKED if self.sort == self.moment else UNSORTED]})
        if self.shape is None or self.version is None:
            return self._read_histogram(by)
        asked = (by, self.parameters.as_of, self.parameters.page_size, self.version)
        return HISTOGRAMS.get((self.shape, asked), lambda: self._read_histogram(by))

    def _read_histogram(self, by: str) -> Histogram:
        try:
            fitting_period, starts = fitting(by, lambda period: self.ranked_pages.periods(period, MOST_BARS + 1))
            counts, total = self.ranked_pages.counts_before([Edge((start,)) for start in starts])
        except TooManyPeriodsError as error:
            coarser = ", ".join(PERIODS[PERIODS.index(by) + 1 :])
            message = f"More than {MOST_BARS} {by}s have items: ask by {coarser} or {AUTO}, or narrow the list."
            raise InvalidParametersError({"by": [message]}) from error
        except TooManyChangesError as error:
            raise PageNotReadyError(BEING_COUNTED) from error
        except NotReadyError as error:
            raise InvalidParametersError({"sort": [UNRANKED]}) from error
        size, is_descending = self.parameters.page_size, self.order == "desc"
        found = bars(starts, counts, size=size, total=total, is_descending=is_descending)
        return Histogram(fitting_period, total, tuple(found))

    def _refuse_places(self) -> None:
        """Refuse the parameters that name a page: this is asked of the whole list."""
        errors = {name: ["Name no page here."] for name in ("page", "cursor", "at") if name in self.query}
        if errors:
            raise InvalidParametersError(errors)

    def _rows(self, part: Slice) -> list[Any]:
        """Return the items of some keys in their order; one that is gone or hidden by now is left out."""
        if part.items is not None:
            return [item for item in part.items if item]
        found = self.read(self, [key[-1] for key in part.keys])
        return [found[key[-1]] for key in part.keys if key[-1] in found]

    @cached_property
    def visible_rows(self) -> QuerySet:
        """The whole list in no order: what the viewer sees and the filters keep, as one predicate."""
        visible = Q()
        for scope in self.scopes():
            visible |= scope.condition
        return self._filtered.filter(visible)

    # --- Links

    def _links(self, page: Page) -> dict[str, str | None]:
        if page.is_numbered:
            this: dict[str, object] = {"page": page.number}
            # Where the numbers next to a page are not known, or not reached, cursors go on: nobody gets stuck.
            previous = {"page": page.previous_page} if page.previous_page else {"cursor": page.prev_cursor}
            following = {"page": page.next_page} if page.next_page else {"cursor": page.next_cursor}
            following = following if any(following.values()) else None
            previous = previous if any(previous.values()) else None
        else:
            this = {"cursor": self.parameters.cursor}
            previous, following = {"cursor": page.prev_cursor}, {"cursor": page.next_cursor}
        targets = {
            "self": this,
            "first": {"page": 1},
            "prev": previous if page.has_previous else None,
            "next": following if page.has_next else None,
            "last": self._last(page),
        }
        kept, pinned = self.query_with(page=None), self._pinned(page)
        links = {name: target and _at_place(pinned, target) for name, target in targets.items()}
        return links | {"self": _at_place(kept, this), "first": _at_place(kept, {"page": 1})}

    def _last(self, page: Page) -> dict[str, object] | None:
        if page.total_pages is not None and page.is_numbered:
            return {"page": page.total_pages}
        if not self.has_cursors:
            return None
        return {"cursor": self._encode(Cursor(Boundary(None), is_backward=True))}

    def _pinned(self, page: Page) -> str:
        """Return the query string of the same rows, whatever comes in the meantime; a place in them is to follow."""
        return self.query_with(page=None, **({"as_of": page.as_of} if page.as_of else {}))

    # --- Reading what was asked

    def _read_parameters(self, errors: dict[str, list[str]]) -> parameters.Parameters:
        named, repeatable = _filter_names(self.filters, frozenset(self.fixed))
        return parameters.read(
            self.query,
            sorts=(*self.sorts, *self.tiered),
            filters=named,
            repeatable=repeatable,
            carried=self.carried,
            errors=errors,
        )

    def _check_filters(self, errors: dict[str, list[str]]) -> None:
        data = self.query.copy() if self.fixed else self.query
        for name, value in self.fixed.items():
            data[name] = value
        self.filterset = self.filters(data, queryset=self.model._default_manager.all())
        for name, messages in self.filterset.errors.items():
            errors.setdefault(name, []).extend(messages)

    def _read_cursor(self, errors: dict[str, list[str]]) -> Cursor | None:
        if self.parameters.cursor is None:
            return None
        if not self.has_cursors:
            errors["cursor"] = ["Cursors are switched off at present: use page."]
            return None
        try:
            return cursors.decode(self.parameters.cursor, binding=self._binding, fields=self._order.fields)
        except CursorError as error:
            errors["cursor"] = [str(error)]
            return None

    def _encode(self, cursor: Cursor) -> str:
        return cursors.encode(cursor, binding=self._binding)

    @cached_property
    def _binding(self) -> str:
        """A digest of all that makes two lists different: a cursor of one means nothing in another."""
        viewer = (self.viewer.pk, bool(getattr(self.viewer, "is_staff", False)))
        filters = tuple((name, str(value)) for name, value in sorted(self.active_filters.items()))
        return _digest(self.name, self.sort, self.order, filters, viewer)

    # --- The list as runs along indexes

    @cached_property
    def _filters_beside_sort(self) -> set[str]:
        """The filters in force but those that bound the sort's own key."""
        return {name for name in self.active_filters if self.bounds.get(name) != self.sort}

    @property
    def _order(self) -> Order:
        return self._order_by(self.sort)

    def _order_by(self, sort: str) -> Order:
        if sort in self.tiered:
            return self._tiered_order
        return _order_of(type(self), sort, is_descending=self.order == "desc")

    @cached_property
    def _tiered_order(self) -> Order:
        default = next(iter(self.sorts.values()))
        return Order(self.model, (tier_key(self.tiers()), *default), is_descending=self.order == "desc")

    @cached_property
    def _filtered(self) -> QuerySet:
        return self.filterset.filter_queryset(self.filterset.queryset)

    @cached_property
    def _querysets(self) -> list[QuerySet]:
        return [self._filtered.filter(condition) for condition in self._conditions()]

    @cached_property
    def _unbounded(self) -> QuerySet:
        """The rows that pass all filters but those that bound the sort's own key, which a ranking takes as edges."""
        queryset = self.filterset.queryset
        for name in self._filters_beside_sort:
            queryset = self.filterset.filters[name].filter(queryset, self.active_filters[name])
        return queryset

    @cached_property
    def plain_pages(self) -> PlainPages:
        """The list as index walks."""
        others = {self.bounds.get(name) for name in self._filters_beside_sort}
        # Bounds of another sort: counted along that one's index.
        is_bounded = len(others) == 1 and None not in others
        return PlainPages(
            self._querysets,
            self._order,
            count_order=self._order_by(others.pop()) if is_bounded else None,
            is_index_served=self.is_index_served,
            has_leading_index=self.has_leading_index,
            windows=self._windows,
            known_total=(lambda: None) if self.also else self.known_total,
        )

    @cached_property
    def _tiered_pages(self) -> TieredPages:
        """The list in tiers, each of them a list by the default sort."""
        places = {"sort", "page", "cursor", "at", "as_of", *self.carried}

        def listing_of(condition: Q, *left_out: str) -> Listing:
            query = QueryDict(mutable=True)
            for name in self.query.keys() - places - set(left_out):
                query.setlist(name, self.query.getlist(name))
            options = {"fixed": self.fixed, "is_ranked": self.may_be_ranked, "also": self.also & condition}
            return type(self)(self.viewer, query, **options)

        *best, rest = disjoint(self.tiers())
        made = [partial(listing_of, tier, self.tiered[self.sort]) for tier in best] + [partial(listing_of, rest)]
        return TieredPages(
            self._querysets,
            self._order,
            count_order=None,
            is_index_served=False,
            has_leading_index=False,
            windows=lambda _expected: None,
            # The same rows by the default sort have anchors, and so a total, once they were counted.
            known_total=lambda: listing_of(Q()).walked_pages.known_total(),
            tiers=[cache(lambda make=make: make().plain_pages) for make in made],
        )

    def _windows(self, expected: int) -> Windows | None:
        """Return windows for so many rows: of the list that strangers see, with no filters but those that bound its
        sort's own key. None if that is not ranked."""
        kept = {"sort", "order"} | {name for name in self.active_filters if self.bounds.get(name) == self.sort}
        query = QueryDict(mutable=True)
        query.update({name: self.query[name] for name in kept if name in self.query})
        unfiltered = type(self)(AnonymousUser(), query, is_ranked=self.may_be_ranked)
        if not unfiltered.is_ranked:
            return None
        return Windows(self._bounded, self._order, unfiltered.ranked_pages, expected)

    def _bounded(self, sides: Collection[str]) -> list[QuerySet]:
        """Return the runs of the list; of the filters that bound the sort's own key only those on these sides apply."""
        queryset = self._unbounded
        for name, value in self.active_filters.items():
            declared = self.filterset.filters[name]
            if self.bounds.get(name) == self.sort and EDGES[declared.lookup_expr][0] in sides:
                queryset = declared.filter(queryset, value)
        return [queryset.filter(condition) for condition in self._conditions()]

    @cached_property
    def walked_pages(self) -> AnchoredPages | PlainPages:
        """The list without ranks: by anchors once it is long, where rankings are in use."""
        if self.sort in self.tiered:
            return self._tiered_pages
        if not self.may_be_ranked or not self.rankings:
            return self.plain_pages
        return AnchoredPages(
            AnchoredList(
                self._querysets,
                self._order,
                is_index_served=self.is_index_served,
                read_version=self._rows_version,
                viewer=self.viewer.pk,
            ),
            self.plain_pages,
        )

    def _rows_version(self) -> str:
        """Return what changes whenever a row of the list does. Raises NotReadyError where the rankings are not built.

        Not to be shown: where the viewer's own rows are too many to look at, anybody's change may be one of theirs.
        """
        scopes = self.scopes()
        ranked = [scope for scope in scopes if scope.ranked is not None]
        own = self._fingerprint([scope for scope in scopes if scope.ranked is None])
        is_known = bool(ranked) and own is not None
        watched = [(self.model, self._ranked_facets(ranked) if is_known else {})]
        if not is_known:
            watched += [(model, {}) for model in self.shows]
        versions = [model_version(model, facets) for model, facets in watched]
        if None in versions:
            raise NotReadyError(f"The rankings of {self.model._meta.label} are not built: manage.py rankings rebuild.")
        return "/".join([*versions, own or ""])

    def _conditions(self) -> Iterator[Q]:
        for scope in self.scopes():
            if scope.is_faceted and self.active_filters.keys() & self.facets.keys() and self.is_index_served:
                yield from (scope.condition & facet & self.also for facet in self._open_facets())
            else:
                yield scope.condition & self.also

    def _open_facets(self) -> Iterator[Q]:
        """Return a condition for every combination of values of the facets that were left open."""
        still_open = {name: values for name, values in self.facets.items() if name not in self.active_filters}
        for values in product(*still_open.values()):
            yield Q(**dict(zip(still_open, values, strict=True)))

    # --- The list by rank

    @cached_property
    def is_ranked(self) -> bool:
        """Whether a ranking counts the list: its sort, all its filters and at least one of its scopes."""
        if not self.may_be_ranked or self.sort not in self.rankings or self.also:
            return False
        facets = self.model.rankings.facets.keys() & self.facets.keys()
        return self._filters_beside_sort <= facets and any(scope.ranked is not None for scope in self.scopes())

    @cached_property
    def ranked_pages(self) -> RankedPages:
        """The list by rank; the statements that read it are kept for its next pages and for whoever asks the same."""
        reader = self.read if hasattr(self.read, "sql") else None
        edges = self._edges()
        ranked = RankedList(
            ranking=self.model.rankings[self.rankings[self.sort]],
            order=self._order,
            compose=lambda: self._compose_rows(reader),
            lower=edges.get("lower"),
            upper=edges.get("upper"),
            moment_order=self._order_by(self.moment) if self.moment in self.sorts else None,
            name=self.shape and (self.shape, reader and reader.name),
            has_items=reader is not None,
        )
        return RankedPages(ranked, as_of=self.parameters.as_of, given=reader and reader.given)

    def _compose_rows(self, reader: ItemsInSQL | None) -> RankedRows:
        scopes = self.scopes()
        facets = self._ranked_facets([scope for scope in scopes if scope.ranked is not None])
        facets |= {name: [value] for name, value in self.active_filters.items() if name in self._filters_beside_sort}
        return RankedRows(
            facets=facets,
            querysets=[self._unbounded.filter(condition) for condition in self._conditions()],
            unranked=[self._unbounded.filter(scope.condition) for scope in scopes if scope.ranked is None],
            items=reader and reader.sql(self),
            version=self._version_sql or NOTHING,
        )

    def _ranked_facets(self, scopes: Sequence[Scope]) -> dict[str, list[Any]]:
        """Return the facet values of all ranked scopes; two scopes differ in the values of one facet at most."""
        names = {name for scope in scopes for name in scope.ranked}
        return {name: sorted({value for scope in scopes for value in scope.ranked[name]}) for name in names}

    def _edges(self) -> dict[str, Edge]:
        """Return the edges that filters set to the sort's first key."""
        edges = {}
        for name, value in self.active_filters.items():
            if self.bounds.get(name) == self.sort:
                side, is_behind = EDGES[self.filters.base_filters[name].lookup_expr]
                edges[side] = Edge((value,), is_behind)
        return edges

    def _edge_at(self, moment: datetime) -> Edge:
        """Return where the rows of a moment begin in reading direction: of the whole day, if it is midnight."""
        is_day = moment == moment.replace(hour=0, minute=0, second=0, microsecond=0)
        if self.order == "asc":
            return Edge((moment,))
        try:
            return Edge((moment + timedelta(days=1),)) if is_day else Edge((moment,), is_behind=True)
        except OverflowError:  # the last day of the calendar
            return Edge((moment,), is_behind=True)


def read_instances(listing: Listing, pks: Sequence[Any]) -> dict[Any, Model]:
    """Read model instances with all that the list shows."""
    return {row.pk: row for row in listing.load(listing.visible_rows.filter(pk__in=pks))}


def _pages(rows: int, size: int) -> int:
    """Return how many pages so many rows take; an empty list has one page."""
    return max(1, -(-rows // size))


@lru_cache
def _encoded(name: str, value: str) -> str:
    """Return a parameter as a query string has it. One page has many links that differ in one parameter only."""
    return urlencode({name: value})


def _at_place(query: str, place: Mapping[str, object]) -> str:
    """Return a query string with a place in the list, a page or a cursor, put last."""
    texts = [_encoded(name, str(value)) for name, value in place.items() if value is not None]
    return "&".join([query, *texts]) if len(query) > 1 else query + "&".join(texts)


@lru_cache(1_000)
def _digest(name: str, sort: str, order: str, filters: tuple[tuple[str, str], ...], viewer: tuple[Any, bool]) -> str:
    parts = json.dumps([name, sort, order, dict(filters), viewer])
    return hashlib.sha256(parts.encode()).hexdigest()[:16]


@lru_cache
def _filter_names(filters: type[FilterSet], fixed: frozenset[str]) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the filters that a URL may name, and of those that it may name several times."""
    declared = filters.base_filters
    repeatable = {name for name, declaration in declared.items() if isinstance(declaration, AllOfFilter)}
    return frozenset(declared) - fixed, frozenset(repeatable)


@cache
def _order_of(listing: type[Listing], sort: str, *, is_descending: bool) -> Order:
    return Order(listing.model, listing.sorts[sort], is_descending=is_descending)
