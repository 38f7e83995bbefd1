"""The lists of recommendations: all rows of the API, and For you."""

from collections.abc import Hashable

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q, QuerySet

from content.listings import WorksListing
from content.models import ContentItem
from genonaut.pagination.listing import Scope, Viewer
from recommendations.filters import RecommendationFilter
from recommendations.models import ALGORITHM, Recommendation
from users.levels import shown_level
from users.listings import OwnedListing
from users.models import User


def recommended_to(user: User) -> Q:
    """Return the condition of what the site recommends to a user: works that all may see, to staff too."""
    is_public = ContentItem.objects.refers_to_visible(AnonymousUser())
    return Q(user_id=user.pk, algorithm=ALGORITHM) & is_public


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

    @classmethod
    def choice_of(cls, viewer: Viewer) -> Hashable:
        """Return the highest level of works that the viewer is shown."""
        return shown_level(viewer).value

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows."""
        return queryset.select_related("user", "content").only(
            "score", "algorithm", "is_served", "created_at", "user__username", "content__title"
        )


class ForYouListing(WorksListing):
    """The works that the site recommends to the viewer, the best first: along `recommendation_user_best`."""

    name = "for-you"
    model = Recommendation
    sorts = {"score": ("score", "created_at", "id")}
    sort_names = {("score", "desc"): "Best first", ("score", "asc"): "Poorest first"}
    shows = (ContentItem,)

    def scopes(self) -> list[Scope]:
        """Return what is recommended to the viewer, of the works that they see."""
        return [Scope(recommended_to(self.viewer) & self.shown_to_viewer)]
