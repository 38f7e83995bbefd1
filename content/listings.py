"""The lists of content: the gallery's, and the automatic items' alone."""

from django.db.models import Q, QuerySet

from content.filters import ContentFilter
from content.models import QUALITY_KEY, AutoContentItem, ContentItem, ContentType, Source
from genonaut.pagination.listing import Listing, Scope
from users.models import User
from users.querysets import is_staff


class ContentListing(Listing):
    """The gallery: public items, and the viewer's own private ones among them; staff see all."""

    name = "content"
    model = ContentItem
    sorts = {
        "created_at": ("created_at", "id"),
        "quality_score": (QUALITY_KEY, "created_at", "id"),
    }
    rankings = {"created_at": "newest", "quality_score": "best"}
    shows = (User,)
    filters = ContentFilter
    facets = {"content_type": ContentType.values, "source": Source.values}
    indexed = frozenset({"creator"})
    bounds = {"created_after": "created_at", "created_before": "created_at", "min_quality": "quality_score"}

    def scopes(self) -> list[Scope]:
        """Return the public items, then the private ones that the viewer may see."""
        scopes = [Scope(Q(is_private=False), is_faceted=True, ranked={"is_private": [False]})]
        if is_staff(self.viewer):
            scopes.append(Scope(Q(is_private=True), is_faceted=True, ranked={"is_private": [True]}))
        elif self.viewer.is_authenticated:
            scopes.append(Scope(Q(is_private=True, creator=self.viewer)))
        return scopes

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what a card shows."""
        return queryset.for_cards()


class AutoContentListing(ContentListing):
    """The automatic items alone."""

    name = "content-auto"
    model = AutoContentItem
    fixed = {"source": Source.AUTO}
