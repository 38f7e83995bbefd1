"""Anchors as they are stored: one row for each list, in the table of stored cursors."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connections
from django.db.models import Q, QuerySet
from django.utils import timezone

from genonaut.pagination.anchors.anchored_list import AnchoredList
from genonaut.pagination.cursors import from_json, to_json
from genonaut.pagination.keyset import KeyValues
from genonaut.pagination.models import StoredCursor
from genonaut.ranking import SQL, value

LIFETIME = timedelta(hours=1)
# Lists that have anchors at a time, and how many are deleted by each that comes.
MOST_STORED = 500
MOST_CLEARED = 100


@dataclass(frozen=True)
class Anchors:
    """Anchors as they are stored, but for the keys, which are fetched as they are needed.

    They are numbered in ascending order; the last is the list's last row, wherever that is. `version` is from before
    the build and `seconds` is how long it took.
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
        stored = _stored(self.listed).filter(created_at=self.created_at)
        row = stored.values_list(*[f"cursor_data__keys__{number}" for number in numbers]).first()
        if row is None:
            raise ReplacedError
        fields = self.listed.order.fields
        return [tuple(from_json(key, field) for key, field in zip(keys, fields, strict=True)) for keys in row]

    def count_up_to(self, values: KeyValues) -> int:
        """Return how many anchors are not behind a row. One query."""
        connection = connections[self.listed.alias]
        types = [field.db_type(connection) for field in self.listed.order.fields]
        statement = SQL(
            "SELECT count(*) FROM (SELECT jsonb_array_elements(cursor_data -> 'keys') AS anchor FROM {table}"
            " WHERE query_hash = {digest} AND created_at = {created_at}) AS stored WHERE ({keys}) <= ({row})"
        ).format(
            table=f'"{StoredCursor._meta.db_table}"',
            digest=value(self.listed.digest),
            created_at=value(self.created_at),
            keys=", ".join(f"(anchor ->> {number})::{kind}" for number, kind in enumerate(types)),
            row=SQL(", ").join([value(key) for key in values]),
        )
        with connection.cursor() as cursor:
            cursor.execute(statement.sql, statement.params)
            return cursor.fetchone()[0]


class ReplacedError(Exception):
    """Newer anchors were stored in the place of these meanwhile."""


def find(listed: AnchoredList) -> Anchors | None:
    """Return the list's anchors, if there are any. One query."""
    row = _stored(listed).filter(expires_at__gt=timezone.now()).values_list("created_at", "cursor_data__head").first()
    return row and Anchors(listed, row[0], **row[1])


def _stored(listed: AnchoredList) -> QuerySet:
    return StoredCursor.objects.using(listed.alias).filter(query_hash=listed.digest)


def save(
    listed: AnchoredList, keys: Sequence[KeyValues], *, version: str, total: int, spacing: int, seconds: float
) -> None:
    """Store anchors in the place of older ones, and delete some that have expired."""
    now, alias = timezone.now(), listed.alias
    head = {"version": version, "total": total, "spacing": spacing, "count": len(keys), "seconds": seconds}
    data = {"head": head, "keys": [[to_json(key) for key in row] for row in keys]}
    row = StoredCursor(query_hash=listed.digest, cursor_data=data, created_at=now, expires_at=now + LIFETIME)
    StoredCursor.objects.using(alias).bulk_create(
        [row],
        update_conflicts=True,
        unique_fields=["query_hash"],
        update_fields=["cursor_data", "created_at", "expires_at"],
    )
    _delete_some(StoredCursor.objects.using(alias).exclude(query_hash=listed.digest))


def _delete_some(stored: QuerySet) -> None:
    """Delete some of the anchors that expired, and of the oldest where there are too many."""
    too_many = stored.order_by("-created_at").values("pk")[MOST_STORED - 1 :]
    old = stored.filter(Q(expires_at__lt=timezone.now()) | Q(pk__in=too_many))
    # Without those that another connection is renewing.
    pks = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:MOST_CLEARED])
    stored.filter(pk__in=pks).delete()
