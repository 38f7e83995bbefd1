"""What the lists of albums and of their items can be filtered by."""

from albums.models import Album, AlbumItem
from genonaut.pagination.filters import IdFilter, ListFilterSet, MomentFilter


class AlbumFilter(ListFilterSet):
    """Filters of the albums endpoint."""

    owner = IdFilter(field_name="owner_id", label="Owner (id)")
    created_after = MomentFilter(field_name="created_at", lookup_expr="gte", label="From")
    created_before = MomentFilter(field_name="created_at", lookup_expr="lt", label="Before")

    class Meta:
        model = Album
        fields: tuple[str, ...] = ()


class AlbumItemFilter(ListFilterSet):
    """The album, as the two bounds of the order's first key: so its items are a stretch of the ranking."""

    from_album = IdFilter(field_name="album_id", lookup_expr="gte")
    to_album = IdFilter(field_name="album_id", lookup_expr="lte")

    class Meta:
        model = AlbumItem
        fields: tuple[str, ...] = ()
