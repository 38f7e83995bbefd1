"""How the items of a page are read: as model instances, or by a reader that a view hands to its listing."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.db.models import Model, QuerySet

from genonaut.pagination.key_pages import KeyPage
from genonaut.pagination.list_rows import ListRows
from genonaut.ranking import SQL, Param

# Reads the items of these primary keys, by primary key, in one query; from `visible` alone, since a row may be hidden
# by now.
RowReader = Callable[[ListRows, Sequence[Any]], Mapping[Any, Any]]


class ItemsInSQL(Protocol):
    """A RowReader that can also write its query as SQL, so that a page's own statement reads the items."""

    # All that its SQL depends on, and values for its parameters.
    name: Hashable
    values: Mapping[Param, Any]

    def __call__(self, rows: ListRows, pks: Sequence[Any]) -> Mapping[Any, Any]:
        """Read the items; see RowReader."""

    def sql(self, rows: ListRows) -> SQL:
        """Return SQL of primary key and item, a JSON text, of all rows that are visible."""


@dataclass(frozen=True)
class InstanceReader:
    """Reads model instances; `load` says what of them."""

    load: Callable[[QuerySet], QuerySet]

    def __call__(self, rows: ListRows, pks: Sequence[Any]) -> dict[Any, Model]:
        """Read the instances. One query."""
        return {row.pk: row for row in self.load(rows.visible.filter(pk__in=pks))}


def in_sql(reader: RowReader | ItemsInSQL) -> ItemsInSQL | None:
    """Return the reader if it can write SQL."""
    return reader if hasattr(reader, "sql") else None


def items_of(part: KeyPage, rows: ListRows, reader: RowReader) -> list[Any]:
    """Return the items of a page in its order, without those that are gone or hidden by now. One query at most."""
    if part.items is not None:
        return [item for item in part.items if item]
    pks = [key[-1] for key in part.keys]
    items = reader(rows, pks)
    return [items[pk] for pk in pks if pk in items]
