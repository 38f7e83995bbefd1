"""An account's albums, as the copy of its data has them."""

from collections.abc import Iterator
from typing import Any

from albums.models import Album, AlbumItem
from content.references import fields_of, known_id
from genonaut.database.batches import in_batches
from users.models import User

FIELDS = ("id", "title", "notes", "query", "is_public", "created_at")
ITEM_FIELDS = ("album_id", "position", "note", "added_at")


def album_rows(account: User, root: str) -> Iterator[dict[str, Any]]:
    """Yield an account's albums by age, each followed by its works, without the ids of those that it does not see. One
    query for 500 of either."""
    owned = Album.objects.filter(owner=account).select_related("cover").only(*FIELDS, *fields_of("cover"))
    for albums in in_batches(owned, "created_at", "id"):
        for album in albums:
            said = {name: getattr(album, name) for name in FIELDS}
            yield {"kind": "album", **said, "cover_id": known_id(album.cover, account)}
            yield from _item_rows(album, account)


def _item_rows(album: Album, account: User) -> Iterator[dict[str, Any]]:
    placed = AlbumItem.objects.filter(album=album).select_related("content").only(*ITEM_FIELDS, *fields_of("content"))
    for items in in_batches(placed, "position", "id"):
        for item in items:
            said = {name: getattr(item, name) for name in ITEM_FIELDS}
            yield {"kind": "item", **said, "content_id": known_id(item.content, account)}
