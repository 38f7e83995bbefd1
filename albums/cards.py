"""What the list of albums shows of each: its cover, and how many works the viewer sees in it."""

from collections.abc import Sequence
from typing import NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from albums.listings import listing_for
from albums.models import Album
from content.models import ContentItem
from genonaut.counted import things_text
from users.models import User

# Works of an album are counted up to here: its own page has the exact number.
MOST_COUNTED = 1_000
# Of each album how many works the viewer sees, up to a limit, and which is the first.
SUMMARIES = """
SELECT album.id, (
    SELECT count(*) FROM (
        SELECT FROM albums_albumitem AS item WHERE item.album_id = album.id AND item.audience = ANY(%(audiences)s)
        LIMIT %(limit)s
    ) AS counted
), (
    SELECT item.content_id FROM albums_albumitem AS item
    WHERE item.album_id = album.id AND item.audience = ANY(%(audiences)s)
    ORDER BY item.album_id DESC, item.position DESC, item.id DESC LIMIT 1
)
FROM unnest(%(albums)s::bigint[]) AS album (id)
"""


class AlbumCard(NamedTuple):
    """An album in a list. `count` is None of a smart album; `cover` is a work that lists show to the viewer."""

    album: Album
    cover: ContentItem | None
    count: int | None

    @property
    def words(self) -> str:
        """The number of works in words."""
        if self.count is None:
            return "Saved search"
        if self.count > MOST_COUNTED:
            return f"More than {MOST_COUNTED:,} works"
        return things_text(self.count, "work")


def cards_of(albums: Sequence[Album], viewer: User | AnonymousUser) -> list[AlbumCard]:
    """Return the cards of albums. Three queries at most, however many they are."""
    found = _summaries(albums, viewer)
    wanted = {album.pk: (album.cover_id, found.get(album.pk, (0, None))[1]) for album in albums}
    ids = {pk for pks in wanted.values() for pk in pks if pk is not None}
    works = {work.pk: work for work in ContentItem.objects.shown_to(viewer).for_cards().filter(pk__in=ids)}
    return [
        AlbumCard(
            album,
            next((works[pk] for pk in wanted[album.pk] if pk in works), None),
            None if album.is_smart else found[album.pk][0],
        )
        for album in albums
    ]


def _summaries(albums: Sequence[Album], viewer: User | AnonymousUser) -> dict[int, tuple[int, int | None]]:
    """Return how many works the viewer sees in each album made by hand, and the first. A query for their own albums
    and one for the others'."""
    by_audiences: dict[tuple[int, ...], list[int]] = {}
    for album in albums:
        if not album.is_smart:
            by_audiences.setdefault(tuple(listing_for(album, viewer).audiences(viewer)), []).append(album.pk)
    summaries = {}
    with connection.cursor() as cursor:
        for audiences, pks in by_audiences.items():
            params = {"audiences": list(audiences), "albums": pks, "limit": MOST_COUNTED + 1}
            cursor.execute(SUMMARIES, params)
            summaries |= {pk: (count, first) for pk, count, first in cursor.fetchall()}
    return summaries
