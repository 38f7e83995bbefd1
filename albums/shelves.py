"""Albums as galleries: an album made by hand in its order, a smart one as the list that its search finds."""

from dataclasses import dataclass

from django.http import HttpRequest, QueryDict

from albums.listings import SmartAlbumListing, fixed_to, listing_for
from albums.models import Album
from albums.notes import read_with_notes
from albums.saved import SORTING, filters_of, words_of
from content.card_rows import read_works
from content.galleries import Gallery, Shelf, gallery_of
from genonaut.http import queries
from genonaut.pagination.spec import Fixed

EMPTY = ("No works in this album", "Its owner adds works from their pages.")
EMPTY_SEARCH = ("No works in this album", "Works appear here as soon as its search finds some.")


@dataclass(frozen=True)
class AlbumShelf(Shelf):
    """An album's page; `may_change` if the viewer may change the album."""

    album: Album | None = None
    may_change: bool = False
    # By its link.
    is_shared: bool = False
    # What a smart album finds, in words.
    finds: str = ""


def gallery_for(request: HttpRequest, album: Album, url_name: str, argument: object) -> Gallery:
    """Return the gallery of an album as a request asks for it. Raises InvalidParametersError."""
    shelf = AlbumShelf(
        SmartAlbumListing if album.is_smart else listing_for(album, request.user),
        url_name,
        heading=album.title,
        empty=EMPTY_SEARCH if album.is_smart else EMPTY,
        below_heading="albums/_heading.html",
        page="albums/album.html",
        album=album,
        may_change=album.may_be_changed_by(request.user),
        is_shared=url_name == "albums:shared",
        finds=words_of(album.query, request.user) if album.is_smart else "",
        read=read_works if album.is_smart else read_with_notes,
    )
    fixed = fixed_to(album)
    if album.is_smart:
        fixed = _saved_filters(request, QueryDict(album.query))
    return gallery_of(request, shelf, arguments=[argument], fixed=fixed)


def _saved_filters(request: HttpRequest, saved: QueryDict) -> Fixed:
    """Return the filters of a saved search; its sort becomes the request's, which may name another.

    Raises InvalidParametersError if the list of content understands the search no longer.
    """
    SmartAlbumListing(request.user, saved)
    if "sort" not in request.GET:
        asked = request.GET.copy()
        for name in SORTING & saved.keys():
            asked.setdefault(name, saved[name])
        queries.keep(request, asked)
    return filters_of(saved)
