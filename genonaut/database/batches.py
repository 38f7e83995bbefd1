"""Many rows in the order of an index, read a batch at a time: no transaction, cursor or connection lasts longer."""

from collections.abc import Iterator

from django.db.models import F, Model, QuerySet, Value

from genonaut.pagination.keyset import RowComparison

ROWS = 500


def in_batches(queryset: QuerySet, *names: str, rows: int = ROWS) -> Iterator[list[Model]]:
    """Yield the rows in ascending order of these fields, which an index begins with after what the queryset filters on
    and which tell all rows apart. One query a batch, and what the queryset prefetches.
    """
    ordered = queryset.order_by(*names)
    fields = [queryset.model._meta.get_field(name) for name in names]
    batch = list(ordered[:rows])
    while batch:
        yield batch
        if len(batch) < rows:
            return
        keys = [Value(getattr(batch[-1], field.attname), output_field=field) for field in fields]
        after = RowComparison(*map(F, names), *keys, operator=">")
        batch = list(ordered.filter(after)[:rows])
