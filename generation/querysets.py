"""Phrases about generation jobs: whose they are."""

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from users.models import User
from users.querysets import is_staff


class GenerationJobQuerySet(QuerySet):
    """Generation jobs, narrowed to those somebody may see."""

    def visible_to(self, viewer: User | AnonymousUser) -> Self:
        """Keep the viewer's own; staff see all, anonymous nobody's."""
        if is_staff(viewer):
            return self
        return self.filter(user=viewer) if viewer.is_authenticated else self.none()
