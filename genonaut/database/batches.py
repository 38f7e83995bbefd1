"""Many rows in the order of an index, read a batch at a time: no transaction, cursor or connection lasts longer."""

from collections.abc import Iterator

from django.db.models import F, Field, Model, QuerySet, Value

from genonaut.pagination.keyset import RowComparison

ROWS = 500


def in_batches(queryset: QuerySet, *names: str, rows: int = ROWS) -> Iterator[list[Model]]:
    """Yield the rows in ascending order of these fields or annotations, which an index begins with after what the
    queryset filters on and which tell all rows apart. One query a batch, and what the queryset prefetches.

    The queryset names a value for each column of the index before them, and the index's condition: without one of them
    PostgreSQL sorts all rows for each batch.
    """
    ordered = queryset.order_by(*names)
    outputs = [_output_of(queryset, name) for name in names]
    batch = list(ordered[:rows])
    while batch:
        yield batch
        if len(batch) < rows:
            return
        keys = [
            Value(getattr(batch[-1], name), output_field=output) for name, output in zip(names, outputs, strict=True)
        ]
        after = RowComparison(*map(F, names), *keys, operator=">")
        batch = list(ordered.filter(after)[:rows])


def _output_of(queryset: QuerySet, name: str) -> Field:
    """Return the field whose values a field or an annotation has."""
    annotation = queryset.query.annotations.get(name)
    return queryset.model._meta.get_field(name) if annotation is None else annotation.output_field
