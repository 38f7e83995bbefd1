"""A list that a ranking counts: its declaration and its rows."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from django.db.models import QuerySet

from genonaut.pagination.keyset import ComparedWith, Order
from genonaut.pagination.scan_union import ScanUnion
from genonaut.ranking import NOTHING, SQL, KeyBound, KeyComparison, Ranking


@dataclass(frozen=True)
class ScanRows:
    """The rows of index scans as a ranking's reader asks for them (ranking.RowSource)."""

    querysets: Sequence[QuerySet]
    order: Order

    def keys(self, comparisons: Sequence[KeyComparison], *, is_descending: bool | None, limit: int | None) -> SQL:
        """Return SQL of the keys of the rows that meet all comparisons."""
        querysets = self.querysets
        for operator, keys in comparisons:
            condition = ComparedWith(*self.order.expressions, operator=operator, keys=keys)
            querysets = [queryset.filter(condition) for queryset in querysets]
        direction = replace(self.order, is_descending=bool(is_descending))
        return ScanUnion(querysets, direction).statement(limit=limit, is_sorted=is_descending is not None)


@dataclass(frozen=True)
class RankedRows:
    """The rows of a ranked list: those that its ranking counts by facet values, and `unranked` ones, which are to be
    few. `items` and `version` are SQL of what a page reads beside (RankQuery); with an order by time the next moment to
    come is added to the version."""

    facets: Mapping[str, Sequence[Any]]
    querysets: Sequence[QuerySet]
    unranked: Sequence[QuerySet] = ()
    items: SQL | None = None
    version: SQL | None = NOTHING


@dataclass(frozen=True, eq=False)
class RankedList:
    """A list that a ranking counts.

    `compose` gives its rows, which only a query that is not cached needs; `name` is the cache key, all that they depend
    on; None: no query is cached. `lower` and `upper` are the bounds that filters set, `time_order` is the order by
    time (None: it has none).
    """

    ranking: Ranking
    order: Order
    compose: Callable[[], RankedRows]
    lower: KeyBound | None = None
    upper: KeyBound | None = None
    time_order: Order | None = None
    name: Hashable | None = None
    has_items: bool = False

    @cached_property
    def rows(self) -> RankedRows:
        """Its rows."""
        return self.compose()

    @cached_property
    def is_by_time(self) -> bool:
        """Whether it is sorted by time."""
        return self.time_order is not None and self.time_order.keys == self.order.keys
