"""Phrases about albums: who sees which, and what their cards show."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from genonaut.deletions import is_going
from users.models import User
from users.querysets import ScopedQuerySet, is_staff


class AlbumQuerySet(ScopedQuerySet):
    """Albums, narrowed to those that a viewer may see in lists: a shared link opens one more."""

    def scopes(self, viewer: User | AnonymousUser) -> list[Q]:
        """Return the public albums, then the viewer's own private ones, for staff all private ones.

        An album of many works is private while it is being deleted, and gone for its owner.
        """
        public = Q(is_public=True)
        if is_staff(viewer):
            return [public, Q(is_public=False)]
        own = Q(is_public=False, owner=viewer) & Q(~is_going(self.model))
        return [public, own] if viewer.is_authenticated else [public]

    def of_owner(self, owner: User) -> Self:
        """Keep the albums of an owner, without those that are being deleted."""
        return self.filter(~is_going(self.model), owner=owner)

    def for_cards(self) -> Self:
        """Load what a card shows of an album, its owner and its cover."""
        shown = ("title", "query", "is_public", "created_at")
        owner = ("owner__username", "owner__name", "owner__is_active")
        cover = ("cover__title", "cover__is_private", "cover__trashed_at", "cover__creator_id")
        return self.select_related("owner", "cover").only(*shown, *owner, *cover)
