"""What moderators decide about works, and their owners cannot undo: hidden works, and the least level of works."""

from collections.abc import Collection

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from content.bookkeeping import PastDecision
from content.models import ContentItem, Level
from genonaut.deletions import is_going
from users.models import User

# The columns of what they decide.
DECIDED = ("held_at", "level", "least_level")
IS_TRASHED = ExpressionWrapper(Q(trashed_at__isnull=False), BooleanField())


def hold(works: QuerySet) -> int:
    """Make works private until they are released, in the trash too; return how many. One statement."""
    now = timezone.now()
    kept = works.order_by().filter(held_at=None)
    return kept.update(is_private=True, was_private=IS_TRASHED, held_at=now, updated_at=now)


def release(works: QuerySet) -> int:
    """Let the owners of hidden works make them public again; return how many. They stay private. One statement."""
    return works.order_by().filter(held_at__isnull=False).update(held_at=None, updated_at=timezone.now())


def set_least_level(works: QuerySet, level: Level) -> int:
    """Put works at a level, below which their owners cannot put them; return how many changed. One statement."""
    others = works.order_by().exclude(level=level, least_level=level)
    return others.update(level=level, least_level=level, updated_at=timezone.now())


def remember(works: QuerySet) -> None:
    """Keep what was decided about works that are about to be deleted, for those that their creators make of the same
    contents. Each removal calls it with works that are locked (genonaut/database/removal.py). One query; two if any was
    decided about.

    Works without a file, or without a creator, are not known again; nor are those of an account that goes itself.
    """
    decided = works.filter(Q(held_at__isnull=False) | Q(least_level__gt=0), media_file__isnull=False)
    kept = decided.filter(creator__isnull=False).exclude(is_going(User, "creator_id")).order_by("pk")
    rows = kept.values_list("creator_id", "media_file__sha256", "held_at", "least_level")
    names = ("creator_id", "sha256", "held_at", "least_level")
    PastDecision.objects.bulk_create([PastDecision(**dict(zip(names, row, strict=True))) for row in rows])


def take_up(works: Collection[ContentItem]) -> None:
    """Let what was decided about deleted works hold for works of the same creators and contents that are not saved yet.
    It needs a transaction. One query, if any has a creator; two if anything was decided."""
    new = {(work.creator_id, bytes(work.media_file.sha256)): work for work in works if work.creator_id is not None}
    if not new:
        return
    creators, hashes = (set(part) for part in zip(*new, strict=True))
    past = PastDecision.objects.filter(creator__in=creators, sha256__in=hashes)
    found = [(row, new[key]) for row in past if (key := (row.creator_id, bytes(row.sha256))) in new]
    for row, work in found:
        work.held_at = work.held_at or row.held_at
        work.is_private = work.is_private or work.held_at is not None
        work.least_level = max(work.least_level, row.least_level)
        work.level = max(work.level, work.least_level)
    if found:
        # The works say it from now on.
        PastDecision.objects.filter(pk__in=[row.pk for row, _work in found]).delete()
