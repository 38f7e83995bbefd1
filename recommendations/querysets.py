"""Phrases about recommendations: whose they are, and whether their item may be seen."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from content.models import ContentItem
from users.models import User
from users.querysets import is_staff


class RecommendationQuerySet(QuerySet):
    """Recommendations, narrowed to those somebody may see."""

    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Keep the viewer's own, as long as the item is visible to them; staff see all, anonymous nobody's."""
        if is_staff(viewer):
            return self
        if not viewer.is_authenticated:
            return self.none()
        return self.filter(ContentItem.objects.refers_to_visible(viewer), user=viewer)
