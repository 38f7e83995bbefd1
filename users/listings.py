"""The list of users."""

from django.db.models import Q, QuerySet

from genonaut.pagination.listing import Listing, Scope
from users.filters import UserFilter
from users.models import User
from users.querysets import is_staff


class UserListing(Listing):
    """Public profiles: active users; staff see the inactive as well."""

    name = "users"
    model = User
    sorts = {"created_at": ("created_at", "id"), "username": ("username", "id")}
    rankings = {"created_at": "newest", "username": "username"}
    filters = UserFilter
    facets = {"is_active": (True, False)}
    bounds = {"created_after": "created_at", "created_before": "created_at"}

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: the public profile."""
        return queryset.only("username", "name", "created_at")

    def scopes(self) -> list[Scope]:
        """Return the active users, then for staff the inactive ones; the filter `is_active` leaves one of them."""
        shown = (True, False) if is_staff(self.viewer) else (True,)
        wanted = self.active_filters.get("is_active")
        states = [state for state in shown if wanted in (None, state)]
        return [Scope(Q(is_active=state), ranked={"is_active": [state]}) for state in states] or [Scope(Q(pk__in=()))]
