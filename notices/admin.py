"""The admin of notices: looked at, and not changed here."""

from django.contrib import admin

from genonaut.large_admin import change_link
from notices.models import Notice
from users.access_admin import OfUserAdmin


@admin.register(Notice)
class NoticeAdmin(OfUserAdmin):
    """What people were told."""

    list_display = ("__str__", "user_link", "actor_link", "content_link", "created_at", "read_at")
    list_select_related = ("user", "actor", "content")
    list_only = ("kind", "user__username", "actor__username", "content__title", "created_at", "read_at")
    fields = (
        *("kind", "user_link", "actor_link", "content_link", "comment_link", "job_link"),
        *("created_at", "read_at"),
    )

    @admin.display(description="by")
    def actor_link(self, notice: Notice) -> str:
        """Return a link to the account that did it."""
        return change_link(notice.actor) if notice.actor else "–"

    @admin.display(description="item")
    def content_link(self, notice: Notice) -> str:
        """Return a link to the work that it is about."""
        return change_link(notice.content) if notice.content else "–"

    @admin.display(description="comment")
    def comment_link(self, notice: Notice) -> str:
        """Return a link to the comment that it is about."""
        return change_link(notice.comment) if notice.comment else "–"

    @admin.display(description="job")
    def job_link(self, notice: Notice) -> str:
        """Return a link to the job that it is about."""
        return change_link(notice.job) if notice.job else "–"
