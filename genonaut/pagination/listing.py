"""A list, declared once: its model, sorts, filters and who sees what. Page, fragment, API, admin and count all use it.

    class ContentListing(Listing):
        name = "content"
        model = ContentItem
        sorts = {"created_at": ("created_at", "id"), ...}
        filters = ContentFilter

    ContentListing(viewer=request.user, parameters=request.GET).page()

Numbered pages read `offset + page_size` entries of an index, so they reach the first NUMBERED_REACH rows; beyond them,
and everywhere else, cursors go on at the same speed. A ranking will lift that limit: `_numbered_keys` is its seam.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import Any, ClassVar, NamedTuple

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Model, Q, QuerySet
from django.forms import Form
from django.http import QueryDict
from django_filters import FilterSet

from genonaut.pagination import cursors, parameters
from genonaut.pagination.cursors import Cursor, CursorError
from genonaut.pagination.errors import InvalidParametersError, PageNotFoundError
from genonaut.pagination.filters import AllOfFilter
from genonaut.pagination.keyset import Boundary, Key, KeyValues, Order
from genonaut.pagination.page import Page, PageNumber, numbers_around
from genonaut.pagination.runs import Runs
from genonaut.pagination.totals import COUNT_BUDGET, Total, TotalKind, total_of

Viewer = AbstractBaseUser | AnonymousUser
# Reads what a page of a listing shows of the rows with these primary keys, by primary key, in one query; from the
# listing's `visible_rows` alone, since a row may be hidden by now.
RowReader = Callable[["Listing", Sequence[Any]], Mapping[Any, Any]]

# An offset of 100,000 index entries costs some 15 ms; 4 million cost half a second.
NUMBERED_REACH = 100_000


class Scope(NamedTuple):
    """One disjoint part of what a viewer sees. `is_faceted`: its indexes begin with the listing's facets."""

    condition: Q
    is_faceted: bool = False


