"""The list of one person's works, which knows one filter more than the gallery: who sees a work."""

from django.db.models import QuerySet
from django_filters import ChoiceFilter

from content.filters import ContentFilter
from content.listings import ContentListing
from content.models import ContentItem
from genonaut.pagination.indexes import fixed_by
from genonaut.pagination.listing import Scope


class VisibilityFilter(ChoiceFilter):
    """Public works, or private ones."""

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        """Keep the works of this kind."""
        return queryset.filter(is_private=value == "private") if value else queryset


class OwnWorksFilter(ContentFilter):
    """The gallery's filters, and who sees a work."""

    visibility = VisibilityFilter(
        choices=[("public", "Public"), ("private", "Private")], label="Seen by", empty_label="All and you alone"
    )


def is_private(scope: Scope) -> bool:
    """Return whether a scope of works is one of private works."""
    return fixed_by(scope.condition, ContentItem)["is_private"]


class OwnWorksListing(ContentListing):
    """One person's works, public and private; the view fixes whose."""

    name = "my-works"
    filters = OwnWorksFilter
    # The indexes of a creator's works are of public ones and of private ones.
    facets = {**ContentListing.facets, "visibility": ()}

    def scopes(self) -> list[Scope]:
        """Return the scopes of works; the filter `visibility` leaves one of them."""
        scopes = super().scopes()
        wanted = self.active_filters.get("visibility")
        if wanted is None:
            return scopes
        return [scope for scope in scopes if is_private(scope) == (wanted == "private")]
