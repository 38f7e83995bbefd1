"""What the worker does at each turn, and how far it came: learning, placing new works, making recommendations.

Each step goes on where the last turn ended. Done twice, also by two workers at once, it is done once.
What needs numpy is imported once there is something to do: an idle worker takes 23 MB less.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from time import monotonic

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from django.utils.module_loading import import_string

from content.models import ContentItem
from interactions.models import Interaction
from recommendations.models import Refresh, Watermark

LEARNED, PLACED, DEEDS = "learned", "placed", "deeds"
# Between two learnings, and at least so many times as long as the last one took: it costs 5% of a core at most.
LEARNED_EVERY = timedelta(minutes=15)
REST = 20
# New works of a step; of more than MOST_NEW the oldest are left to the next learning, if users meet them.
BATCH_WORKS, MOST_NEW = 1_000, 10_000
# Users whose recommendations are made at once: some 60 MB of neighbours.
BATCH_USERS = 500
# Interactions of a step.
BATCH_DEEDS = 5_000
# Transactions end in another order than their ids: the last ids are looked at again.
OVERLAP = 100
# Users who did something in these days have recommendations that wait for them.
ACTIVE = timedelta(days=30)


def learn_if_due() -> bool:
    """Learn from the interactions if there are new ones and the last time is long enough ago; return whether."""
    newest = Interaction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    mark = Watermark.objects.filter(pk=LEARNED).first()
    if mark is not None:
        rest = max(LEARNED_EVERY, timedelta(seconds=REST * mark.seconds))
        if newest == mark.row_id or timezone.now() < mark.moved_at + rest:
            return False
    began, moment = monotonic(), timezone.now()
    import_string("recommendations.learning.learn")()
    _move(LEARNED, newest, seconds=monotonic() - began, moved_at=moment)
    return True


def place_new_works(is_over: Callable[[], bool]) -> int:
    """Make works that came since the last turn neighbours of others; return how many."""
    works = ContentItem.objects.visible_to(AnonymousUser()).order_by("pk")
    newest = ContentItem.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    last = max(_place_of(PLACED), newest - MOST_NEW)
    placed = 0
    while last < newest and not is_over():
        later = works.filter(pk__gt=last - OVERLAP)
        batch = list(later.values_list("pk", flat=True)[:BATCH_WORKS])
        if batch:
            import_string("recommendations.learning.place")(batch)
        placed += sum(pk > last for pk in batch)
        last = batch[-1] if len(batch) == BATCH_WORKS else newest
        _move(PLACED, last)
    return placed


def refresh_active(is_over: Callable[[], bool]) -> int:
    """Make the recommendations of users who did something since the last turn, then those that are older than what was
    learned last; return how many users."""
    refreshed = 0
    for steps in (_users_of_new_deeds(), _users_of_old_recommendations()):
        for users in steps:
            for first in range(0, len(users), BATCH_USERS):
                refreshed += import_string("recommendations.refreshing.refresh")(users[first : first + BATCH_USERS])
            if is_over():
                return refreshed
    return refreshed


def _users_of_new_deeds() -> Iterator[list[int]]:
    """Yield the users of the interactions after the watermark, which moves behind those that were dealt with."""
    newest = Interaction.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    last = _place_of(DEEDS)
    while last < newest:
        later = Interaction.objects.filter(pk__gt=last - OVERLAP, user__isnull=False).order_by("pk")
        rows = list(later.values_list("pk", "user_id")[:BATCH_DEEDS])
        yield sorted({user for _pk, user in rows})
        last = rows[-1][0] if len(rows) == BATCH_DEEDS else newest
        _move(DEEDS, last)


def _users_of_old_recommendations() -> Iterator[list[int]]:
    mark = Watermark.objects.filter(pk=LEARNED).first()
    if mark is None:
        return
    old = Refresh.objects.filter(
        made_at__lt=mark.moved_at, active_at__gt=timezone.now() - ACTIVE, user__is_active=True
    ).order_by("made_at", "user")
    # Each that was refreshed is old no more.
    while users := list(old.values_list("user_id", flat=True)[:BATCH_USERS]):
        yield users


def _place_of(name: str) -> int:
    return Watermark.objects.filter(pk=name).values_list("row_id", flat=True).first() or 0


def _move(name: str, row_id: int, **fields: object) -> None:
    Watermark.objects.update_or_create(pk=name, defaults={"row_id": row_id, "moved_at": timezone.now(), **fields})
