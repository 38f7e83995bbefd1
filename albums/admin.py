"""The admin of albums and of what is in them: looked at, not changed. Of a shared link its end alone is shown."""

from django.contrib import admin
from django.db.models import Model, Q

from albums.listings import AlbumListing
from albums.models import Album, AlbumItem, Audience
from content.related_admin import ITEM_PREFIX
from genonaut.large_admin import FactsAdmin, RelatedRowFilter, as_id, change_link
from users.models import User

AUDIENCES = {
    Audience.PUBLIC: "Everyone",
    Audience.OWNER: "The album’s owner",
    Audience.HIDDEN: "Staff",
    Audience.OWNER_PUBLIC: "Everyone",
}
# Characters of a shared link that are shown, of TOKEN_LENGTH.
SHOWN_END = 4


@admin.register(Album)
class AlbumAdmin(FactsAdmin):
    """Albums: sets made by hand, and saved searches."""

    goes_along = True
    sorts = AlbumListing.sorts
    default_sort = "created_at"
    list_display = ("title", "id", "owner_link", "kind", "is_public", "link_end", "created_at")
    list_select_related = ("owner",)
    list_only = ("title", "owner__username", "query", "is_public", "share_token", "created_at")
    list_filter = ("is_public", ("owner", RelatedRowFilter))
    search_fields = ("id", "owner")
    search_help_text = "An id, or the whole username of an owner."
    fields = (
        *("title", "owner_link", "kind", "query", "notes", "cover_link", "is_public", "link_end"),
        *("related_rows", "created_at", "updated_at"),
    )

    @admin.display(description="owner")
    def owner_link(self, album: Album) -> str:
        """Return a link to the owner."""
        return change_link(album.owner)

    @admin.display(description="kind")
    def kind(self, album: Album) -> str:
        """Return how its works are found."""
        return "Saved search" if album.is_smart else "By hand"

    @admin.display(description="shared link")
    def link_end(self, album: Album) -> str:
        """Return the end of the shared link, which tells two apart and opens neither."""
        return f"…{album.share_token[-SHOWN_END:]}" if album.share_token else "–"

    @admin.display(description="cover")
    def cover_link(self, album: Album) -> str:
        """Return a link to the cover."""
        return change_link(album.cover) if album.cover else "–"

    def search(self, term: str) -> Q:
        """Return the condition of a search. One query if it is a username."""
        if term.isdecimal():
            return as_id(term)
        owner = User.objects.pk_named(term)
        return Q(pk__in=[]) if owner is None else Q(owner=owner)


@admin.register(AlbumItem)
class AlbumItemAdmin(FactsAdmin):
    """Works in albums, in the albums' order."""

    goes_along = True
    sorts = {"position": ("album", "position", "id")}
    default_sort = "position"
    list_display = ("work", "id", "album_link", "audience_name", "note", "added_at")
    list_select_related = ("album", "content")
    list_only = ("album__title", "content__title", "audience", "note", "added_at")
    list_filter = (("album", RelatedRowFilter), ("content", RelatedRowFilter))
    search_fields = ("id", "content")
    search_help_text = "An id, or item: and the id of an item, as in item:42."
    fields = ("work_link", "album_link", "position", "audience_name", "note", "added_at")

    @admin.display(description="work")
    def work(self, item: AlbumItem) -> str:
        """Return the work's title."""
        return str(item.content)

    @admin.display(description="work")
    def work_link(self, item: AlbumItem) -> str:
        """Return a link to the work."""
        return change_link(item.content)

    @admin.display(description="album")
    def album_link(self, item: AlbumItem) -> str:
        """Return a link to the album."""
        return change_link(item.album)

    @admin.display(description="seen by")
    def audience_name(self, item: Model) -> str:
        """Return who sees the work in the album, and its level."""
        level, audience = Audience.parts(item.audience)
        return f"{AUDIENCES[audience]} · {level.label}"

    def search(self, term: str) -> Q:
        """Return the condition of a search."""
        if not term.lower().startswith(ITEM_PREFIX):
            return as_id(term)
        pk = dict(as_id(term[len(ITEM_PREFIX) :].strip()).children).get("pk")
        return Q(pk__in=[]) if pk is None else Q(content=pk)
