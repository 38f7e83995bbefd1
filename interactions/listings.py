"""The list of interactions."""

from django.db.models import QuerySet

from content.models import ContentItem
from genonaut.pagination.listing import Scope
from interactions.filters import InteractionFilter
from interactions.models import Interaction, Kind
from users.listings import OwnedListing
from users.models import User

# Of an item: its title, and who sees it.
ITEM = ("content__title", "content__is_private", "content__trashed_at", "content__creator_id")


class InteractionListing(OwnedListing):
    """The viewer's own interactions; staff see all. By the id of an item only those whose item the viewer sees."""

    name = "interactions"
    model = Interaction
    shows = (User, ContentItem)
    filters = InteractionFilter
    facets = {"kind": Kind.values}

    def scopes(self) -> list[Scope]:
        """Return one scope: what `Interaction.objects.visible_to` keeps."""
        scopes = super().scopes()
        if "content" not in self.active_filters:
            return scopes
        is_item_visible = ContentItem.objects.refers_to_visible(self.viewer)
        return [scope._replace(condition=scope.condition & is_item_visible) for scope in scopes]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: not the metadata."""
        return queryset.select_related("user", "content").only(
            "kind", "rating", "comment", "duration_seconds", "created_at", "user__username", *ITEM
        )
