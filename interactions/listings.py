"""The lists of interactions: one's own, the threads of an item, the answers of a thread."""

from django.db.models import Q, QuerySet

from content.models import ContentItem
from genonaut.pagination.listing import Listing, Scope
from interactions.filters import AnswerFilter, CommentFilter, InteractionFilter
from interactions.models import Interaction, Kind
from users.listings import OwnedListing
from users.models import User

# Of an item: its title, and who sees it.
ITEM = ("content__title", "content__is_private", "content__trashed_at", "content__creator_id")

# Of a comment, with its author.
COMMENT = (
    *("kind", "comment", "content_id", "parent_id", "created_at", "edited_at", "removed_at"),
    *("user__username", "user__name", "user__is_active"),
)


class InteractionListing(OwnedListing):
    """The viewer's own interactions; staff see all. By the id of an item only those whose item the viewer sees."""

    name = "interactions"
    model = Interaction
    shows = (User, ContentItem)
    filters = InteractionFilter
    facets = {"kind": Kind.values}

    def scopes(self) -> list[Scope]:
        """Return one scope: what `Interaction.objects.visible_to` keeps."""
        scopes = super().scopes()
        if "content" not in self.active_filters:
            return scopes
        is_item_visible = ContentItem.objects.refers_to_visible(self.viewer)
        return [scope._replace(condition=scope.condition & is_item_visible) for scope in scopes]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows: not the metadata."""
        return queryset.select_related("user", "content").only(
            "kind",
            "rating",
            "comment",
            "parent_id",
            "edited_at",
            "duration_seconds",
            "created_at",
            "user__username",
            *ITEM,
        )


class ThreadListing(Listing):
    """The threads of an item, which the caller made sure that the viewer sees."""

    name = "comments"
    model = Interaction
    sorts = {"created_at": ("created_at", "id")}
    filters = CommentFilter

    def scopes(self) -> list[Scope]:
        """Return one scope: comments that answer none."""
        return [Scope(Q(kind=Kind.COMMENT, parent__isnull=True))]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what a comment shows."""
        return queryset.select_related("user").only(*COMMENT)


class AnswerListing(ThreadListing):
    """The answers of a thread, likewise."""

    name = "answers"
    filters = AnswerFilter

    def scopes(self) -> list[Scope]:
        """Return one scope: comments that answer one."""
        return [Scope(Q(kind=Kind.COMMENT, parent__isnull=False))]
