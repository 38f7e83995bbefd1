"""The list of interactions."""

from django.db.models import Q, QuerySet

from content.models import ContentItem
from genonaut.pagination.listing import Listing, Scope
from interactions.filters import InteractionFilter
from interactions.models import Interaction, Kind
from users.models import User
from users.querysets import is_staff

# Of an item: its title, and who sees it.
ITEM = ("content__title", "content__is_private", "content__creator_id")


class InteractionListing(Listing):
    """The viewer's own interactions; staff see all. By the id of an item only those whose item the viewer sees."""

    name = "interactions"
    model = Interaction
    sorts = {"created_at": ("created_at", "id")}
    rankings = {"created_at": "newest"}
    shows = (User, ContentItem)
    filters = InteractionFilter
    facets = {"kind": Kind.values}
    bounds = {"created_after": "created_at", "created_before": "created_at"}

    def scopes(self) -> list[Scope]:
        """Return one scope: what `Interaction.objects.visible_to` keeps."""
        if is_staff(self.viewer):
            return [Scope(Q(), is_faceted=True, ranked={})]
        own = Q(user_id=self.viewer.pk)
        if "content" in self.active_filters:
            own &= ContentItem.objects.refers_to_visible(self.viewer)
        return [Scope(own, is_faceted=True)]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: not the metadata."""
        return queryset.select_related("user", "content").only(
            "kind", "rating", "comment", "duration_seconds", "created_at", "user__username", *ITEM
        )
