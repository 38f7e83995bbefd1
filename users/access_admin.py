"""The admin of what opens accounts: keys, sessions and addresses to be confirmed. It shows no secret.

These models have no permissions, so that superusers alone see them.
"""

from django.contrib import admin
from django.db.models import Model, Q

from genonaut.large_admin import FactsAdmin, RelatedRowFilter, as_id, change_link
from genonaut.pagination.indexes import Prefixes
from genonaut.pagination.keyset import Order
from users.models import User
from users.sessions import device_name


class OfUserAdmin(FactsAdmin):
    """Rows of one user each, found by an id or a whole username."""

    goes_along = True
    list_select_related = ("user",)
    list_filter = (("user", RelatedRowFilter),)
    search_fields = ("id", "user")
    search_help_text = "An id, or a whole username."

    @admin.display(description="user")
    def user_link(self, row: Model) -> str:
        """Return a link to the user; a row without one has none."""
        return change_link(row.user) if row.user else "–"

    def search(self, term: str) -> Q:
        """Return the condition of a search. One query if it is a username."""
        return as_id(term) if term.isdecimal() else of_username(term)


def of_username(username: str) -> Q:
    """Return the condition of the rows of a user. One query, so that the list is read along that user's index."""
    user = User.objects.pk_named(username)
    return Q(pk__in=[]) if user is None else Q(user=user)


class ApiTokenAdmin(OfUserAdmin):
    """Keys of programs. Neither a key nor its digest is shown."""

    list_display = ("name", "id", "user_link", "created_at", "expires_at", "used_at")
    list_only = ("name", "user__username", "created_at", "expires_at", "used_at")
    fields = ("name", "user_link", "created_at", "expires_at", "used_at")


class UserSessionAdmin(OfUserAdmin):
    """Sessions that are signed in. Their keys, which would sign in their holder, are not shown."""

    list_display = ("device_name", "id", "user_link", "started_at", "seen_at")
    list_only = ("device", "user__username", "started_at", "seen_at")
    fields = ("device_name", "device", "user_link", "started_at", "seen_at")

    @admin.display(description="device")
    def device_name(self, session: Model) -> str:
        """Return the browser and system; "unknown" if the browser did not say."""
        return device_name(session.device) or "unknown"


class PendingEmailAdmin(OfUserAdmin):
    """Addresses that wait for the link in a letter: one of an account at most."""

    sorts = {"account": ("user",)}
    default_sort = "account"
    list_display = ("account", "email", "activates", "created_at")
    list_only = ("user__username", "email", "activates", "created_at")
    search_fields = ("user", "email")
    search_help_text = "A whole username, or a whole e-mail address."
    fields = ("user_link", "email", "activates", "created_at")

    def prefixes(self, order: Order) -> Prefixes:
        """Return none: the user is the primary key."""
        return ((),)

    @admin.display(description="user", ordering="user")
    def account(self, pending: Model) -> str:
        """Return the user's name."""
        return pending.user.username

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        return Q(email=User.objects.normalize_email(term)) if "@" in term else of_username(term)
