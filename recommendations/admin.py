"""The admin of recommendations."""

from django.contrib import admin

from content.related_admin import UserAndItemAdmin
from genonaut.large_admin import RelatedRowFilter
from recommendations.listings import RecommendationListing
from recommendations.models import Recommendation


@admin.register(Recommendation)
class RecommendationAdmin(UserAndItemAdmin):
    """What the system recommends to whom."""

    sorts = RecommendationListing.sorts
    indexes = {
        "created_at": ((), ("is_served",), ("user",), ("user", "is_served")),
        "score": ((), ("is_served",), ("user",), ("user", "is_served")),
    }
    list_display = ("__str__", "user_link", "content_link", "score", "state", "created_at")
    list_select_related = ("user", "content")
    list_only = ("score", "algorithm", "is_served", "created_at", "user__username", "content__title")
    list_filter = ("is_served", ("user", RelatedRowFilter), ("content", RelatedRowFilter))

    autocomplete_fields = ("user", "content")
    record_fields = ("created_at",)
    fieldsets = ((None, {"fields": ("user", "content", "score", "algorithm", "is_served")}),)

    @admin.display(description="state")
    def state(self, recommendation: Recommendation) -> str:
        """Return whether the user was shown it."""
        return "Served" if recommendation.is_served else "Waiting"
