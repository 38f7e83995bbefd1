"""Anchors: the key of every 2,000th row or so of a long list and its total, stored for a while under the list's hash.

From the nearest anchor any page is a walk of at most so many rows. They are exact for as long as the list's version is
the one that they were taken at. How they are taken: passes.py; what is read by them: anchored.py.
"""

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from django.db import connections
from django.db.models import QuerySet
from django.utils import timezone

from genonaut.pagination.cursors import from_json
from genonaut.pagination.keyset import Boundary, KeyValues, Order
from genonaut.pagination.models import StoredCursor
from genonaut.pagination.runs import Runs
from genonaut.ranking import compose, joined, value


@dataclass(eq=False)
class AnchoredList:
    """A list that no ranking counts as it is filtered.

    `read_version` gives what changes whenever its rows do. Raises ranking.NotReadyError where nobody knows.
    """

    querysets: Sequence[QuerySet]
    order: Order
    is_index_served: bool
    read_version: Callable[[], str]
    # Who asks: passes are shared out among viewers.
    viewer: object = None

    @cached_property
    def rising(self) -> Order:
        """The order in which anchors are taken: one set of them serves both."""
        return replace(self.order, is_descending=False)

    @cached_property
    def digest(self) -> str:
        """What tells the list from all others: its own statement, which names the viewer wherever their rows differ."""
        statement = Runs(self.querysets, self.rising).statement(reach=None, is_sorted=False)
        return hashlib.sha256(json.dumps([*statement], default=str).encode()).hexdigest()

    def between(self, start: KeyValues | None, stop: KeyValues | None, *, is_stop_outside: bool = False) -> Runs:
        """Return the list from one row to another in ascending order, both included; None is the end.

        Two comparisons of whole rows and nothing beside: with a bound of the first key alone PostgreSQL would start
        from there, and read all rows that share it.
        """
        bounds = [
            self.rising.beyond(Boundary(start, is_inclusive=True)),
            self.rising.beyond(Boundary(stop, is_inclusive=not is_stop_outside), is_reversed=True),
        ]
        within = [bound for bound in bounds if bound is not None]
        return Runs([queryset.filter(*within) for queryset in self.querysets], self.order)


@dataclass(frozen=True)
class Anchors:
    """Anchors as they are stored, but for the keys, which are fetched as they are needed.

    They are numbered in ascending order; the last is the list's last row, wherever that is. `version` is from before
    the pass and `seconds` is how long it took.
    """

    listed: AnchoredList
    created_at: datetime
    version: str
    total: int
    spacing: int
    count: int
    seconds: float

    def position(self, number: int) -> int:
        """Return how many rows come before an anchor in ascending order."""
        return min(number * self.spacing, self.total - 1)

    def at_or_before(self, position: int) -> int:
        """Return the last anchor that is not behind a position, else the first."""
        return max(bisect_right(range(self.count), position, key=self.position) - 1, 0)

    def at_or_behind(self, position: int) -> int:
        """Return the first anchor that is not before a position, else the last."""
        return min(bisect_left(range(self.count), position, key=self.position), self.count - 1)

    def keys(self, *numbers: int) -> list[KeyValues]:
        """Return the keys of anchors. One query. Raises ReplacedError where there are newer ones."""
        found = _stored(self.listed).filter(created_at=self.created_at)
        row = found.values_list(*[f"cursor_data__keys__{number}" for number in numbers]).first()
        if row is None:
            raise ReplacedError
        fields = self.listed.order.fields
        return [tuple(from_json(key, field) for key, field in zip(keys, fields, strict=True)) for keys in row]

    def count_up_to(self, values: KeyValues) -> int:
        """Return how many anchors are not behind a row. One query."""
        connection = connections[self.listed.querysets[0].db]
        types = [field.db_type(connection) for field in self.listed.order.fields]
        statement = compose(
            "SELECT count(*) FROM (SELECT jsonb_array_elements(cursor_data -> 'keys') AS anchor FROM {table}"
            " WHERE query_hash = {digest} AND created_at = {created_at}) AS stored WHERE ({keys}) <= ({row})",
            table=f'"{StoredCursor._meta.db_table}"',
            digest=value(self.listed.digest),
            created_at=value(self.created_at),
            keys=", ".join(f"(anchor ->> {number})::{kind}" for number, kind in enumerate(types)),
            row=joined(", ", [value(key) for key in values]),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.params)
            return cursor.fetchone()[0]


class ReplacedError(Exception):
    """Others put newer anchors in the place of these meanwhile."""


def find(listed: AnchoredList) -> Anchors | None:
    """Return the list's anchors, if there are any. One query."""
    found = _stored(listed).filter(expires_at__gt=timezone.now()).values_list("created_at", "cursor_data__head").first()
    return found and Anchors(listed, found[0], **found[1])


def _stored(listed: AnchoredList) -> QuerySet:
    return StoredCursor.objects.using(listed.querysets[0].db).filter(query_hash=listed.digest)
