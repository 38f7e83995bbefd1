"""The notes of works in an album, beside their cards."""

from collections.abc import Sequence

from albums.models import AlbumItem
from content.card_rows import read_works
from content.models import ContentItem
from genonaut.pagination.list_rows import ListRows


def read_with_notes(rows: ListRows, pks: Sequence[int]) -> dict[int, ContentItem]:
    """Return the works of a page of an album by the keys of its rows, notes as `note`. Two queries; a RowReader."""
    works = read_works(rows, pks)
    notes = AlbumItem.objects.filter(pk__in=works).exclude(note="").values_list("pk", "note")
    for pk, note in notes:
        works[pk].note = note
    return works
