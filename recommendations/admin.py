"""The admin of recommendations."""

from django.contrib import admin
from django.db.models import Q

from content.admin import of_user_or_item
from genonaut.pagination.admin import LargeTableAdmin, RelatedRowFilter, change_link
from recommendations.listings import RecommendationListing
from recommendations.models import Recommendation


@admin.register(Recommendation)
class RecommendationAdmin(LargeTableAdmin):
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
    search_fields = ("id", "user", "content")
    search_help_text = "An id, a whole username, or item: and the id of an item, as in item:42."

    autocomplete_fields = ("user", "content")
    record_fields = ("created_at",)
    fieldsets = ((None, {"fields": ("user", "content", "score", "algorithm", "is_served")}),)

    @admin.display(description="state")
    def state(self, recommendation: Recommendation) -> str:
        """Return whether the user was shown it."""
        return "Served" if recommendation.is_served else "Waiting"

    @admin.display(description="user")
    def user_link(self, recommendation: Recommendation) -> str:
        """Return a link to the user."""
        return change_link(recommendation.user)

    @admin.display(description="item")
    def content_link(self, recommendation: Recommendation) -> str:
        """Return a link to the item."""
        return change_link(recommendation.content)

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        return of_user_or_item(term, item="content")
