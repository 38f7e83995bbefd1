"""Views, shares and downloads: that a user saw an item's page, shared it or took its file, once an hour at most."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import IntegrityError

from interactions.models import HOURLY_KINDS, Interaction, Kind
from interactions.recording import put_unless_recent
from users.accounts import prefer
from users.models import User
from users.preferences import is_set

ONCE_EVERY = timedelta(hours=1)
# The preference of users whose views are not recorded.
PAUSED = "is_history_paused"
# Views that a transaction takes a user off.
FORGOTTEN_AT_ONCE = 2_000


def record_view(user: User, item_id: int) -> None:
    """Record that a user saw an item, unless that is recorded for the last hour; the caller made sure that they see it.

    One query, none if the user paused their history. A user or an item that is deleted meanwhile takes the
    view with it.
    """
    if not is_paused(user):
        _record(user, item_id, Kind.VIEW)


def record_share(user: User, item_id: int) -> None:
    """Record that a user shared an item, likewise."""
    _record(user, item_id, Kind.SHARE)


def record_download(user: User, item_id: int) -> None:
    """Record that a user downloaded an item's file, likewise."""
    _record(user, item_id, Kind.DOWNLOAD)


def _record(user: User, item_id: int, kind: Kind) -> None:
    with suppress(IntegrityError):
        put_unless_recent(user, item_id, kind, within=ONCE_EVERY)


def forget_deed(user: User, pk: int) -> None:
    """Delete a share or a download of a user's; take them off a view and off all their others of that work.

    Works keep their counts. An interaction that is not theirs, or of another kind, stays. Two queries.
    """
    deed = Interaction.objects.filter(user=user, kind__in=HOURLY_KINDS, pk=pk).only("kind", "content_id").first()
    if deed is None:
        return
    if deed.kind == Kind.VIEW:
        Interaction.objects.filter(user=user, kind=Kind.VIEW, content=deed.content_id).update(user=None)
    else:
        deed.delete()


def is_paused(user: User) -> bool:
    """Return whether no views of a user are recorded. No query."""
    return is_set(user, PAUSED)


def set_paused(user: User, *, is_paused: bool) -> None:
    """Pause or resume the record of a user's views. Two queries."""
    prefer(user, **{PAUSED: is_paused})


def forget_views(user_id: int, before: datetime) -> bool:
    """Take a user off their views up to a moment, a batch of them, the newest first; return whether none are left.

    Items keep their counts. One query.
    """
    views = Interaction.objects.filter(user=user_id, kind=Kind.VIEW, created_at__lte=before)
    batch = views.order_by("-created_at", "-id").values("pk")[:FORGOTTEN_AT_ONCE]
    return Interaction.objects.filter(pk__in=batch).update(user=None) < FORGOTTEN_AT_ONCE
