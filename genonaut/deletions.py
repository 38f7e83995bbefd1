"""Deletions that may be of very many rows: asked for in one short transaction, done in batches, resumed by any process.

What is asked for is a row of Deletion. The request that asks works on it for a moment, which is enough for most; what
is left is done by the background thread of any process of the site (genonaut/upkeep.py) or by `manage.py
finish_deletions`. A batch is a transaction that deletes and says so in Deletion: a process may die at any moment.
"""

import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from threading import Event
from time import monotonic, sleep

from django.apps import apps
from django.db import DatabaseError, OperationalError, connections, router, transaction
from django.db.models import Exists, F, Model, OuterRef, QuerySet
from django.utils import timezone

from genonaut.database.removal import Batch, keep_of, remove
from genonaut.models import Deletion
from genonaut.ranking import compact_soon

# Advisory lock of the batches: one at a time in a database. It ends with the transaction, so that it works behind a
# pooler, and a process that dies leaves none.
LOCK = 0x64656C65
# Rows of a batch: it begins with the fewest, and grows while a batch takes less than half of the time it should. Fewer
# would be slower and no shorter: a batch has some thirty statements, whatever its rows.
FEWEST_ROWS, MOST_ROWS = 500, 2_000
BATCH_SECONDS = 0.2
# Between two batches the writers of the site have their turn: as long as the batch took, and no longer than this.
REST_SECONDS = 0.2
# What a request does itself of the deletion that it asks for, beginning with fewer rows: its client waits.
REQUEST_SECONDS = 0.3
REQUEST_ROWS = 100
# Deleted rows of a model, after which its deltas are compacted: readers then find few.
COMPACT_ROWS = 2_000

# Set when something is left to the background thread of this process.
upkeep_wanted = Event()

logger = logging.getLogger(__name__)


def ask(row: Model, relation: str = "") -> Deletion:
    """Ask for the deletion of a row, or of all rows of one of its relations; return the one that is unfinished. 2
    queries.
    """
    target = {"target": row._meta.concrete_model._meta.label, "row_id": row.pk, "relation": relation}
    deletion, _ = Deletion.objects.get_or_create(**target, finished_at=None)
    return deletion


def rows_of(deletion: Deletion) -> QuerySet:
    """Return the rows that are to go."""
    model = apps.get_model(deletion.target)
    if not deletion.relation:
        return model._base_manager.filter(pk=deletion.row_id)
    field = model._meta.get_field(deletion.relation).field
    return field.model._base_manager.filter(**{field.name: deletion.row_id})


def is_going(model: type[Model], column: str = "pk") -> Exists:
    """Return the condition that the row of this model that a column of a query names is being deleted in batches. One
    look into an index.
    """
    asked = Deletion.objects.filter(target=model._meta.label, row_id=OuterRef(column), relation="", finished_at=None)
    return Exists(asked)


def unfinished() -> QuerySet:
    """Return the deletions to work on, the one that waits for longest first."""
    return Deletion.objects.filter(finished_at=None).order_by(F("worked_at").asc(nulls_first=True), "id")


class Worker:
    """Works on deletions, batch by batch; remembers how many rows a batch may have and what is to be compacted."""

    def __init__(self, deletions: Callable[[], QuerySet] = unfinished) -> None:
        self.deletions = deletions
        self.limit = FEWEST_ROWS
        self.current: Deletion | None = None
        self.uncompacted: dict[type[Model], int] = {}

    def work(self, *, seconds: float | None = None, advance: Callable[[int], object] = lambda _rows: None) -> bool:
        """Do batches until nothing is left, or for some seconds; `advance` is told the rows of each. Return whether
        nothing is left to do.

        With no limit it rests after each batch.
        """
        began = monotonic()
        while (took := self._timed_batch(advance)) is not None:
            if seconds is None:
                sleep(min(took, REST_SECONDS))
            elif monotonic() - began > seconds:
                break
        return not self.deletions().exists()

    def _timed_batch(self, advance: Callable[[int], object]) -> float | None:
        """Do one batch; return its seconds. None if there is nothing to do, or another process does it."""
        began = monotonic()
        try:
            batch = self._batch()
        except DatabaseError:
            self._put_off()
            raise
        if batch is None:
            return None
        took = monotonic() - began
        if took < BATCH_SECONDS / 2 and batch.rows >= self.limit:
            self.limit = min(MOST_ROWS, 2 * self.limit)
        elif took > BATCH_SECONDS:
            self.limit = min(self.limit, max(FEWEST_ROWS, self.limit // 2))
        advance(batch.rows)
        self._compact(batch)
        return took

    def _batch(self) -> Batch | None:
        alias = router.db_for_write(Deletion)
        with transaction.atomic(using=alias):
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
                if not cursor.fetchone()[0]:
                    return None
            self.current = deletion = self.deletions().first()
            if deletion is None:
                return None
            batch = Batch(self.limit)
            is_done = remove(rows_of(deletion), batch)
            self._save(deletion, batch, is_done=is_done)
        return batch

    def _put_off(self) -> None:
        """Let the others have their turn first: a deletion that fails every time keeps none of them back."""
        if self.current is not None and not connections[router.db_for_write(Deletion)].in_atomic_block:
            with suppress(DatabaseError):
                Deletion.objects.filter(pk=self.current.pk).update(worked_at=timezone.now())

    def _save(self, deletion: Deletion, batch: Batch, *, is_done: bool) -> None:
        for counts, added in ((deletion.deleted, batch.deleted), (deletion.changed, batch.released)):
            for model, rows in added.items():
                counts[model._meta.label] = counts.get(model._meta.label, 0) + rows
        deletion.worked_at = timezone.now()
        deletion.finished_at = deletion.worked_at if is_done else None
        deletion.save(update_fields=["deleted", "changed", "worked_at", "finished_at"])

    def _compact(self, batch: Batch) -> None:
        for model, rows in batch.deleted.items():
            self.uncompacted[model] = self.uncompacted.get(model, 0) + rows
            rankings = getattr(model, "rankings", None)
            if rankings is not None and self.uncompacted[model] >= COMPACT_ROWS:
                compact_soon(rankings, self.uncompacted.pop(model))


def begin(asked: Collection[Deletion]) -> bool:
    """Work for a moment on what was just asked for and committed; return whether it is finished.

    Never raises for what passes (a lock, a database that went away): it was asked for, and is done later.
    """
    pks = [deletion.pk for deletion in asked]
    try:
        worker = Worker(lambda: unfinished().filter(pk__in=pks))
        worker.limit = REQUEST_ROWS
        is_done = worker.work(seconds=REQUEST_SECONDS)
    except OperationalError:
        logger.warning("Deletions that were asked for go on later", exc_info=True)
        is_done = False
    if not is_done:
        upkeep_wanted.set()
    return is_done


def delete(row: Model, **hidden: object) -> None:
    """Delete one row with all that goes with it: at once if that is a batch, else hidden at once and left to batches.

    `hidden` are the values that hide it. One transaction.
    """
    rows = type(row)._meta.concrete_model._base_manager.filter(pk=row.pk)
    with transaction.atomic(using=router.db_for_write(Deletion)):
        if remove(rows, Batch(FEWEST_ROWS)):
            return
        keep_of(rows)  # as what is hidden may be what it is known by
        rows.update(**hidden)
        ask(row)
    upkeep_wanted.set()
