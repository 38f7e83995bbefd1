"""Phrases about recommendations: whose they are, and whether their item may be seen."""

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from content.models import ContentItem
from users.models import User
from users.querysets import OwnedQuerySet, is_staff


class RecommendationQuerySet(OwnedQuerySet):
    """Recommendations, narrowed to those that a viewer may see."""

    def scopes(self, viewer: User | AnonymousUser) -> list[Q]:
        """Return one scope: the viewer's own, as long as lists show the item to them; all for staff."""
        own = super().scopes(viewer)
        return own if is_staff(viewer) else [scope & ContentItem.objects.refers_to_shown(viewer) for scope in own]
