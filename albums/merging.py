"""Works that are merged into another leave it their places in albums, and the covers that they are."""

from collections.abc import Sequence

from django.db import connection

from albums.models import Album
from content.models import ContentItem
from content.signals import merged

# Where an album has the kept work it stays, and takes the note of another if it has none. Albums are locked, so that
# none of them goes meanwhile; what triggers write of an item is not copied.
MOVE = """
WITH albums AS MATERIALIZED (
    SELECT id FROM albums_album
    WHERE id IN (SELECT album_id FROM albums_albumitem WHERE content_id = ANY(%(others)s)) ORDER BY id FOR KEY SHARE
), first AS (
    SELECT DISTINCT ON (album_id) album_id, position, added_at, coalesce(
        (SELECT noted.note FROM albums_albumitem AS noted
            WHERE noted.album_id = item.album_id AND noted.content_id = ANY(%(others)s) AND noted.note <> ''
            ORDER BY noted.position DESC, noted.id DESC LIMIT 1), '') AS note
    FROM albums_albumitem AS item JOIN albums ON albums.id = item.album_id
    WHERE content_id = ANY(%(others)s) ORDER BY album_id, position DESC, item.id DESC
)
INSERT INTO albums_albumitem AS item (album_id, content_id, position, note, audience, added_at)
SELECT album_id, %(kept)s, position, note, 0, added_at FROM first
ON CONFLICT (content_id, album_id) DO UPDATE SET note = excluded.note WHERE item.note = '' AND excluded.note <> ''
"""


def connect() -> None:
    """Follow merges."""
    merged.connect(take_places, dispatch_uid="albums.merging")


def take_places(sender: type, *, kept: ContentItem, others: Sequence[ContentItem], **_options: object) -> None:
    """Put a work where others are that are merged into it, once in each album. Two queries."""
    ids = [item.pk for item in others]
    with connection.cursor() as cursor:
        cursor.execute(MOVE, {"kept": kept.pk, "others": ids})
    Album.objects.filter(cover__in=ids).update(cover=kept)
