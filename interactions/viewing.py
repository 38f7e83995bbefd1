"""Views and shares: that a user saw an item's page or shared it, once an hour at most."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from interactions.models import Interaction, Kind
from users.models import User

ONCE_EVERY = timedelta(hours=1)


def record_view(user: User, item_id: int) -> None:
    """Record that a user saw an item, unless that is recorded for the last hour; the caller made sure that they see it.

    One query if it is. A user or an item that is deleted meanwhile takes the view with it.
    """
    _record(user, item_id, Kind.VIEW)


def record_share(user: User, item_id: int) -> None:
    """Record that a user shared an item, likewise."""
    _record(user, item_id, Kind.SHARE)


def _record(user: User, item_id: int, kind: Kind) -> None:
    if _is_recorded(user, item_id, kind):
        return
    try:
        with transaction.atomic():
            # Two at once would both find nothing recorded: one after the other, for this user.
            still_there = User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk").first()
            if still_there and not _is_recorded(user, item_id, kind):
                Interaction.objects.create(user=user, content_id=item_id, kind=kind)
    except IntegrityError:
        return


def _is_recorded(user: User, item_id: int, kind: Kind) -> bool:
    """Walk what the user did in the last hour, or who did it with the item, in an index that has all these columns."""
    since = timezone.now() - ONCE_EVERY
    return Interaction.objects.filter(user=user, content_id=item_id, kind=kind, created_at__gt=since).exists()
