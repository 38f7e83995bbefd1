"""Likes and bookmarks: setting them, taking them off, and which of them an item has."""

from collections.abc import Collection
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction

from content.models import ContentItem
from interactions.models import MARK_KINDS, Interaction, Kind
from users.models import User

# Likes are counted exactly up to here: at most so many entries of `interaction_item_kind_newest` are walked, a
# millisecond or two, however popular an item is. Beyond it "9,999+" says enough.
COUNT_LIMIT = 9_999


class UnknownItemError(LookupError):
    """No item of this id is there for the user to see."""


class Marks(NamedTuple):
    """What an item shows of likes and bookmarks: everybody's count, and the viewer's own."""

    like_count: int
    is_liked: bool
    is_bookmarked: bool

    @property
    def like_text(self) -> str:
        """The count in words; it does not say more than was counted."""
        if self.like_count > COUNT_LIMIT:
            return f"{COUNT_LIMIT:,}+ likes"
        return "1 like" if self.like_count == 1 else f"{self.like_count:,} likes"


def set_mark(user: User, item_id: int, kind: Kind, *, is_on: bool) -> None:
    """Set a like or bookmark on an item, or take it off; done twice, at once or one after the other, it is done once.

    Raises **UnknownItemError** where the user sees no such item, or it is deleted meanwhile.
    """
    if kind not in MARK_KINDS:
        raise ValueError(f"{kind} is no mark")
    try:
        with transaction.atomic():
            if not ContentItem.objects.visible_to(user).filter(pk=item_id).exists():
                raise UnknownItemError(item_id)
            _write(user, item_id, kind, is_on=is_on)
    except IntegrityError as error:  # the item's or the user's row went before this transaction ended
        raise UnknownItemError(item_id) from error


def like(user: User, item_id: int) -> str:
    """Like an item, after signing in; return what is said of it. Raises UnknownItemError."""
    set_mark(user, item_id, Kind.LIKE, is_on=True)
    return "You like this work now."


def bookmark(user: User, item_id: int) -> str:
    """Bookmark an item, after signing in; return what is said of it. Raises UnknownItemError."""
    set_mark(user, item_id, Kind.BOOKMARK, is_on=True)
    return "The work is bookmarked now."


def _write(user: User, item_id: int, kind: Kind, *, is_on: bool) -> None:
    if is_on:
        # The unique constraint decides between two at once: the second does nothing.
        row = Interaction(user=user, content_id=item_id, kind=kind)
        Interaction.objects.bulk_create([row], ignore_conflicts=True)
    else:
        Interaction.objects.filter(user=user, content_id=item_id, kind=kind).delete()


def marks_on(viewer: User | AnonymousUser, item_id: int) -> Marks:
    """Return what an item, which the viewer sees, shows of likes and bookmarks. One query, another if signed in."""
    likes = Interaction.objects.filter(content_id=item_id, kind=Kind.LIKE)
    count = likes[: COUNT_LIMIT + 1].count()
    own: set[str] = set()
    if viewer.is_authenticated:
        rows = Interaction.objects.filter(user=viewer, content_id=item_id, kind__in=MARK_KINDS)
        own = set(rows.values_list("kind", flat=True))
    return Marks(count, Kind.LIKE in own, Kind.BOOKMARK in own)


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
