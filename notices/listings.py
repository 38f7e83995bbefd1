"""The list of one's own notices."""

from django.db.models import QuerySet

from content.models import ContentItem
from genonaut.pagination.listing import Listing, Scope
from notices.filters import NoticeFilter
from notices.models import Notice
from users.models import User

# What a notice says of the rows that it refers to.
SHOWN = (
    *("kind", "completed", "failed", "created_at", "read_at"),
    *("actor__username", "actor__name", "actor__is_active"),
    *("content__title", "content__is_private", "content__trashed_at", "content__creator_id"),
    *("comment__comment", "comment__kind", "comment__parent_id", "comment__content_id"),
    "job__batch",
)


def for_reading(rows: QuerySet[Notice]) -> QuerySet[Notice]:
    """Load what notices say."""
    return rows.select_related("actor", "content", "comment", "job").only("user_id", *SHOWN)


class NoticeListing(Listing):
    """The viewer's own notices, newest first; staff too see their own alone."""

    name = "notifications"
    model = Notice
    sorts = {"created_at": ("created_at", "id")}
    filters = NoticeFilter
    shows = (User, ContentItem)

    def scopes(self) -> list[Scope]:
        """Return the one scope of the model."""
        return [Scope(condition) for condition in Notice.objects.scopes(self.viewer)]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what a notice says."""
        return for_reading(queryset)
