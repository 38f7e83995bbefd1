"""A list as one viewer asks for it: the checked parameters and filters of a query string, and cursors bound to them."""

import hashlib
import json
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from django.http import QueryDict
from django_filters import FilterSet

from genonaut.pagination import cursors, parameters
from genonaut.pagination.cursors import Cursor, CursorError
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.keyset import Order
from genonaut.pagination.parameters import Parameters
from genonaut.pagination.spec import Fixed, ListSpec, Viewer, repeatable


@dataclass(frozen=True, eq=False)
class ListQuery:
    """The checked parameters and filters of one list; `read_query` makes it."""

    spec: type[ListSpec]
    viewer: Viewer
    query: QueryDict
    # Filter values that the list is made of; the URL can neither name nor change them.
    fixed: Fixed
    allow_ranking: bool
    has_cursors: bool
    parameters: Parameters
    filterset: FilterSet

    @cached_property
    def sort(self) -> str:
        """The name of the sort."""
        return self.parameters.sort

    @cached_property
    def is_descending(self) -> bool:
        """Whether the largest keys come first."""
        return self.parameters.order == "desc"

    @cached_property
    def active_filters(self) -> dict[str, Any]:
        """The filters in force by name, cleaned, fixed ones included."""
        return {name: value for name, value in self.filterset.cleaned_data.items() if value not in ("", None, [])}

    @cached_property
    def filters_beside_sort(self) -> frozenset[str]:
        """The filters in force that do not bound the sort's own key."""
        bounds = self.spec.bounds
        return frozenset(name for name in self.active_filters if bounds.get(name) != self.sort)

    @property
    def active_facets(self) -> dict[str, Any]:
        """The filters in force that are facets of the list, with their values."""
        return {name: value for name, value in self.active_filters.items() if name in self.spec.facets}

    @cached_property
    def sort_bounds(self) -> dict[str, Any]:
        """The filters in force that bound the sort's own key, with their values."""
        return {name: value for name, value in self.active_filters.items() if name not in self.filters_beside_sort}

    @cached_property
    def cache_key(self) -> Hashable | None:
        """All that the list's statements depend on, on every page.

        None if a filter has a method, which may query the database: its answer may change.
        """
        if any(self.filterset.filters[name].method is not None for name in self.active_filters):
            return None
        viewer = (self.viewer.pk, getattr(self.viewer, "is_staff", False), self.viewer.is_active, self._choice)
        filters = tuple((name, repr(value)) for name, value in self.active_filters.items())
        return (self.spec, viewer, filters, self.sort, self.parameters.order)

    @property
    def _choice(self) -> Hashable:
        return self.spec.choice_of(self.viewer)

    # --- Cursors

    @cached_property
    def scope_digest(self) -> str:
        """A digest of all that tells two lists apart: a cursor of one means nothing in another."""
        viewer = (self.viewer.pk, bool(getattr(self.viewer, "is_staff", False)), self._choice)
        filters = tuple((name, str(value)) for name, value in sorted(self.active_filters.items()))
        return _digest(self.spec.name, self.sort, self.parameters.order, filters, viewer)

    def encode(self, cursor: Cursor) -> str:
        """Return a cursor of this list as text."""
        return cursors.encode(cursor, scope_digest=self.scope_digest, is_descending=self.is_descending)

    def decode(self, text: str, order: Order) -> Cursor:
        """Return the cursor in a text. Raises InvalidParametersError."""
        if not self.has_cursors:
            raise InvalidParametersError({"cursor": ["Cursors are switched off at present: use page."]})
        try:
            return cursors.decode(
                text, scope_digest=self.scope_digest, is_descending=order.is_descending, fields=order.fields
            )
        except CursorError as error:
            raise InvalidParametersError({"cursor": [str(error)]}) from error

    def version(self, rows_version: str | None) -> str | None:
        """Return the version of this list from that of its rows; None if they have none."""
        return rows_version and "/".join(
            [rows_version, self.scope_digest, str(self.allow_ranking), str(self.has_cursors)]
        )


def read_query(
    spec: type[ListSpec],
    viewer: Viewer,
    query: QueryDict,
    *,
    fixed: Fixed,
    carried: Sequence[str],
    allow_ranking: bool,
    has_cursors: bool,
) -> ListQuery:
    """Check all parameters but the cursor. No query. Raises InvalidParametersError with each that is wrong."""
    errors: dict[str, list[str]] = {}
    checked = parameters.read(
        query,
        sorts=(*spec.sorts, *spec.tiered),
        filters=spec.filters.base_filters.keys() - fixed.keys(),
        repeatable=repeatable(spec.filters),
        carried=carried,
        errors=errors,
    )
    filterset = _filterset(spec, viewer, query, fixed)
    for name, messages in filterset.errors.items():
        errors.setdefault(name, []).extend(messages)
    list_query = ListQuery(spec, viewer, query, fixed, allow_ranking, has_cursors, checked, filterset)
    for name, message in _conflicts(list_query, has_errors=bool(errors)).items():
        errors.setdefault(name, []).append(message)
    if errors:
        raise InvalidParametersError(errors)
    return list_query


def _filterset(spec: type[ListSpec], viewer: Viewer, query: QueryDict, fixed: Fixed) -> FilterSet:
    data = query.copy() if fixed else query
    for name, value in fixed.items():
        data.setlist(name, [value] if isinstance(value, str) else value)
    return spec.filters(data, spec.model._default_manager.all(), viewer)


def _conflicts(list_query: ListQuery, *, has_errors: bool) -> dict[str, str]:
    """Return the parameters that this list, or its sort, does not take, with the reason."""
    spec, sort, conflicts = list_query.spec, list_query.sort, {}
    needed = spec.tiered.get(sort)
    if needed and not has_errors and needed not in list_query.active_filters:
        conflicts["sort"] = f"Lists are sorted by {sort} only with {needed}."
    if list_query.parameters.as_of is not None and not spec.has_time_sort():
        conflicts["as_of"] = "This list has no times that its pages could be pinned to."
    if list_query.parameters.at is not None and sort != spec.time_sort:
        conflicts["at"] = f"Dates are found in a list sorted by {spec.time_sort} only."
    return conflicts


@lru_cache(1_000)
def _digest(
    name: str, sort: str, order: str, filters: tuple[tuple[str, str], ...], viewer: tuple[Any, bool, Hashable]
) -> str:
    parts = json.dumps([name, sort, order, dict(filters), viewer])
    return hashlib.sha256(parts.encode()).hexdigest()[:16]
