"""Phrases about users: who is shown to whom."""

from typing import Self

from django.contrib.auth.models import AnonymousUser, UserManager
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact


def is_staff(viewer: object) -> bool:
    """Return whether the viewer sees everything: an active member of staff."""
    return bool(getattr(viewer, "is_staff", False) and getattr(viewer, "is_active", False))


class UserQuerySet(QuerySet):
    """Users, narrowed to those somebody may see."""

    def visible_to(self, viewer: "AnonymousUser | object") -> Self:
        """Keep active users; staff see the inactive as well."""
        return self if is_staff(viewer) else self.filter(Q(is_active=True))

    def named(self, username: str) -> Self:
        """Keep the user of this name in any case: in lower case, as it is indexed (`iexact` compares in upper case)."""
        return self.filter(Exact(Lower("username"), Lower(Value(username))))


class AccountManager(UserManager.from_queryset(UserQuerySet)):
    """Creates users as Django does; an e-mail is stored in lower case, so that it is unique whatever its case."""

    use_in_migrations = False

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in lower case; None becomes the empty string."""
        return (email or "").strip().lower()
