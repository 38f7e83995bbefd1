"""Lists of one's own: one's works, what one likes, bookmarked and saw, all that one did, whom one follows, and their
works."""

from typing import ClassVar

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django_filters import CharFilter, ChoiceFilter

from catalog.totals import works_by_any
from content.filters import ContentFilter, PersonFilter
from content.listings import NO_WORKS, ContentListing, WorksListing
from content.models import ContentItem
from genonaut.pagination.filters import NoFilters
from genonaut.pagination.indexes import fixed_by
from genonaut.pagination.listing import Listing, Scope
from interactions.models import Interaction, Kind
from people.models import Follow
from users.levels import shown_level


class VisibilityFilter(ChoiceFilter):
    """Public works, or private ones."""

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        """Keep the works of this kind."""
        return queryset.filter(is_private=value == "private") if value else queryset


class OwnWorksFilter(PersonFilter):
    """The gallery's filters, and who sees a work."""

    visibility = VisibilityFilter(
        choices=[("public", "Public"), ("private", "Private")], label="Seen by", empty_label="All and you alone"
    )


def is_private(scope: Scope) -> bool:
    """Return whether a scope of works is one of private works."""
    return fixed_by(scope.condition, ContentItem)["is_private"]


class OwnWorksListing(ContentListing):
    """One person's works, public and private; the view fixes whose."""

    name = "my-works"
    filters = OwnWorksFilter
    # The indexes of a creator's works are of public ones and of private ones.
    facets = {**ContentListing.facets, "visibility": ()}

    def scopes(self) -> list[Scope]:
        """Return the scopes of works; the filter `visibility` leaves one of them."""
        scopes = super().scopes()
        wanted = self.active_filters.get("visibility")
        if wanted is None:
            return scopes
        return [scope for scope in scopes if is_private(scope) == (wanted == "private")]


class MarkedListing(WorksListing):
    """The works that the viewer marked in one way, by when they did: along `interaction_user_kind_newest`."""

    model = Interaction
    sorts = {"created_at": ("created_at", "id")}
    rankings = {"created_at": "newest"}
    shows = (ContentItem,)
    kind: ClassVar[Kind]

    def scopes(self) -> list[Scope]:
        """Return the viewer's own marks, staff's too, on works that they see."""
        return [Scope(Q(user_id=self.viewer.pk, kind=self.kind) & self.shown_to_viewer)]


class LikeListing(MarkedListing):
    """The works that the viewer likes."""

    name = "my-likes"
    kind = Kind.LIKE
    sort_names = {("created_at", "desc"): "Liked last", ("created_at", "asc"): "Liked first"}


class BookmarkListing(MarkedListing):
    """The works that the viewer bookmarked."""

    name = "my-bookmarks"
    kind = Kind.BOOKMARK
    sort_names = {("created_at", "desc"): "Bookmarked last", ("created_at", "asc"): "Bookmarked first"}


class HistoryListing(WorksListing):
    """The works that the viewer saw, each once, by when they saw it last: along `interaction_user_kind_newest`."""

    name = "my-history"
    model = Interaction
    sorts = {"created_at": ("created_at", "id")}
    rankings = {"created_at": "newest"}
    shows = (ContentItem,)
    sort_names = {("created_at", "desc"): "Seen last", ("created_at", "asc"): "Seen first"}

    def scopes(self) -> list[Scope]:
        """Return the viewer's last view of each work that they see now.

        A scalar subquery: each view looks for the last one of its work in `interaction_user_item_views`.
        """
        views = Interaction.objects.filter(user_id=self.viewer.pk, kind=Kind.VIEW, content_id=OuterRef("content_id"))
        last = Q(pk=Subquery(views.order_by("-created_at", "-id").values("pk")[:1]))
        return [Scope(Q(user_id=self.viewer.pk, kind=Kind.VIEW) & last & self.shown_to_viewer)]


class ActivityFilter(NoFilters):
    """What was done."""

    kind = ChoiceFilter(choices=Kind, label="Kind")


class ActivityListing(WorksListing):
    """All that the viewer did with works that they see: along `interaction_user_newest`, of one kind
    `interaction_user_kind_newest`."""

    name = "my-activity"
    model = Interaction
    sorts = {"created_at": ("created_at", "id")}
    rankings = {"created_at": "newest"}
    shows = (ContentItem,)
    filters = ActivityFilter
    facets = {"kind": Kind.values}

    def scopes(self) -> list[Scope]:
        """Return what the viewer did, staff too, with works that they see."""
        return [Scope(Q(user_id=self.viewer.pk) & self.shown_to_viewer)]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what a line of the list says."""
        return queryset.select_related("content").only(
            "kind", "rating", "comment", "created_at", "content__title", "content__is_private"
        )


class FollowedFilter(CharFilter):
    """The creators whose works are kept: ids, separated by commas. Only views name them."""

    def filter(self, queryset: QuerySet, value: str) -> QuerySet:
        """Keep the works of these creators, each of whom is a word of the search index."""
        return queryset.filter(search_words__finds=" | ".join(f"'@{pk}'" for pk in ids_in(value)))


def ids_in(text: str) -> list[int]:
    """Return the ids of a text."""
    return [int(part) for part in text.split(",")]


class FeedFilter(ContentFilter):
    """The gallery's filters, and whose works are kept."""

    followed = FollowedFilter(label="Followed")


class FeedListing(ContentListing):
    """The public works of some people; the view fixes whose by `followed`."""

    name = "feed"
    filters = FeedFilter

    def scopes(self) -> list[Scope]:
        """Return the public works: staff see others' private ones elsewhere."""
        public = [scope for scope in super().scopes() if scope.ranked is not None and not is_private(scope)]
        return public or [NO_WORKS]

    def known_total(self) -> int | None:
        """Return how many works they have, as the catalog counts them, unless other filters are in force. One query."""
        if self.active_filters.keys() != {"followed"}:
            return None
        return works_by_any(ids_in(self.active_filters["followed"]), shown_level(self.viewer))


class FollowListing(Listing):
    """Whom the viewer follows, by when they began to: along `follow_user_newest`."""

    name = "my-follows"
    model = Follow
    sorts = {"created_at": ("created_at", "id")}
    filters = NoFilters

    def scopes(self) -> list[Scope]:
        """Return the viewer's own, without accounts that are closed."""
        return [Scope(Q(user_id=self.viewer.pk, person__is_active=True))]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what a line of the list shows."""
        return queryset.select_related("person").only(
            "created_at", "person__username", "person__name", "person__preferences"
        )
