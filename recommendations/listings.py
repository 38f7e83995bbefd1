"""The list of recommendations."""

from django.db.models import Q, QuerySet

from content.models import ContentItem
from genonaut.pagination.listing import Listing, Scope
from recommendations.filters import RecommendationFilter
from recommendations.models import Recommendation
from users.models import User
from users.querysets import is_staff


class RecommendationListing(Listing):
    """What is recommended to the viewer, as long as the items are visible to them; staff see all."""

    name = "recommendations"
    model = Recommendation
    sorts = {"score": ("score", "created_at", "id"), "created_at": ("created_at", "id")}
    rankings = {"score": "best", "created_at": "newest"}
    shows = (User, ContentItem)
    filters = RecommendationFilter
    facets = {"is_served": (False, True)}
    bounds = {"created_after": "created_at", "created_before": "created_at", "min_score": "score"}

    def scopes(self) -> list[Scope]:
        """Return one scope: what `Recommendation.objects.visible_to` keeps."""
        if is_staff(self.viewer):
            return [Scope(Q(), is_faceted=True, ranked={})]
        own = Q(user_id=self.viewer.pk) & ContentItem.objects.refers_to_visible(self.viewer)
        return [Scope(own, is_faceted=True)]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows."""
        return queryset.select_related("user", "content").only(
            "score", "algorithm", "is_served", "created_at", "user__username", "content__title"
        )
