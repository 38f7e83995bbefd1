"""Phrases about notices: whose they are, and whether what they are about may be seen."""

from typing import Self

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db.models import Q

from content.models import ContentItem
from users.querysets import ScopedQuerySet


class NoticeQuerySet(ScopedQuerySet):
    """Notices, narrowed to those that a viewer may read: their own, staff too."""

    def scopes(self, viewer: AbstractBaseUser | AnonymousUser) -> list[Q]:
        """Return one scope: the viewer's own notices, as long as the work is visible to them."""
        if not viewer.is_authenticated:
            return [Q(pk__in=())]
        is_visible = ContentItem.objects.refers_to_visible(viewer)
        return [Q(user_id=viewer.pk) & (Q(content__isnull=True) | is_visible if is_visible else Q())]

    def visible_to(self, viewer: AbstractBaseUser | AnonymousUser) -> Self:
        """Keep the viewer's own notices."""
        return self.filter(self.scopes(viewer)[0])

    def unread(self) -> Self:
        """Keep those that were not read yet."""
        return self.filter(read_at__isnull=True)
