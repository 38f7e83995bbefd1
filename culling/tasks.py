"""Bulk tasks: asking for them, doing them batch by batch, cancelling and undoing them.

A batch is one transaction that changes works and notes so in its task: a process may die at any moment, and the next
goes on where it was.
"""

import logging
from collections.abc import Callable, Sequence

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F, QuerySet
from django.http import QueryDict
from django.utils import timezone
from procrastinate.contrib.django import app

from content.listings import ContentListing
from content.models import ContentItem
from content.own_works import OwnWorksListing
from culling.actions import ACTIONS, Action, Changes, Outcome
from culling.models import UNFINISHED, BulkBatch, BulkTask, Status
from genonaut.worker_tasks import QUEUE
from users.models import User
from users.querysets import is_staff

BATCH_WORKS = 500
# What a request does at once; more is left to the worker.
MOST_AT_ONCE = 1_000
# Tasks, and with them the way to undo them, are kept for so long.
KEPT_DAYS = 30
# The worker's task (worker_tasks.py).
TASK = "run_bulk_tasks"
# A lock, a database that went away, a work that was deleted meanwhile: the same batch does once it is tried again.
PASSING = (OperationalError, IntegrityError)
GONE = "gone, or not yours to see"
FOREIGN = "not yours to change"

logger = logging.getLogger(__name__)


def ask_for_works(user: User, action: Action, value: str, ids: Sequence[int]) -> BulkTask:
    """Do something to works: at once, if they are at most MOST_AT_ONCE, else by the worker. Return the task."""
    pks = list(dict.fromkeys(ids))
    return _asked(action, BulkTask(user=user, action=action.name, value=value, ids=pks, total=len(pks)))


def ask_for_query(user: User, action: Action, value: str, query: str) -> BulkTask:
    """Do something to all works of a query that there are now. Raises InvalidParametersError for a wrong query."""
    works = works_of(user, query)
    some = list(works[: MOST_AT_ONCE + 1])
    if len(some) <= MOST_AT_ONCE:
        return ask_for_works(user, action, value, some)
    last = ContentItem.objects.order_by("pk").values_list("pk", flat=True).last()
    total = listing_of(user, query).page().total
    task = BulkTask(user=user, action=action.name, value=value, query=query, last_id=last, total=total.count or 0)
    return _asked(action, task)


def kind_of(query: QueryDict) -> type[ContentListing]:
    """Return the kind of list that understands a query: the gallery's, or that of one's own works."""
    return OwnWorksListing if "visibility" in query else ContentListing


def listing_of(user: User, query: str) -> ContentListing:
    """Return the list that a query asks for. Raises InvalidParametersError."""
    parameters = QueryDict(query)
    return kind_of(parameters)(user, parameters)


def works_of(user: User, query: str) -> QuerySet:
    """Return the ids of the works of a query that the user sees, in their order. Raises InvalidParametersError."""
    return listing_of(user, query).rows.visible.order_by("pk").values_list("pk", flat=True)


def undo(task: BulkTask) -> BulkTask:
    """Take back what a task changed, and nothing that was so before it; return the task that does. Once only."""
    cancel(task)
    fields = {"user": task.user, "action": task.action, "value": task.value, "total": task.changed}
    undoing, is_new = BulkTask.objects.get_or_create(undoes=task, defaults=fields)
    return _begun(undoing) if is_new else undoing


def cancel(task: BulkTask) -> None:
    """Let a task do no further batch; what it did stays. Waits for the batch that is under way."""
    now = timezone.now()
    ended = {"status": Status.CANCELLED, "finished_at": now}
    BulkTask.objects.filter(pk=task.pk, status__in=UNFINISHED).update(**ended)
    task.refresh_from_db()


def _asked(action: Action, task: BulkTask) -> BulkTask:
    with transaction.atomic():
        task.value = action.prepare(task.user, task.value)
        task.save()
    return _begun(task)


def _begun(task: BulkTask) -> BulkTask:
    """Do a small task now; wake the worker for any other."""
    is_small = task.query is None and task.total <= MOST_AT_ONCE
    if is_small:
        try:
            while do_batch(BulkTask.objects.filter(pk=task.pk)):
                pass
        except PASSING:
            logger.warning("Bulk task %s goes on later", task.pk, exc_info=True)
        task.refresh_from_db()
    if not task.is_finished:
        wake()
    return task


def wake() -> None:
    """Let a worker look for tasks at once."""
    app.configure_task(TASK, queue=QUEUE).defer()


def work(is_over: Callable[[], bool]) -> bool:
    """Do batches of all tasks in turn until nothing is left or `is_over`; return whether nothing is left."""
    while not is_over():
        if not do_batch(unfinished()):
            return not unfinished().exists()
    return False


def unfinished() -> QuerySet:
    """Return the tasks to work on, the one that waits for longest first."""
    return BulkTask.objects.filter(status__in=UNFINISHED).order_by(F("worked_at").asc(nulls_first=True), "id")


