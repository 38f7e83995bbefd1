"""Which list an export is of: the gallery's, an album's (`album=7`) or one of the viewer's own (`list=likes`).

The query string of `/export/` names it beside the list's own filters.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse

from albums.listings import SmartAlbumListing, fixed_to, listing_for
from albums.models import Album
from albums.saved import filters_of
from content.galleries import EVERYTHING, Shelf
from content.models import ContentItem
from genonaut.pagination.filters import MAX_ID
from genonaut.pagination.listing import Listing
from genonaut.pagination.spec import Fixed
from users.models import User

ALBUM, LIST = "album", "list"
CARRIED = (ALBUM, LIST)


class NoListError(Exception):
    """There is no such list, or the viewer does not see it. The text is a sentence for people."""


@dataclass(frozen=True)
class OwnList:
    """A list of one's own: its page, and the filters that make it that of one account."""

    shelf: Shelf
    fixed: Callable[[User], Fixed] = lambda _viewer: {}


# By the value of `list`; upper apps add theirs as they start.
OWN_LISTS: dict[str, OwnList] = {}


@dataclass(frozen=True)
class Choice:
    """A list whose works are to be exported: what it is made of, and its page."""

    listing: type[Listing]
    address: str
    fixed: Fixed | None = None
    # Empty: what the list's filters say.
    heading: str = ""

    def listed(self, viewer: User, query: QueryDict) -> Listing:
        """Return the list as a viewer sees it. Raises InvalidParametersError."""
        return self.listing(viewer, query, fixed=self.fixed, carried=CARRIED)


def chosen(viewer: User, query: QueryDict) -> Choice:
    """Return the list that a query string names. At most one query. Raises NoListError."""
    if sum(len(query.getlist(name)) for name in CARRIED) > 1:
        raise NoListError("An export is of one list.")
    if ALBUM in query:
        return _of_album(viewer, query[ALBUM])
    if LIST in query:
        own = OWN_LISTS.get(query[LIST])
        if own is None or viewer.pk is None:
            raise NoListError("There is no such list.")
        return Choice(own.shelf.listing, reverse(own.shelf.url_name), own.fixed(viewer), own.shelf.heading)
    return Choice(EVERYTHING.listing, reverse(EVERYTHING.url_name))


def works_in(listing: Listing) -> QuerySet[ContentItem]:
    """Return the works that a list shows to its viewer, in no order."""
    if not listing.reference:
        return listing.rows.visible
    return ContentItem.objects.filter(pk__in=listing.rows.visible.values(listing.reference))


def _of_album(viewer: User, text: str) -> Choice:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(MAX_ID))
    albums = Album.objects.visible_to(viewer).filter(pk=int(text)) if is_number else Album.objects.none()
    album = albums.first()
    if album is None:
        raise NoListError("There is no such album.")
    if album.is_smart:
        fixed = filters_of(QueryDict(album.query))
        return Choice(SmartAlbumListing, album.get_absolute_url(), fixed, album.title)
    return Choice(listing_for(album, viewer), album.get_absolute_url(), fixed_to(album), album.title)
