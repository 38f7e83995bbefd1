"""Likes and bookmarks: setting them, taking them off, and which of them an item has."""

from collections.abc import Collection
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Value

from content.models import ContentItem
from content.querysets import LikeCount
from genonaut.counted import things_text
from interactions.models import MARK_KINDS, Interaction, Kind
from interactions.recording import put, take
from users.models import User


class UnknownItemError(LookupError):
    """No item of this id is there for the user to see."""


class Marks(NamedTuple):
    """What an item shows of likes and bookmarks: everybody's count, and the viewer's own."""

    like_count: int
    is_liked: bool
    is_bookmarked: bool

    @property
    def like_text(self) -> str:
        """The count in words."""
        return things_text(self.like_count, "like")


def set_mark(user: User, item_id: int, kind: Kind, *, is_on: bool) -> None:
    """Set a like or bookmark on an item, or take it off; done twice, at once or one after the other, it is done once.

    One query. Raises **UnknownItemError** where the user sees no such item, or it is deleted meanwhile.
    """
    if kind not in MARK_KINDS:
        raise ValueError(f"{kind} is no mark")
    try:
        is_seen = put(user, item_id, kind) if is_on else take(user, item_id, kind)
    except IntegrityError as error:  # the item's or the user's row went before the statement ended
        raise UnknownItemError(item_id) from error
    if not is_seen:
        raise UnknownItemError(item_id)


def marks_on(viewer: User | AnonymousUser, item_id: int) -> Marks:
    """Return what an item, which the viewer sees, shows of likes and bookmarks. One query."""
    own = Interaction.objects.filter(user=viewer.pk, content=OuterRef("pk")).order_by()
    is_set = [Exists(own.filter(kind=kind)) if viewer.is_authenticated else Value(False) for kind in MARK_KINDS]
    marks = ContentItem.objects.filter(pk=item_id).values_list(LikeCount(), *is_set).first()
    return Marks(0, False, False) if marks is None else Marks(*marks)


def marked(viewer: User | AnonymousUser, item_ids: Collection[int]) -> dict[Kind, list[int]]:
    """Return which of these items the viewer likes and bookmarked, sorted; those they may not see are left out.

    One query; none for who is not signed in.
    """
    found: dict[Kind, list[int]] = {kind: [] for kind in MARK_KINDS}
    if viewer.is_authenticated:
        visible = Interaction.objects.of_visible_items(viewer)
        rows = visible.filter(user=viewer, content_id__in=item_ids, kind__in=MARK_KINDS)
        for item_id, kind in rows.order_by("content_id").values_list("content_id", "kind"):
            found[Kind(kind)].append(item_id)
    return found
