"""Views: that a viewer saw an item's page, once an hour at most."""

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
    if _is_recorded(user, item_id):
        return
    try:
        with transaction.atomic():
            # Two at once would both find nothing recorded: one after the other, for this user.
            still_there = User.objects.select_for_update(no_key=True).filter(pk=user.pk).values_list("pk").first()
            if still_there and not _is_recorded(user, item_id):
                Interaction.objects.create(user=user, content_id=item_id, kind=Kind.VIEW)
    except IntegrityError:
        return


def _is_recorded(user: User, item_id: int) -> bool:
    """Walk what the user viewed in the last hour, or who viewed the item, in an index that has all these columns."""
    since = timezone.now() - ONCE_EVERY
    return Interaction.objects.filter(user=user, content_id=item_id, kind=Kind.VIEW, created_at__gt=since).exists()
