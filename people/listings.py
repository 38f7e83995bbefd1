"""Lists of one's own: what one likes and what one bookmarked."""

from typing import ClassVar

from django.db.models import Q

from content.listings import WorksListing
from content.models import ContentItem
from genonaut.pagination.listing import Scope
from interactions.models import Interaction, Kind


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
