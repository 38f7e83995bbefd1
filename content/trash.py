"""The trash of an owner: works that are hidden from all but staff, and go for good after TRASH_DAYS."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from content.models import ContentItem
from content.owners import delete_item


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


def expire(works: QuerySet) -> int:
    """Let works that are in the trash be the next that go for good; return how many. One statement."""
    return works.order_by().filter(trashed_at__isnull=False).update(trashed_at=last_kept() - timedelta(days=1))


def last_kept() -> datetime:
    """Return the moment since which works stay in the trash."""
    return timezone.now() - timedelta(days=settings.TRASH_DAYS)


def empty_trash(is_over: Callable[[], bool]) -> int:
    """Delete the works that have been in the trash for too long, the oldest first, until `is_over`; return how many.

    A transaction and some ten queries each, as their owner would delete them.
    """
    deleted = 0
    while not is_over():
        batch = list(_expired()[:100])
        for item in batch:
            if is_over():
                break
            deleted += delete_for_good(item)
        if not batch:
            break
    return deleted


@transaction.atomic
def delete_for_good(item: ContentItem) -> bool:
    """Delete a work that is in the trash for too long; return False if it was restored since it was read."""
    # Locked: its owner may restore it at this moment.
    if _expired().select_for_update().filter(pk=item.pk).values_list("pk").first() is None:
        return False
    delete_item(item)
    return True


def _expired() -> QuerySet:
    expired = ContentItem.objects.filter(trashed_at__lt=last_kept(), trashed_at__isnull=False)
    return expired.order_by("trashed_at").defer("search_words")
