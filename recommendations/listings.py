"""The list of recommendations."""

from django.db.models import QuerySet

from content.models import ContentItem
from recommendations.filters import RecommendationFilter
from recommendations.models import Recommendation
from users.listings import OwnedListing
from users.models import User


class RecommendationListing(OwnedListing):
    """What is recommended to the viewer, as long as the items are visible to them; staff see all."""

    name = "recommendations"
    model = Recommendation
    sorts = {"score": ("score", "created_at", "id"), "created_at": ("created_at", "id")}
    rankings = {"score": "best", "created_at": "newest"}
    shows = (User, ContentItem)
    filters = RecommendationFilter
    facets = {"is_served": (False, True)}
    bounds = {**OwnedListing.bounds, "min_score": "score"}

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows."""
        return queryset.select_related("user", "content").only(
            "score", "algorithm", "is_served", "created_at", "user__username", "content__title"
        )
