"""What moderators decide about works, and their owners cannot undo: hidden works, and the least level of works."""

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils import timezone

from content.models import Level

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
