"""The bulk tasks of one member: those under way, and all others, the newest first."""

from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from culling.models import UNFINISHED, BulkTask
from culling.wording import said_of, state_of, titles_of
from users.models import User

MOST_SHOWN = 50


class TaskRow(NamedTuple):
    """A task in words, as a list shows it."""

    task: BulkTask
    title: SafeString
    state: str
    said: str


@dataclass(frozen=True)
class OwnTasks:
    """A page of a member's tasks. Only the first page has those under way."""

    under_way: list[TaskRow]
    others: list[TaskRow]
    # The id that the tasks of the next page are below; None if there are no more.
    before: int | None


def open_tasks(user: User) -> QuerySet[BulkTask]:
    """Return the tasks of a member that are not finished."""
    return BulkTask.objects.filter(user=user, status__in=UNFINISHED)


def own_tasks(user: User, *, before: int | None = None) -> OwnTasks:
    """Return the newest tasks of a member, or the newest with an id below `before`. Two queries, or one, and those of
    their titles."""
    under_way = _newest(open_tasks(user), MOST_SHOWN) if before is None else []
    tasks = BulkTask.objects.filter(user=user).exclude(pk__in=[task.pk for task in under_way])
    newest = _newest(tasks if before is None else tasks.filter(pk__lt=before), MOST_SHOWN + 1)
    others = newest[:MOST_SHOWN]
    rows = _rows(user, [*under_way, *others])
    return OwnTasks(rows[: len(under_way)], rows[len(under_way) :], others[-1].pk if len(newest) > MOST_SHOWN else None)


def _newest(tasks: QuerySet[BulkTask], most: int) -> list[BulkTask]:
    """Return the newest of some tasks. One query, which leaves out their works: a task has up to 1,000."""
    left_out = ("ids", "query")
    loaded = tasks.select_related("undone_by").defer(*left_out, *(f"undone_by__{name}" for name in left_out))
    return list(loaded.order_by("-pk")[:most])


def _rows(user: User, tasks: list[BulkTask]) -> list[TaskRow]:
    titles = titles_of(user, tasks)
    return [TaskRow(task, title, state_of(task), said_of(task)) for task, title in zip(tasks, titles, strict=True)]
