"""Albums: works in an order of their owner's, or a saved search whose works are found when it is looked at."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.db.models import (
    CASCADE,
    SET_NULL,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    ForeignKey,
    Index,
    Manager,
    Model,
    PositiveSmallIntegerField,
    Q,
    TextField,
    UniqueConstraint,
)
from django.utils import timezone

from albums.querysets import AlbumQuerySet
from content.models import ContentItem
from genonaut.http.addresses import address_of
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from users.levels import Level
from users.models import User
from users.querysets import is_staff

NOTES_LIMIT = 10_000
NOTE_LIMIT = 2_000
QUERY_LIMIT = 2_000
# Characters of a shared link: 192 bits.
TOKEN_LENGTH = 32


class Audience:
    """Who sees a work in an album, and its level. Numbers, so that a change of either moves an entry of an index.

    Each is one of four, and four times the work's level added to it.
    """

    PUBLIC = 0
    # Private, of the album's own owner.
    OWNER = 1
    # Private, of another creator, or in the trash: seen by staff alone.
    HIDDEN = 2
    # Public, of the album's own owner, who is shown it at any level; of level general all are PUBLIC.
    OWNER_PUBLIC = 3

    ALL = tuple(range(4 * len(Level)))

    @staticmethod
    def at(levels: Iterable[int], *audiences: int) -> list[int]:
        """Return the numbers of some audiences at some levels."""
        return [audience + 4 * level for level in levels for audience in audiences]

    @staticmethod
    def parts(number: int) -> tuple[Level, int]:
        """Return the level and the audience that a number is made of."""
        level, audience = divmod(number, 4)
        return Level(level), audience


class Album(Model):
    """One album. With a `query` it is a smart album, which has no items: the list of content is read by that query.

    It goes with its owner's account.
    """

    owner = ForeignKey(User, CASCADE, related_name="albums", db_index=False)
    title = CharField(max_length=200)
    notes = TextField(blank=True, max_length=NOTES_LIMIT)
    query = CharField("saved search", max_length=QUERY_LIMIT, blank=True)
    # Shown only to viewers who see the work.
    cover = ForeignKey(ContentItem, SET_NULL, null=True, blank=True, related_name="covered_albums", db_index=False)
    is_public = BooleanField("public", default=False)
    # All who have the link see the album; NULL: there is none.
    share_token = CharField(max_length=TOKEN_LENGTH, null=True, editable=False)  # noqa: DJ001 - NULL: no link
    created_at = DateTimeField(default=timezone.now, editable=False)
    updated_at = DateTimeField(auto_now=True)

    objects = Manager.from_queryset(AlbumQuerySet)()

    rankings = Rankings(orders={"newest": ("created_at", "id")}, facets=("is_public",), unwatched=("updated_at",))

    class Meta:
        indexes = [
            # Staff's list, and what the ranking is counted along (the facet lies in the index).
            Index("created_at", "id", include=["is_public"], name="album_all_newest"),
            # The public albums; the private ones of all owners for staff.
            Index("is_public", "created_at", "id", name="album_facet_newest"),
            # One owner's albums; also finds those that go with an account.
            Index("owner", "created_at", "id", name="album_owner_newest"),
            # One owner's public albums, and the viewer's own private ones.
            Index("owner", "is_public", "created_at", "id", name="album_owner_facet_newest"),
            # The albums that lose their cover with a work.
            Index("cover", condition=Q(cover__isnull=False), name="album_cover"),
        ]
        constraints = [
            CheckConstraint(condition=~Q(title=""), name="album_title_not_empty"),
            CheckConstraint(condition=in_calendar("created_at", "updated_at"), name="album_times_in_calendar"),
            UniqueConstraint("share_token", condition=Q(share_token__isnull=False), name="album_share_token_unique"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Return the address of the album's page."""
        return address_of("albums:album", self.pk)

    @property
    def is_smart(self) -> bool:
        """Whether its works are found by a saved search."""
        return self.query != ""

    def is_of(self, viewer: User | AnonymousUser) -> bool:
        """Return whether the viewer is the album's owner. No query."""
        return self.owner_id == viewer.pk

    def may_be_changed_by(self, viewer: User | AnonymousUser) -> bool:
        """Return whether a user may change the album: its owner and staff. No query."""
        return self.is_of(viewer) or is_staff(viewer)


class AlbumItem(Model):
    """One work in an album that is made by hand.

    `audience` is written by triggers (migration 0010): with the item, and whenever the work's privacy, creator or level
    changes. So the ranking counts what each viewer sees of an album, in one tree for all albums.
    """

    album = ForeignKey(Album, CASCADE, related_name="items", db_index=False)
    content = ForeignKey(ContentItem, CASCADE, related_name="album_items", db_index=False)
    # The first work has the largest: lists begin there. Neighbours are far apart, so that others fit between.
    position = BigIntegerField()
    note = TextField(blank=True, max_length=NOTE_LIMIT)
    audience = PositiveSmallIntegerField(default=Audience.HIDDEN, editable=False)
    added_at = DateTimeField(default=timezone.now, editable=False)

    rankings = Rankings(orders={"position": ("album", "position", "id")}, facets=("audience",))

    class Meta:
        indexes = [
            # An album in its order, for staff, and what the ranking is counted along (the facet lies in the index).
            Index("album", "position", "id", include=["audience"], name="albumitem_all_position"),
            # The part of an album that a viewer sees.
            Index("audience", "album", "position", "id", name="albumitem_facet_position"),
        ]
        constraints = [
            # Also finds the albums of a work: those of its page, and the items that go with it.
            UniqueConstraint("content", "album", name="albumitem_once_per_album"),
            CheckConstraint(condition=Q(audience__in=Audience.ALL), name="albumitem_audience_known"),
            CheckConstraint(condition=in_calendar("added_at"), name="albumitem_time_in_calendar"),
        ]

    def __str__(self) -> str:
        return f"work #{self.content_id} in album #{self.album_id}"
