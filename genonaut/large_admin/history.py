"""What actions leave in the histories of the rows that they change."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest


def log_changes(request: HttpRequest, rows: Iterable[Model], message: str) -> None:
    """Write what was done into the history of each row. One statement."""
    LogEntry.objects.log_actions(request.user.pk, rows, CHANGE, message)


@contextmanager
def logged_changes(request: HttpRequest, rows: QuerySet, columns: Sequence[str], message: str) -> Iterator[None]:
    """Write what the block does into the history of each row of which it changes a column, in its transaction.

    The rows are some of a page, named by their ids; they are locked meanwhile. Four statements.
    """
    with transaction.atomic():
        locked = rows.order_by("pk").select_for_update(no_key=True, of=("self",))
        before = set(locked.values_list("pk", *columns))
        yield
        changed = [pk for pk, *_ in set(rows.values_list("pk", *columns)) - before]
        log_changes(request, rows.filter(pk__in=changed), message)
