"""The lists of albums, and of what is in one."""

from typing import Any

from django.db.models import Q, QuerySet
from django.http import QueryDict

from albums.filters import AlbumFilter, AlbumItemFilter
from albums.models import Album, AlbumItem, Audience
from content.listings import ContentListing, WorksListing
from content.models import ContentItem
from genonaut.pagination.listing import Listing, Scope, Viewer
from users.levels import Level, shown_levels
from users.models import User
from users.querysets import is_staff


class AlbumListing(Listing):
    """Public albums, and the viewer's own among them; staff see all."""

    name = "albums"
    model = Album
    sorts = {"created_at": ("created_at", "id")}
    rankings = {"created_at": "newest"}
    shows = (User, ContentItem, AlbumItem)
    filters = AlbumFilter
    bounds = {"created_after": "created_at", "created_before": "created_at"}

    def scopes(self) -> list[Scope]:
        """Return the public albums, then the private ones that the viewer may see: rankings count staff's."""
        public, *private = Album.objects.scopes(self.viewer)
        scopes = [Scope.counted(public, Album)]
        if is_staff(self.viewer):
            return scopes + [Scope.counted(condition, Album) for condition in private]
        return scopes + [Scope(condition) for condition in private]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what a card shows."""
        return queryset.for_cards()


class AlbumItemListing(WorksListing):
    """The works of an album that is made by hand, in its order, as viewers see them who do not own it.

    Each audience is a facet of the ranking, and an album a stretch of it: total and positions are exact at any depth.
    """

    name = "album-items"
    model = AlbumItem
    sorts = {"position": ("album", "position", "id")}
    rankings = {"position": "position"}
    sort_names = {("position", "desc"): "In its order", ("position", "asc"): "From its end"}
    shows = (User, ContentItem, Album)
    filters = AlbumItemFilter
    bounds = {"from_album": "position", "to_album": "position"}
    # Of no album: `items_of` says which.
    fixed = {"from_album": "0", "to_album": "0"}

    @classmethod
    def audiences(cls, viewer: Viewer) -> list[int]:
        """Return the audiences whose works the list shows to a viewer."""
        return Audience.at(shown_levels(viewer), Audience.PUBLIC, Audience.OWNER_PUBLIC)

    def scopes(self) -> list[Scope]:
        """Return the items of each audience that the viewer belongs to, of all albums.

        The album is said by the bounds alone. Beside them `album = 7` makes PostgreSQL begin each scan at the album's
        end and read up to the row that it was to begin at: 500 ms for a page of an album of a million.
        """
        return [Scope.counted(Q(audience=audience), AlbumItem) for audience in self.audiences(self.viewer)]

    def load(self, queryset: QuerySet) -> QuerySet:
        """Load what the list shows of an item and its work."""
        work = ("content__title", "content__is_private", "content__trashed_at", "content__creator_id")
        return queryset.select_related("content").only("note", "added_at", *work)


class SmartAlbumListing(ContentListing):
    """The works that a saved search finds, with the viewer's own eyes."""

    name = "smart-album"
    shows = (User, Album)


class OwnAlbumItemListing(AlbumItemListing):
    """The same for the album's owner, who also sees their own private works in it, and their own of any level."""

    name = "own-album-items"

    @classmethod
    def audiences(cls, viewer: Viewer) -> list[int]:
        """Return the audiences whose works the list shows to the owner."""
        shown = Audience.at(shown_levels(viewer), Audience.PUBLIC)
        return sorted(shown + Audience.at(Level, Audience.OWNER, Audience.OWNER_PUBLIC))


class AllAlbumItemListing(AlbumItemListing):
    """The same for staff, who see private works too."""

    name = "all-album-items"

    @classmethod
    def audiences(cls, viewer: Viewer) -> list[int]:
        """Return the audiences whose works the list shows to staff."""
        audiences = (Audience.PUBLIC, Audience.OWNER, Audience.HIDDEN, Audience.OWNER_PUBLIC)
        return Audience.at(shown_levels(viewer), *audiences)


class OwnAllAlbumItemListing(AllAlbumItemListing):
    """The same for staff who own the album: what staff see of any album, and their own works of any level."""

    name = "own-all-album-items"

    @classmethod
    def audiences(cls, viewer: Viewer) -> list[int]:
        """Return the audiences whose works the list shows to staff in an album of their own."""
        own = Audience.at(Level, Audience.OWNER, Audience.OWNER_PUBLIC)
        return sorted({*super().audiences(viewer), *own})


def items_of(album: Album, viewer: Viewer, query: QueryDict, **options: Any) -> AlbumItemListing:  # noqa: ANN401 - of the listing
    """Return the works of an album as a viewer sees them. Raises InvalidParametersError."""
    return listing_for(album, viewer)(viewer, query, fixed=fixed_to(album), **options)


def listing_for(album: Album, viewer: Viewer) -> type[AlbumItemListing]:
    """Return the list of an album's works for a viewer."""
    if is_staff(viewer):
        return OwnAllAlbumItemListing if album.is_of(viewer) else AllAlbumItemListing
    return OwnAlbumItemListing if album.is_of(viewer) else AlbumItemListing


def fixed_to(album: Album) -> dict[str, str]:
    """Return the filters that make a list that of one album."""
    return {"from_album": str(album.pk), "to_album": str(album.pk)}
