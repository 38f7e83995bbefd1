"""Phrases about interactions: whose they are, and whether their item may be seen."""

from typing import Self

from django.contrib.auth.models import AnonymousUser

from content.models import ContentItem
from users.models import User
from users.querysets import OwnedQuerySet


class InteractionQuerySet(OwnedQuerySet):
    """Interactions, narrowed to those that a viewer may see.

    An item may be hidden from its viewer by now: a caller that shows the item as well asks for `of_visible_items` too.
    """

    def of_visible_items(self, viewer: User | AnonymousUser) -> Self:
        """Keep what was done with items that the viewer sees."""
        return self.filter(ContentItem.objects.refers_to_visible(viewer))

    def of_shown_items(self, viewer: User | AnonymousUser) -> Self:
        """Keep what was done with items that lists show to the viewer."""
        return self.filter(ContentItem.objects.refers_to_shown(viewer))
