"""Phrases about users and about the rows that are theirs: who sees which."""

from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Self

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, UserManager
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Lower
from django.db.models.lookups import Exact


def is_staff(viewer: object) -> bool:
    """Return whether the viewer sees everything: an active member of staff."""
    return bool(getattr(viewer, "is_staff", False) and getattr(viewer, "is_active", False))


def is_account_id(text: str) -> bool:
    """Return whether a text that names an account is its id: no username is digits alone."""
    return text.isascii() and text.isdigit()


def any_of(conditions: Sequence[Q]) -> Q:
    """Return the condition of rows that meet one of these conditions at least."""
    return reduce(or_, conditions)


class ScopedQuerySet(QuerySet):
    """Rows of which a viewer sees some disjoint parts, the scopes; staff see all rows."""

    def scopes(self, viewer: AbstractBaseUser | AnonymousUser) -> list[Q]:
        """Return the conditions of the parts, at least one. No row meets two of them, and each row meets one of
        staff's."""
        raise NotImplementedError

    def visible_to(self, viewer: AbstractBaseUser | AnonymousUser) -> Self:
        """Keep the rows that the viewer sees."""
        return self if is_staff(viewer) else self.filter(any_of(self.scopes(viewer)))


class OwnedQuerySet(ScopedQuerySet):
    """Rows that are a `user`'s: seen by that user alone, and by staff."""

    def scopes(self, viewer: AbstractBaseUser | AnonymousUser) -> list[Q]:
        """Return one scope: the viewer's own rows, for staff all, for anonymous users none."""
        if is_staff(viewer):
            return [Q()]
        return [Q(user_id=viewer.pk) if viewer.is_authenticated else Q(pk__in=())]


class UserQuerySet(ScopedQuerySet):
    """Users, narrowed to those that a viewer may see."""

    def scopes(self, viewer: AbstractBaseUser | AnonymousUser) -> list[Q]:
        """Return the active users, then for staff the inactive ones."""
        return [Q(is_active=True), Q(is_active=False)] if is_staff(viewer) else [Q(is_active=True)]

    def named(self, username: str) -> Self:
        """Keep the user of this name in any case: in lower case, as it is indexed (`iexact` compares in upper case)."""
        return self.filter(Exact(Lower("username"), Lower(Value(username))))

    def pk_named(self, username: str) -> int | None:
        """Return the id of the user of this name in any case; None if there is none. One query."""
        return self.named(username).values_list("pk", flat=True).first()

    def ids_by_name(self, usernames: Iterable[str]) -> dict[str, int]:
        """Return the ids of the users of some names in lower case, by these. One query."""
        lowered = self.annotate(lowered=Lower("username")).filter(lowered__in=set(usernames))
        return dict(lowered.values_list("lowered", "pk"))


class AccountManager(UserManager.from_queryset(UserQuerySet)):
    """Creates users as Django does; an e-mail is stored in lower case, so that it is unique whatever its case."""

    use_in_migrations = False

    def get_by_natural_key(self, username: str | None) -> AbstractBaseUser:
        """Return who signs in by a username in any case. Raises User.DoesNotExist."""
        return self.named(username or "").get()

    async def aget_by_natural_key(self, username: str | None) -> AbstractBaseUser:
        """Return who signs in by a username in any case. Raises User.DoesNotExist."""
        return await self.named(username or "").aget()

    @classmethod
    def normalize_email(cls, email: str | None) -> str:
        """Return the address in lower case; None becomes the empty string."""
        return (email or "").strip().lower()
