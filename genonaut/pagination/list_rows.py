"""The rows of one list: its scopes and filters as querysets, and the indexes or the ranking that give them in order."""

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet

from genonaut.pagination.indexes import Prefixes, fixed_by, index_scans
from genonaut.pagination.keyset import Order
from genonaut.pagination.list_query import ListQuery
from genonaut.pagination.spec import KEY_BOUNDS, Scope
from genonaut.pagination.tiers import tier_key
from genonaut.ranking import KeyBound


@dataclass(frozen=True, eq=False)
class ListRows:
    """The rows that one viewer asks for. `tiers` are the conditions of a sort in tiers, `condition` narrows further."""

    list_query: ListQuery
    scopes: Sequence[Scope]
    tiers: Sequence[Q] = ()
    condition: Q = field(default_factory=Q)

    # --- Order

    @cached_property
    def order(self) -> Order:
        """The order of the sort in force."""
        spec, is_descending = self.list_query.spec, self.list_query.is_descending
        if self.list_query.sort not in spec.tiered:
            return spec.order_of(self.list_query.sort, is_descending=is_descending)
        default = next(iter(spec.sorts.values()))
        return Order(spec.model, (tier_key(self.tiers), *default), is_descending=is_descending)

    @property
    def time_order(self) -> Order | None:
        """The order by time in the same direction; None if the list has no such sort."""
        return self.order_by(self.list_query.spec.time_sort) if self.list_query.spec.has_time_sort() else None

    def order_by(self, sort: str) -> Order:
        """Return the order of a declared sort in the direction in force."""
        return self.list_query.spec.order_of(sort, is_descending=self.list_query.is_descending)

    # --- Indexes

    @cached_property
    def is_index_served(self) -> bool:
        """Whether an index gives exactly these rows in exactly this order."""
        others = self.list_query.filters_beside_sort
        if self.condition:
            return False
        facets = self.list_query.spec.facets.keys()
        return others <= facets or (others.isdisjoint(facets) and self._begin_index(others))

    @property
    def has_leading_index(self) -> bool:
        """Whether an index narrows the list in its order, if not to exactly these rows: to one creator's, say."""
        return self.is_index_served or bool(self._indexed)

    @cached_property
    def _indexed(self) -> set[str]:
        """The filters of many values of which each, beside any scope, is what an index of the order begins with."""
        spec = self.list_query.spec
        names = self.list_query.filters_beside_sort - spec.facets.keys() - spec.fixing.keys()
        return {name for name in names if self._begin_index({name})}

    def _begin_index(self, names: Set[str]) -> bool:
        """Return whether filters, beside any scope, are all that an index of the order begins with."""
        spec = self.list_query.spec
        columns = {spec.fixing.get(name, name) for name in names}
        fixed = [fixed_by(scope.condition, spec.model) for scope in self.scopes]
        return all(
            some is not None and any({*columns, *some} == set(prefix) for prefix in self._prefixes) for some in fixed
        )

    @property
    def _prefixes(self) -> Prefixes:
        return self.list_query.spec.prefixes_of(self.list_query.sort)

    # --- Querysets

    @cached_property
    def filtered(self) -> QuerySet:
        """The rows of every scope that pass all filters."""
        return self.list_query.filterset.filter_queryset(self.list_query.filterset.queryset)

    @cached_property
    def unbounded(self) -> QuerySet:
        """The same without the filters that bound the sort's own key, which a ranking takes as bounds."""
        queryset = self.list_query.filterset.queryset
        for name, value in self.list_query.active_filters.items():
            if name in self.list_query.filters_beside_sort:
                queryset = self.list_query.filterset.filters[name].filter(queryset, value)
        return queryset

    def bounded(self, sides: Collection[str]) -> list[QuerySet]:
        """Return the scans; of the filters that bound the sort's own key only those on these sides apply."""
        queryset = self.unbounded
        for name, value in self.list_query.sort_bounds.items():
            declared = self.list_query.filterset.filters[name]
            if KEY_BOUNDS[declared.lookup_expr][0] in sides:
                queryset = declared.filter(queryset, value)
        return self.scans_of(queryset)

    @cached_property
    def scans(self) -> list[QuerySet]:
        """The disjoint parts of the list, each of which one index may give in order."""
        return self.scans_of(self.filtered)

    def scans_of(self, queryset: QuerySet) -> list[QuerySet]:
        """Return a queryset split like the list."""
        return [queryset.filter(condition) for condition in self._conditions()]

    def _conditions(self) -> Iterator[Q]:
        for scope in self.scopes:
            for part in self._parts(scope):
                yield scope.condition & part & self.condition

    def _parts(self, scope: Scope) -> list[Q]:
        """Return the conditions that split a scope into index scans, by the facets that no filter fixes."""
        spec, facets = self.list_query.spec, self.list_query.active_facets
        if not (scope.is_faceted and facets and self.is_index_served):
            return [Q()]
        fixed = {**(fixed_by(scope.condition, spec.model) or {}), **facets}
        scans = index_scans(fixed, spec.facets, self._prefixes) or [fixed]
        return [Q(**{name: value for name, value in scan.items() if name not in fixed}) for scan in scans]

    @cached_property
    def visible(self) -> QuerySet:
        """The whole list in no order, as one predicate: what the viewer sees and the filters keep."""
        visible = Q()
        for scope in self.scopes:
            visible |= scope.condition
        return self.filtered.filter(visible)

    # --- Ranking

    @cached_property
    def uses_ranking(self) -> bool:
        """Whether a ranking counts the list: its sort, all its filters and at least one of its scopes."""
        list_query, spec = self.list_query, self.list_query.spec
        if not list_query.allow_ranking or list_query.sort not in spec.rankings or self.condition:
            return False
        return list_query.filters_beside_sort <= spec.ranked_facets() and bool(self.ranked_scopes)

    @cached_property
    def ranked_scopes(self) -> list[Scope]:
        """The scopes that rankings count."""
        return [scope for scope in self.scopes if scope.ranked is not None]

    @cached_property
    def unranked(self) -> list[Q]:
        """The conditions of the scopes that no ranking counts."""
        return [scope.condition for scope in self.scopes if scope.ranked is None]

    @cached_property
    def scope_facets(self) -> dict[str, list[Any]]:
        """The facet values of all ranked scopes; two scopes differ in the values of one facet at most."""
        names = {name for scope in self.ranked_scopes for name in scope.ranked}
        return {name: sorted({value for scope in self.ranked_scopes for value in scope.ranked[name]}) for name in names}

    @property
    def facets(self) -> Mapping[str, list[Any]]:
        """The facet values of the ranked rows that pass the filters."""
        filters = {name: [self.list_query.active_filters[name]] for name in self.list_query.filters_beside_sort}
        scopes = self.scope_facets
        return filters | {
            name: [value for value in values if value in filters.get(name, values)] for name, values in scopes.items()
        }

    @property
    def key_bounds(self) -> dict[str, KeyBound]:
        """The bounds that filters set to the sort's first key, by side."""
        key_bounds = {}
        for name, value in self.list_query.sort_bounds.items():
            side, after = KEY_BOUNDS[self.list_query.spec.filters.base_filters[name].lookup_expr]
            key_bounds[side] = KeyBound((value,), after)
        return key_bounds
