"""Phrases about users: who is shown to whom."""

from typing import Self

from django.contrib.auth.models import AnonymousUser, UserManager
from django.db.models import Q, QuerySet


def is_staff(viewer: object) -> bool:
    """Return whether the viewer sees everything: an active member of staff."""
    return bool(getattr(viewer, "is_staff", False) and getattr(viewer, "is_active", False))


class UserQuerySet(QuerySet):
    """Users, narrowed to those somebody may see."""

    def visible_to(self, viewer: "AnonymousUser | object") -> Self:
        """Keep active users; staff see the inactive as well."""
        return self if is_staff(viewer) else self.filter(Q(is_active=True))


class AccountManager(UserManager.from_queryset(UserQuerySet)):
    """Creates users as Django does; an e-mail is stored in lower case, so that it is unique whatever its case."""

    use_in_migrations = False

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in lower case; None becomes the empty string."""
        return (email or "").strip().lower()