class Listing:
    """One list as one viewer asks for it. `read` makes a page's items of other things than model instances.

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

    def __init__(
        self,
        viewer: Viewer,
        parameters: QueryDict,
        *,
        fixed: Mapping[str, str] | None = None,
        read: RowReader | None = None,
    ) -> None:
        self.viewer = viewer
        self.read = read or read_instances
        self.fixed = {**type(self).fixed, **(fixed or {})}
        self.query = parameters
        errors: dict[str, list[str]] = {}
        self.parameters = self._read_parameters(errors)
        self._check_filters(errors)
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
        return {name: value for name, value in self.form.cleaned_data.items() if value not in ("", None, [])}

    @property
    def open_filters(self) -> dict[str, Any]:
        """The filters in force that the URL names, so that it can also drop them."""
        return {name: value for name, value in self.active_filters.items() if name not in self.fixed}

    @cached_property
    def is_index_served(self) -> bool:
        """Whether an index gives exactly this list in exactly this order."""
        others = self._filters_beside_sort
        return others <= set(self.facets) or (len(others) == 1 and others <= self.indexed)

    @property
    def has_leading_index(self) -> bool:
        """Whether an index narrows the list in its order, if not to exactly this list: one creator's, say."""
        return self.is_index_served or bool(self.indexed & self._filters_beside_sort)

    def query_with(self, **changes: object) -> str:
        """Return a query string like the present one, changed; None drops a parameter. It leads to a first page
        unless it says which: page and cursor are never kept."""
        query = QueryDict(mutable=True)
        for name in sorted(set(self.query) - {"page", "cursor"}):
            values = [value for value in self.query.getlist(name) if value != ""]
            if values:
                query.setlist(name, values)
        for name, value in changes.items():
            if value is None:
                query.pop(name, None)
            else:
                query[name] = str(value)
        return f"?{query.urlencode()}"

    def query_without(self, name: str, value: str | None = None) -> str:
        """Return a query string without a filter, or without one value of a repeatable one."""
        if value is None:
            return self.query_with(**{name: None})
        query = QueryDict(self.query_with(**{name: None})[1:], mutable=True)
        query.setlist(name, [kept for kept in self.query.getlist(name) if kept not in (value, "")])
        return f"?{query.urlencode()}"

    # --- The page

    def page(self) -> Page:
        """Return the page asked for, by number or by cursor.

        Two to five queries by number, one more by cursor or with a creator. Raises PageNotFoundError past the end.
        """
        return self.numbered_page() if self.cursor is None else self.cursor_page()

    @cached_property
    def total(self) -> Total:
        """How many rows the whole list has, wherever the page is."""
        others = {self.bounds.get(name) for name in self._filters_beside_sort}
        if len(others) == 1 and None not in others:
            # Bounds of another sort: counted along that one's index.
            return total_of(Runs(self._querysets, self._order_by(others.pop())))
        return total_of(Runs(self._querysets, self._order, is_collected=not self.has_leading_index))

    def numbered_page(self) -> Page:
        """Return the page of the number asked for."""
        number = self.parameters.page
        size = self.parameters.page_size
        offset = (number - 1) * size
        self._refuse_unreachable(number, offset)
        keys = self._numbered_keys(offset, size + 1)
        if not keys and number > 1:
            known = self._runs.count_up_to(NUMBERED_REACH)
            raise PageNotFoundError(number, _pages(known, size))
        has_next = len(keys) > size
        reached = offset + len(keys)
        total = self.total.at_least(reached) if has_next else Total(reached, TotalKind.EXACT)
        page = self._page(keys[:size], has_previous=number > 1, has_next=has_next, total=total)
        next_page = number + 1 if has_next and offset + size < NUMBERED_REACH else None
        previous_page = number - 1 if number > 1 else None
        page = replace(page, number=number, next_page=next_page, previous_page=previous_page)
        return replace(page, links=self._links(page), numbers=self._numbers(page))

    def _numbered_keys(self, offset: int, limit: int) -> list[KeyValues]:
        return self._runs.at_offset(offset, limit)

    def _refuse_unreachable(self, number: int, offset: int) -> None:
        size = self.parameters.page_size
        if offset and self.total.is_exact and offset >= self.total.count:
            raise PageNotFoundError(number, _pages(self.total.count, size))
        if offset >= NUMBERED_REACH:
            reach = -(-NUMBERED_REACH // size)
            message = f"Page numbers reach page {reach:,} of this list; from there, follow the link to the next page."
            raise InvalidParametersError({"page": [message]})

    def cursor_page(self) -> Page:
        """Return the page beyond the cursor asked for, in its direction."""
        cursor = self.cursor
        size = self.parameters.page_size
        keys = self._runs.from_boundary(cursor.boundary, size + 1, is_reversed=cursor.is_backward)
        goes_on = len(keys) > size
        keys = keys[:size]
        # The other way: from the row nearest to the cursor, or where there is none from the cursor's own place.
        back = Boundary(keys[0]) if keys else replace(cursor.boundary, is_inclusive=not cursor.boundary.is_inclusive)
        comes_from = bool(back.values and self._runs.from_boundary(back, 1, is_reversed=not cursor.is_backward))
        if cursor.is_backward:
            keys.reverse()
            goes_on, comes_from = comes_from, goes_on
        total = self.total.at_least(len(keys) + goes_on + comes_from)
        page = self._page(keys, has_previous=comes_from, has_next=goes_on, total=total, empty_at=back)
        return replace(page, links=self._links(page))

    def _page(
        self,
        keys: list[KeyValues],
        *,
        has_previous: bool,
        has_next: bool,
        total: Total,
        empty_at: Boundary | None = None,
    ) -> Page:
        """Return the page of these rows; `empty_at` is where to turn back on a page that has none."""
        first, last = (Boundary(keys[0]), Boundary(keys[-1])) if keys else (empty_at, empty_at)
        return Page(
            items=self._rows(keys),
            total=total,
            page_size=self.parameters.page_size,
            number=None,
            total_pages=_pages(total.count, self.parameters.page_size) if total.is_exact else None,
            has_next=has_next,
            has_previous=has_previous,
            next_page=None,
            previous_page=None,
            next_cursor=self._encode(Cursor(last)) if has_next else None,
            prev_cursor=self._encode(Cursor(first, is_backward=True)) if has_previous else None,
            links={},
        )

    def _rows(self, keys: list[KeyValues]) -> list[Any]:
        """Return the items of these keys in their order; one that is gone or hidden by now is left out."""
        found = self.read(self, [key[-1] for key in keys])
        return [found[key[-1]] for key in keys if key[-1] in found]

    @cached_property
    def visible_rows(self) -> QuerySet:
        """The whole list in no order: what the viewer sees and the filters keep, as one predicate."""
        visible = Q()
        for scope in self.scopes():
            visible |= scope.condition
        return self._filtered.filter(visible)

    # --- Links

    def _links(self, page: Page) -> dict[str, str | None]:
        if page.number is None:
            previous = {"cursor": page.prev_cursor} if page.has_previous else None
            following = {"cursor": page.next_cursor} if page.has_next else None
            this: dict[str, object] = {"cursor": self.parameters.cursor}
        else:
            previous = {"page": page.previous_page} if page.has_previous else None
            # Past the reach of page numbers the cursor goes on, so that nobody gets stuck.
            following = {"page": page.next_page} if page.next_page else {"cursor": page.next_cursor}
            following = following if page.has_next else None
            this = {"page": page.number}
        if page.number is not None and page.total_pages is not None:
            last: dict[str, object] = {"page": max(page.total_pages, 1)}
        else:
            last = {"cursor": self._encode(Cursor(Boundary(None), is_backward=True))}
        targets = {"self": this, "first": {"page": 1}, "prev": previous, "next": following, "last": last}
        return {name: None if target is None else self.query_with(**target) for name, target in targets.items()}

    def _numbers(self, page: Page) -> list[PageNumber | None]:
        last = page.total_pages or page.next_page or page.number
        return [
            number and PageNumber(number, self.query_with(page=number), number == page.number)
            for number in numbers_around(page.number, max(last, 1))
        ]

    # --- Reading what was asked

    def _read_parameters(self, errors: dict[str, list[str]]) -> parameters.Parameters:
        declared = self.filters.base_filters
        return parameters.read(
            self.query,
            sorts=self.sorts,
            filters=[name for name in declared if name not in self.fixed],
            repeatable=[name for name, declaration in declared.items() if isinstance(declaration, AllOfFilter)],
            errors=errors,
        )

    def _check_filters(self, errors: dict[str, list[str]]) -> None:
        data = self.query.copy()
        for name, value in self.fixed.items():
            data[name] = value
        self.filterset = self.filters(data, queryset=self.model._default_manager.all())
        for name, messages in self.form.errors.items():
            errors.setdefault(name, []).extend(messages)

    def _read_cursor(self, errors: dict[str, list[str]]) -> Cursor | None:
        if self.parameters.cursor is None:
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
        viewer = [self.viewer.pk, bool(getattr(self.viewer, "is_staff", False))]
        filters = {name: str(value) for name, value in sorted(self.active_filters.items())}
        parts = json.dumps([self.name, self.sort, self.order, filters, viewer])
        return hashlib.sha256(parts.encode()).hexdigest()[:16]

    # --- The list as runs along indexes

    @cached_property
    def _filters_beside_sort(self) -> set[str]:
        """The filters in force but those that bound the sort's own key."""
        return {name for name in self.active_filters if self.bounds.get(name) != self.sort}

    @cached_property
    def _order(self) -> Order:
        return self._order_by(self.sort)

    def _order_by(self, sort: str) -> Order:
        return Order(self.model, self.sorts[sort], is_descending=self.order == "desc")

    @cached_property
    def _filtered(self) -> QuerySet:
        return self.filterset.filter_queryset(self.filterset.queryset)

    @cached_property
    def _querysets(self) -> list[QuerySet]:
        return [self._filtered.filter(condition) for condition in self._conditions()]

    @cached_property
    def _runs(self) -> Runs:
        """The runs to read pages from: what no index keeps in order is collected and sorted, if not too much."""
        if self.has_leading_index:
            is_collected = not self.is_index_served and self.total.is_exact and self.total.count <= COUNT_BUDGET
        else:
            is_collected = self.total.is_collectable
        return Runs(self._querysets, self._order, is_collected=is_collected)

    def _conditions(self) -> Iterator[Q]:
        for scope in self.scopes():
            if scope.is_faceted and self.active_filters.keys() & self.facets.keys() and self.is_index_served:
                yield from (scope.condition & facet for facet in self._open_facets())
            else:
                yield scope.condition

    def _open_facets(self) -> Iterator[Q]:
        """Return a condition for every combination of values of the facets that were left open."""
        still_open = {name: values for name, values in self.facets.items() if name not in self.active_filters}
        for values in product(*still_open.values()):
            yield Q(**dict(zip(still_open, values, strict=True)))


def read_instances(listing: Listing, pks: Sequence[Any]) -> dict[Any, Model]:
    """Read model instances with all that the list shows."""
    return {row.pk: row for row in listing.load(listing.visible_rows.filter(pk__in=pks))}


def _pages(rows: int, size: int) -> int:
    """Return how many pages so many rows take; an empty list has one page."""
    return max(1, -(-rows // size))
