"""Albums and the works in them, as lines of an export."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from albums.models import Album, AlbumItem
from albums.saved_creators import portable_queries
from content.models import ContentItem
from exports.records import source_id_of
from users.models import User


class AlbumKey(NamedTuple):
    """What an album is known by in an export: whose it is, its title, and when it was made."""

    owner: str
    title: str
    created_at: str

    @classmethod
    def of(cls, album: Album) -> "AlbumKey":
        """Return the key of an album, whose owner is loaded."""
        return cls(album.owner.username, album.title, album.created_at.isoformat())


def album_lines(albums: Sequence[Album], viewer: User | None) -> Iterator[dict[str, Any]]:
    """Yield albums, whose owners and covers are loaded. One query if any is of a search for a creator."""
    queries = portable_queries(albums, viewer)
    for album in albums:
        yield _album_line(album, queries.get(album.pk, ""), viewer)


def _album_line(album: Album, query: str, viewer: User | None) -> dict[str, Any]:
    """Return an album with the search that another site understands. The link that it is shared by is no part of
    it."""
    line = {
        **AlbumKey.of(album)._asdict(),
        "notes": album.notes,
        "query": query,
        "is_public": album.is_public,
        "cover": _cover(album.cover, viewer),
    }
    return {name: value for name, value in line.items() if value not in (None, "")}


def _cover(work: ContentItem | None, viewer: User | None) -> str | None:
    """Return what an album's cover is called; None for a work that the viewer does not see any more."""
    is_shown = work is not None and (viewer is None or work.is_visible_to(viewer))
    return source_id_of(work, viewer) if is_shown else None


def album_item_line(item: AlbumItem, viewer: User | None) -> dict[str, Any]:
    """Return a work in an album; both are loaded."""
    line = {
        "album": list(AlbumKey.of(item.album)),
        "work": source_id_of(item.content, viewer),
        "position": item.position,
        "note": item.note,
        "added_at": item.added_at.isoformat(),
    }
    return {name: value for name, value in line.items() if value != ""}
