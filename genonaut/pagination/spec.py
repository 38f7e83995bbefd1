"""The declaration of one list, and the disjoint parts of it that a viewer sees."""

from collections.abc import Hashable, Mapping, Sequence, Set
from functools import cache
from typing import Any, ClassVar, NamedTuple, Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, Q
from django_filters import FilterSet

from genonaut.pagination.filters import AllOfFilter, Viewer
from genonaut.pagination.indexes import Prefixes, fixed_by, prefixes
from genonaut.pagination.keyset import Key, Order
from genonaut.ranking import SQL

# Filter values that a list is made of, by name; several of a repeatable filter.
Fixed = Mapping[str, str | Sequence[str]]

# How a filter bounds a sort's first key: the bound that it sets, and whether rows of that very key are before the bound
# (KeyBound.after).
KEY_BOUNDS = {"gte": ("lower", False), "gt": ("lower", True), "lt": ("upper", False), "lte": ("upper", True)}


class Scope(NamedTuple):
    """One disjoint part of the rows that a viewer sees. `is_faceted`: its indexes begin with the list's facets.

    `ranked` are the facet values of the rankings that make it up; None: no ranking counts it, as a user's own rows.
    """

    condition: Q
    is_faceted: bool = False
    ranked: Mapping[str, Sequence[Any]] | None = None

    @classmethod
    def counted(cls, condition: Q, model: type[Model], *, is_faceted: bool = False) -> Self:
        """Return the scope of a condition whose columns are facets of the model's rankings."""
        facets = {name: [value] for name, value in fixed_by(condition, model).items()}
        return cls(condition, is_faceted, facets)


class ListSpec:
    """The declarations of a list: what its class says.

    Cursors, statements and caches know a list by its class.
    """

    # Names the list in cursors: one issued by another list is refused.
    name: ClassVar[str]
    model: ClassVar[type[Model]]
    # Sort keys by public name, the first is the default; see Order for what is allowed.
    sorts: ClassVar[Mapping[str, tuple[Key, ...]]]
    filters: ClassVar[type[FilterSet]]
    # Filters that indexes begin with, and all their values: a filter on some of them makes one scan per open value.
    facets: ClassVar[Mapping[str, Sequence[Any]]] = {}
    # Filters that fix a column which indexes are partial on, with the name of the column.
    fixing: ClassVar[Mapping[str, str]] = {}
    # Filters that bound a sort's first key, by the sort they are free with.
    bounds: ClassVar[Mapping[str, str]] = {}
    # Filter values that the list is made of; the URL can neither name nor change them.
    fixed: ClassVar[Fixed] = {}
    # Sorts in tiers, by name, and the filter that each needs: `tiers` has the conditions.
    tiered: ClassVar[Mapping[str, str]] = {}
    # The model's rankings by the sorts that they count.
    rankings: ClassVar[Mapping[str, str]] = {}
    # Other ranked models whose rows the list shows something of.
    shows: ClassVar[Sequence[type[Model]]] = ()
    # The sort by time: pages are pinned to a time of it, and dates are looked up in it.
    time_sort: ClassVar[str] = "created_at"

    @classmethod
    def choice_of(cls, viewer: Viewer) -> Hashable:
        """Return what the viewer chose that the rows depend on, as JSON has it; None if they depend on no choice."""
        return None

    @classmethod
    def stranger(cls, viewer: Viewer) -> Viewer:
        """Return an anonymous viewer who made the same choice."""
        return AnonymousUser()

    @classmethod
    def shown_sql(cls, viewer: Viewer) -> SQL | None:
        """Return SQL of a text, never NULL, that changes with what a viewer is shown of tables without a ranking."""
        return None

    @classmethod
    def order_sql(cls, sort: str) -> SQL | None:
        """Return SQL of a text, never NULL, that changes with the keys of a sort that rankings do not watch."""
        return None

    @classmethod
    def has_time_sort(cls) -> bool:
        """Return whether the list can be sorted by time."""
        return cls.time_sort in cls.sorts

    @classmethod
    def ranked_facets(cls) -> Set[str]:
        """Return the facets of the list that are facets of its model's rankings."""
        return cls.model.rankings.facets.keys() & cls.facets.keys()

    @classmethod
    def order_of(cls, sort: str, *, is_descending: bool) -> Order:
        """Return the order of a declared sort."""
        return _order(cls, sort, is_descending)

    @classmethod
    def prefixes_of(cls, sort: str) -> Prefixes:
        """Return the columns that the indexes of a sort begin with; none of a sort in tiers."""
        return prefixes(cls.model, cls.sorts[sort]) if sort in cls.sorts else ()


@cache
def _order(spec: type[ListSpec], sort: str, is_descending: bool) -> Order:
    return Order(spec.model, spec.sorts[sort], is_descending=is_descending)


@cache
def repeatable(filters: type[FilterSet]) -> frozenset[str]:
    """Return the filters that a query may name several times."""
    declared = filters.base_filters
    return frozenset(name for name, declaration in declared.items() if isinstance(declaration, AllOfFilter))
