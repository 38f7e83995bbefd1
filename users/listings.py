"""The list of users, and what lists of users' own rows have in common."""

from django.db.models import Q, QuerySet

from genonaut.pagination.listing import Listing, Scope
from users.filters import UserFilter
from users.models import User
from users.querysets import is_staff


class OwnedListing(Listing):
    """The viewer's own rows, of a model with an OwnedQuerySet; staff see all."""

    sorts = {"created_at": ("created_at", "id")}
    rankings = {"created_at": "newest"}
    bounds = {"created_after": "created_at", "created_before": "created_at"}

    def scopes(self) -> list[Scope]:
        """Return the scopes of the model; rankings count those of staff, which are all rows."""
        ranked = {} if is_staff(self.viewer) else None
        return [
            Scope(condition, is_faceted=True, ranked=ranked) for condition in self.model.objects.scopes(self.viewer)
        ]


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
        """Return the scopes of users; the filter `is_active` leaves one of them."""
        scopes = [Scope.counted(condition, User) for condition in User.objects.scopes(self.viewer)]
        wanted = self.active_filters.get("is_active")
        kept = [scope for scope in scopes if wanted is None or scope.ranked == {"is_active": [wanted]}]
        return kept or [Scope(Q(pk__in=()))]
