"""Deleting rows with all that refers to them, a bounded number of rows in each transaction.

Django's Collector loads every row that goes, in one transaction. Here the relations say what becomes of a row that
refers to one that goes, as they say to Django: CASCADE deletes it, SET_NULL keeps it without the reference, and an
`on_delete` function with an attribute `deletes` (a Q) deletes the rows of that condition and keeps the others. Rows go
before those that they refer to, so that each batch leaves every reference right, and can be the last for a while.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from django.core.exceptions import ImproperlyConfigured
from django.db import connections, router, transaction
from django.db.models import CASCADE, DO_NOTHING, SET_NULL, Field, Model, QuerySet
from django.db.models.deletion import get_candidate_relations_to_delete

# What apps keep of rows before they are deleted, by the label of their model. Called with rows that are locked, in the
# transaction that deletes them: once for each row, however many batches what refers to it takes.
KEEPERS: dict[str, Callable[[QuerySet], object]] = {}


class Batch:
    """The rows that one transaction may delete or change, and how many of each model it did."""

    def __init__(self, limit: int) -> None:
        self.left = limit
        self.deleted: Counter[type[Model]] = Counter()
        self.released: Counter[type[Model]] = Counter()

    @property
    def rows(self) -> int:
        """How many rows were deleted or changed."""
        return self.deleted.total() + self.released.total()


def remove(queryset: QuerySet, batch: Batch) -> bool:
    """Delete rows and what goes with them, as far as the batch allows; return whether none is left.

    In one transaction (a savepoint inside the caller's). Rows are locked first: a row that comes to refer to one of
    them meanwhile would keep it from going. Each batch reads indexes alone, however few rows the planner expects.
    """
    alias = router.db_for_write(queryset.model)
    with transaction.atomic(using=alias):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT set_config('enable_seqscan', 'off', true)")
        return _remove(queryset.using(alias), batch)


def _remove(queryset: QuerySet, batch: Batch) -> bool:
    while batch.left > 0:
        pks = list(queryset.order_by().select_for_update().values_list("pk", flat=True)[: batch.left])
        if not pks:
            return True
        if not _remove_dependents(queryset.model, pks, batch):
            return False
        going = queryset.model._base_manager.using(queryset.db).filter(pk__in=pks)
        keep_of(going)
        deleted = going._raw_delete(queryset.db)
        batch.deleted[queryset.model] += deleted
        batch.left -= deleted
    return not queryset.order_by().exists()


def keep_of(rows: QuerySet) -> None:
    """Let the app of rows that are about to be deleted keep what it keeps of them (KEEPERS)."""
    keep = KEEPERS.get(rows.model._meta.label)
    if keep is not None:
        keep(rows)


def _remove_dependents(model: type[Model], pks: list[int], batch: Batch) -> bool:
    for rows, field, goes in dependents(model, pks):
        rows = rows.using(router.db_for_write(model))
        is_done = _remove(rows, batch) if goes else _release(rows, field, batch)
        if not is_done:
            return False
    return True


def _release(queryset: QuerySet, field: Field, batch: Batch) -> bool:
    """Keep rows without their reference; return whether none is left."""
    while batch.left > 0:
        pks = list(queryset.order_by().select_for_update().values_list("pk", flat=True)[: batch.left])
        if not pks:
            return True
        changed = queryset.model._base_manager.using(queryset.db).filter(pk__in=pks).update(**{field.name: None})
        batch.released[queryset.model] += changed
        batch.left -= changed
    return not queryset.order_by().exists()


def dependents(model: type[Model], pks: list[int] | QuerySet) -> Iterator[tuple[QuerySet, Field, bool]]:
    """Yield the rows that refer to some of a model, by which field, and whether they go or are kept without it.

    Raises ImproperlyConfigured for an `on_delete` that is not known here.
    """
    for relation in get_candidate_relations_to_delete(model._meta):
        field = relation.field
        rows = relation.related_model._base_manager.filter(**{f"{field.name}__in": pks})
        on_delete = field.remote_field.on_delete
        deletes = getattr(on_delete, "deletes", None)
        if deletes is not None:
            yield rows.filter(deletes), field, True
            yield rows.exclude(deletes), field, False
        elif on_delete in (CASCADE, SET_NULL):
            yield rows, field, on_delete is CASCADE
        elif on_delete is not DO_NOTHING:
            raise ImproperlyConfigured(f"{field} says nothing that a deletion in batches understands: {on_delete}")


def count(queryset: QuerySet) -> int:
    """Return how many rows a removal deletes and changes at most: a row that two relations lead to counts twice.

    Rows that refer to others of their own table, as answers do to comments, are counted one level deep.
    A query for each relation, without a limit: for commands.
    """
    referring = dependents(queryset.model, queryset.values("pk"))
    return queryset.count() + sum(
        count(rows) if goes and rows.model is not queryset.model else rows.count() for rows, _field, goes in referring
    )
