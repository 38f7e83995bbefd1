"""Phrases about recommendations: whose they are, and whether their item may be seen."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from content.models import ContentItem
from users.models import User
from users.querysets import OwnedQuerySet


class RecommendationQuerySet(OwnedQuerySet):
    """Recommendations, narrowed to those that a viewer may see."""

    def scopes(self, viewer: User | AnonymousUser) -> list[Q]:
        """Return one scope: the viewer's own, as long as the item is visible to them; all for staff."""
        is_item_visible = ContentItem.objects.refers_to_visible(viewer)
        return [own & is_item_visible for own in super().scopes(viewer)]
