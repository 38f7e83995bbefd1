"""A long list that no ranking counts, as anchors are built and read for it."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.db.models import QuerySet

from genonaut.pagination.keyset import KeyValues, Order
from genonaut.pagination.scan_union import ScanUnion
from genonaut.ranking import KeyBound


@dataclass(frozen=True, eq=False)
class AnchoredList:
    """A list that no ranking counts as it is filtered.

    `read_version` gives the version of its rows. Raises ranking.NotReadyError if it has none.
    """

    querysets: Sequence[QuerySet]
    order: Order
    is_index_served: bool
    read_version: Callable[[], str]
    # The primary key of the user who asks: builds are shared out among users.
    viewer: object = None

    @property
    def alias(self) -> str:
        """The database of the list."""
        return self.querysets[0].db

    @cached_property
    def rising(self) -> Order:
        """The order in which anchors are taken: one set of them serves both."""
        return replace(self.order, is_descending=False)

    @cached_property
    def digest(self) -> str:
        """A hash of the list's own statement, which names the viewer wherever their rows differ."""
        statement = ScanUnion(self.querysets, self.rising).statement(limit=None, is_sorted=False)
        return hashlib.sha256(json.dumps([*statement], default=str).encode()).hexdigest()

    def between(self, start: KeyValues | None, stop: KeyValues | None, *, is_stop_outside: bool = False) -> ScanUnion:
        """Return the list from one row to another in ascending order, both included; None is the end.

        Two comparisons of whole rows and nothing beside: with a bound of the first key alone PostgreSQL would start
        from there, and read all rows that share it.
        """
        bounds = [
            self.rising.rows_after(start and KeyBound(start)),
            self.rising.rows_after(stop and KeyBound(stop, after=not is_stop_outside), is_reversed=True),
        ]
        within = [bound for bound in bounds if bound is not None]
        return ScanUnion([queryset.filter(*within) for queryset in self.querysets], self.order)
