"""Marking all notices of a person as read: a few while they wait, many by the background thread of the site."""

from time import monotonic
from typing import NamedTuple

from django.db import transaction
from django.utils import timezone

from genonaut.deletions import upkeep_wanted
from notices.models import Notice, ReadAll
from notices.reading import mark_read
from users.models import User

# What a request does itself, and what a turn of the background thread does for one person.
REQUEST_SECONDS = 0.5
TURN_SECONDS = 20.0
# Notices of a transaction: each moves from one partial index to another.
BATCH_ROWS = 2_000
# People of a turn.
MOST_AT_ONCE = 100


class Marked(NamedTuple):
    """How many notices were marked, and whether those are all."""

    count: int
    is_done: bool


def read_all(user: User) -> Marked:
    """Mark all that a user was told until now as read. What is left after a moment goes on in the background."""
    ReadAll.objects.update_or_create(user=user, defaults={"before": timezone.now()})
    count = _mark(user.pk, REQUEST_SECONDS)
    is_done = not ReadAll.objects.filter(user=user).exists()
    if not is_done:
        upkeep_wanted.set()
    return Marked(count, is_done)


def go_on_marking() -> None:
    """Go on with marking notices as read: a task of upkeep."""
    for pk in list(ReadAll.objects.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        _mark(pk, TURN_SECONDS)


def _mark(pk: int, seconds: float) -> int:
    """Mark batches until a user's notices are read or the time is over; return how many were marked."""
    until, total = monotonic() + seconds, 0
    while count := _mark_some(pk):
        total += count
        if monotonic() > until:
            break
    return total


@transaction.atomic
def _mark_some(pk: int) -> int:
    """Mark a batch; return how many were marked. One process at a time marks the notices of a user."""
    asked = ReadAll.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if asked is None:
        return 0
    unread = Notice.objects.filter(user=pk, created_at__lte=asked.before).unread().order_by("pk")
    ids = list(unread.values_list("pk", flat=True)[:BATCH_ROWS])
    if len(ids) < BATCH_ROWS:
        asked.delete()
    return mark_read(Notice.objects.filter(pk__in=ids))
