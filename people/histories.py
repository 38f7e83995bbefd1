"""Histories that are cleared: a short one while its owner waits, a long one by the background thread of the site."""

from time import monotonic

from django.db import transaction
from django.utils import timezone

from genonaut.deletions import upkeep_wanted
from interactions.viewing import forget_views
from people.models import HistoryClearing
from users.models import User

# What a request does itself, and what a turn of the background thread does of one history.
REQUEST_SECONDS = 0.5
TURN_SECONDS = 20.0
# Histories of a turn.
MOST_AT_ONCE = 100


def clear_history(user: User) -> bool:
    """Forget all that a user saw until now; return whether that is done. What is left goes on in the background."""
    HistoryClearing.objects.update_or_create(user=user, defaults={"before": timezone.now()})
    _clear(user.pk, REQUEST_SECONDS)
    is_done = not HistoryClearing.objects.filter(user=user).exists()
    if not is_done:
        upkeep_wanted.set()
    return is_done


def clear_histories() -> None:
    """Go on with the histories that are being cleared: a task of upkeep."""
    for pk in list(HistoryClearing.objects.values_list("pk", flat=True)[:MOST_AT_ONCE]):
        _clear(pk, TURN_SECONDS)


def _clear(pk: int, seconds: float) -> None:
    until = monotonic() + seconds
    while _clear_some(pk) and monotonic() < until:
        pass


@transaction.atomic
def _clear_some(pk: int) -> bool:
    """Forget a batch; return whether more are left for this process. One process at a time works on a history."""
    asked = HistoryClearing.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if asked is None:
        return False
    is_done = forget_views(pk, asked.before)
    if is_done:
        asked.delete()
    return not is_done
