"""The trash of an owner: works that are hidden from all but staff, and go for good after TRASH_DAYS, or if it is
emptied."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.db.models.lookups import LessThanOrEqual
from django.utils import timezone

from content.bookkeeping import TrashEmptying
from content.indexes import TRASH_KEY
from content.models import ContentItem
from content.owners import delete_item
from users.models import User

# Works that are read at once, and trashes that are emptied in turns.
BATCH_WORKS = 100
MOST_TRASHES = 100


def move_to_trash(works: QuerySet, now: datetime | None = None) -> int:
    """Hide works and note whether they were private; return how many. One statement; those in the trash stay as they
    are. Likes, tags and files stay. `now` is when they go there.
    """
    now = now or timezone.now()
    kept = works.order_by().filter(trashed_at=None)
    return kept.update(was_private=F("is_private"), is_private=True, trashed_at=now, updated_at=now)


def restore(works: QuerySet) -> int:
    """Make works that are in the trash what they were before; return how many. One statement."""
    trashed = works.order_by().filter(trashed_at__isnull=False)
    return trashed.update(is_private=F("was_private"), was_private=False, trashed_at=None, updated_at=timezone.now())


def expire(works: QuerySet) -> QuerySet:
    """Let works that are in the trash be the next that go for good; return all that are due. One statement."""
    works.order_by().filter(trashed_at__isnull=False).update(trashed_at=last_kept() - timedelta(days=1))
    return expired()


def last_kept() -> datetime:
    """Return the moment since which works stay in the trash."""
    return timezone.now() - timedelta(days=settings.TRASH_DAYS)


def expired() -> QuerySet:
    """Return the works that have been in the trash for too long, the oldest first."""
    return ContentItem.objects.filter(trashed_at__lt=last_kept(), trashed_at__isnull=False).order_by("trashed_at")


def in_trash_at(owner: User, moment: datetime) -> QuerySet:
    """Return the works that are in an owner's trash since a moment or longer, the oldest first."""
    trashed = ContentItem.objects.in_trash_of(owner).filter(LessThanOrEqual(TRASH_KEY, moment))
    return trashed.order_by(TRASH_KEY, "pk")


def count_going(owner: User, most: int) -> int:
    """Return how many works of an owner are about to go for good, or `most` + 1 if there are more. Two queries."""
    asked = TrashEmptying.objects.filter(owner=owner).values_list("before", flat=True).first()
    # In their order: without it PostgreSQL may read all works of the owner to find that none goes.
    return in_trash_at(owner, max(asked or last_kept(), last_kept()))[: most + 1].count()


def begin_to_empty(owner: User, most: int) -> tuple[int, bool]:
    """Let all works that are in an owner's trash by now go for good: some at once, the others by the worker.

    Return how many went, and whether those were all.
    """
    asked, _ = TrashEmptying.objects.update_or_create(owner=owner, defaults={"before": timezone.now()})
    due = in_trash_at(owner, asked.before)
    return delete_some(due, most), _is_empty(asked, due)


def empty_trash(is_over: Callable[[], bool]) -> int:
    """Delete the works that have been in the trash for too long, and those of trashes that are to be emptied, in turns
    until `is_over`; return how many.

    Each is a transaction and some ten queries, as its owner would delete it: an interrupted turn is gone on with.
    """
    deleted = 0
    while not is_over() and (turn := _turn(is_over)):
        deleted += turn
    return deleted


def _turn(is_over: Callable[[], bool]) -> int:
    """Delete some works of those that are too old, and of each trash that is to be emptied; return how many."""
    deleted = delete_some(expired(), BATCH_WORKS, is_over)
    for asked in TrashEmptying.objects.select_related("owner").order_by("before")[:MOST_TRASHES]:
        due = in_trash_at(asked.owner, asked.before)
        deleted += delete_some(due, BATCH_WORKS, is_over)
        _is_empty(asked, due)
    return deleted


def _is_empty(asked: TrashEmptying, due: QuerySet) -> bool:
    """Return whether a trash is emptied as far as was asked; the wish is forgotten then. One or two queries."""
    if due.values("pk").first() is not None:
        return False
    # Not one that was made since.
    TrashEmptying.objects.filter(pk=asked.pk, before=asked.before).delete()
    return True


def delete_some(due: QuerySet, most: int, is_over: Callable[[], bool] = lambda: False) -> int:
    """Delete the first works of those that are due, until `is_over`; return how many."""
    deleted = 0
    for item in due.only("creator", "media_file")[:most]:
        if is_over():
            break
        deleted += delete_for_good(item, due)
    return deleted


@transaction.atomic
def delete_for_good(item: ContentItem, due: QuerySet) -> bool:
    """Delete a work of those that are due; return False if it is due no longer, as one that was restored."""
    # Locked: its owner may restore it at this moment.
    if due.select_for_update().filter(pk=item.pk).values_list("pk").first() is None:
        return False
    delete_item(item)
    return True
