"""Phrases about interactions: who sees them, and whether their item may be seen."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from content.models import ContentItem
from users.models import User
from users.querysets import is_staff


class InteractionQuerySet(QuerySet):
    """Interactions, narrowed to those somebody may see."""

    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Keep the viewer's own; staff see all, anonymous users none.

        An item may be hidden from its viewer by now: who shows the item as well asks for `of_visible_items` too.
        """
        if is_staff(viewer):
            return self
        return self.filter(user=viewer) if viewer.is_authenticated else self.none()

    def of_visible_items(self, viewer: User | AnonymousUser) -> Self:
        """Keep what was done with items that the viewer sees."""
        return self.filter(ContentItem.objects.refers_to_visible(viewer))