def do_batch(tasks: QuerySet) -> bool:
    """Do the next batch of the first of some tasks that no other process is at; return whether there was one.

    Raises what passes (PASSING), having changed nothing; other tasks then have their turn first.
    """
    task = None
    try:
        with transaction.atomic():
            locked = tasks.filter(status__in=UNFINISHED).select_for_update(skip_locked=True, of=("self",))
            task = locked.select_related("user").first()
            if task is not None:
                _do_batch_of(task)
    except PASSING:
        if task is not None:
            BulkTask.objects.filter(pk=task.pk).update(worked_at=timezone.now())
        raise
    return task is not None


def _do_batch_of(task: BulkTask) -> None:
    """Do the next batch of a task, which is locked."""
    task.started_at = task.started_at or timezone.now()
    task.status = Status.RUNNING
    step = _undo_step if task.undoes_id else _step
    try:
        with transaction.atomic():
            is_last = step(task)
    except PASSING:
        raise
    except Exception:  # it would fail again, and keep others waiting
        logger.exception("Bulk task %s failed", task.pk)
        task.refresh_from_db()
        _end(task, Status.FAILED)
    else:
        if is_last:
            _end(task, Status.DONE)
    task.worked_at = timezone.now()
    task.save()


def _end(task: BulkTask, status: Status) -> None:
    task.status, task.finished_at = status, timezone.now()


def _step(task: BulkTask) -> bool:
    """Do a batch of a task; return whether it was the last."""
    ids = _next_ids(task)
    action = ACTIONS.get(task.action)
    if action is None or not task.user.is_active:
        _end(task, Status.FAILED)
        return False
    outcome = apply(task.user, action, task.value, ids)
    if outcome.changed:
        BulkBatch.objects.create(task=task, changes=outcome.changed)
    task.changed += len(outcome.changed)
    task.unchanged += outcome.unchanged
    for reason, count in outcome.refused.items():
        task.refused[reason] = task.refused.get(reason, 0) + count
    task.position = _position_after(task, ids)
    return len(ids) < BATCH_WORKS


def _next_ids(task: BulkTask) -> list[int]:
    """Return the next works of a task: in the order chosen, those of a query by id."""
    if task.query is None:
        if task.position > len(task.ids):
            # A worker of the version before migration 0002 kept the last one's id. Raises ValueError if it has no such.
            task.position = task.ids.index(task.position) + 1
        return task.ids[task.position : task.position + BATCH_WORKS]
    works = works_of(task.user, task.query).filter(pk__gt=task.position, pk__lte=task.last_id)
    return list(works[:BATCH_WORKS])


def _position_after(task: BulkTask, ids: Sequence[int]) -> int:
    """Return the position of a task once these are done, its next works."""
    if task.query is None:
        return task.position + len(ids)
    return ids[-1] if ids else task.position


def apply(user: User, action: Action, value: str, ids: Sequence[int]) -> Outcome:
    """Do something to those of some works that the user may do it to, and say of how many others why not.

    Two queries and the action's own.
    """
    works = ContentItem.objects.filter(pk__in=ids)
    seen = dict(works.visible_to(user).values_list("pk", "creator_id"))
    # In one order, so that two tasks of one user never wait for each other's rows in a ring.
    allowed = [pk for pk in (ids if action.keeps_order else sorted(ids)) if pk in seen]
    refused = {GONE: len(ids) - len(seen)}
    if action.is_of_owner and not is_staff(user):
        allowed = [pk for pk in allowed if seen[pk] == user.pk]
        refused[FOREIGN] = len(seen) - len(allowed)
    if action.is_of_owner:
        _lock(allowed)
    outcome = action.apply(user, allowed, value) if allowed else Outcome()
    left = {reason: count for reason, count in refused.items() if count}
    return Outcome(outcome.changed, outcome.unchanged, {**outcome.refused, **left})


def _undo_step(task: BulkTask) -> bool:
    """Take back a batch of the task that is undone, the first that is left; return whether it was the last."""
    action = ACTIONS.get(task.action)
    if action is None or not task.user.is_active:
        _end(task, Status.FAILED)
        return False
    batch = BulkBatch.objects.filter(task=task.undoes_id, is_undone=False).order_by("pk").first()
    if batch is None:
        return True
    changes: Changes = {int(pk): before for pk, before in batch.changes.items()}
    allowed = _still_allowed(task.user, action, changes)
    restored = action.undo(task.user, allowed, task.value) if allowed else 0
    task.changed += restored
    task.unchanged += len(changes) - restored
    batch.is_undone = True
    batch.save(update_fields=["is_undone"])
    return False


def _still_allowed(user: User, action: Action, changes: Changes) -> Changes:
    """Return the changes of works that the user may still change; their rows are locked."""
    works = ContentItem.objects.filter(pk__in=changes)
    if action.is_of_owner:
        own = works if is_staff(user) else works.filter(creator=user)
        kept = _lock(list(own.values_list("pk", flat=True)))
    else:
        kept = list(works.visible_to(user).values_list("pk", flat=True))
    return {pk: changes[pk] for pk in kept}


def _lock(ids: Sequence[int]) -> list[int]:
    """Lock works in the order of their ids, so that two tasks never wait for each other in a ring; return the ids."""
    rows = ContentItem.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    return list(rows.values_list("pk", flat=True))
