"""The list of users."""

from django.db.models import Q

from genonaut.pagination.listing import Listing, Scope
from users.filters import UserFilter
from users.models import User
from users.querysets import is_staff


class UserListing(Listing):
    """Public profiles: active users; staff see the inactive as well."""

    name = "users"
    model = User
    sorts = {"created_at": ("created_at", "id"), "username": ("username", "id")}
    filters = UserFilter
    bounds = {"created_after": "created_at", "created_before": "created_at"}

    def scopes(self) -> list[Scope]:
        """Return the active users, then for staff the inactive ones."""
        scopes = [Scope(Q(is_active=True))]
        if is_staff(self.viewer):
            scopes.append(Scope(Q(is_active=False)))
        return scopes
