"""Phrases about albums: who sees which, and what their cards show."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from users.models import User
from users.querysets import ScopedQuerySet, is_staff


class AlbumQuerySet(ScopedQuerySet):
    """Albums, narrowed to those that a viewer may see in lists: a shared link opens one more."""

    def scopes(self, viewer: User | AnonymousUser) -> list[Q]:
        """Return the public albums, then the viewer's own private ones, for staff all private ones."""
        public = Q(is_public=True)
        if is_staff(viewer):
            return [public, Q(is_public=False)]
        return [public, Q(is_public=False, owner=viewer)] if viewer.is_authenticated else [public]

    def for_cards(self) -> Self:
        """Load what a card shows of an album, its owner and its cover."""
        shown = ("title", "query", "is_public", "created_at")
        owner = ("owner__username", "owner__name", "owner__is_active")
        cover = ("cover__title", "cover__is_private", "cover__trashed_at", "cover__creator_id")
        return self.select_related("owner", "cover").only(*shown, *owner, *cover)
