"""The admin of who follows whom: looked at, and not changed here."""

from django.contrib import admin

from genonaut.large_admin import RelatedRowFilter, change_link
from people.models import Follow
from users.access_admin import OfUserAdmin


@admin.register(Follow)
class FollowAdmin(OfUserAdmin):
    """Accounts that follow others; a search by a username finds whom that account follows."""

    list_display = ("__str__", "user_link", "person_link", "created_at")
    list_select_related = ("user", "person")
    list_only = ("user__username", "person__username", "created_at")
    list_filter = (("user", RelatedRowFilter), ("person", RelatedRowFilter))
    fields = ("user_link", "person_link", "created_at")

    @admin.display(description="follows")
    def person_link(self, follow: Follow) -> str:
        """Return a link to the account that is followed."""
        return change_link(follow.person)
