"""Works whose files are gone from their library: they stay, until the trash is asked for."""

from collections.abc import Callable, Iterable

from django.db.models import Exists, OuterRef, QuerySet

from content.models import ContentItem
from content.trash import move_to_trash, restore
from libraries.belonging import places_with_creator
from media.models import Library, LibraryFile

# Works that go to the trash in one statement: half a second of 10 million.
BATCH_WORKS = 300


def without_file(library: Library) -> QuerySet[ContentItem]:
    """Return the works of a library whose content the last scan did not find, nor any other library, and that is not
    stored as an upload; those in the trash are left out."""
    places = LibraryFile.objects.filter(media_file=OuterRef("media_file"))
    works = ContentItem.objects.filter(
        Exists(places.filter(library=library, missing_since__isnull=False)),
        library=library,
        media_file__stored_as="",
        trashed_at=None,
    )
    return works.exclude(Exists(places.filter(missing_since=None)))


def trash_without_file(library: Library, works: list[int], advance: Callable[[int], object]) -> int:
    """Move works, those of them that have no file still, to the trash in batches; return how many.

    What was moved is kept if it is interrupted. `advance` is told of each batch.
    """
    moved = 0
    for first in range(0, len(works), BATCH_WORKS):
        batch = works[first : first + BATCH_WORKS]
        moved += move_to_trash(without_file(library).filter(pk__in=batch))
        advance(len(batch))
    return moved


def bring_back(contents: Iterable[int | None]) -> int:
    """Restore works without an owner whose files lie in a library of the site again; return how many. One query as a
    rule, two if there are any.

    Nothing but `trash_without_file` moves such works to the trash; those of accounts are restored by their owners.
    """
    works = ContentItem.objects.filter(media_file__in=set(contents), creator=None, trashed_at__isnull=False)
    back = list(works.filter(Exists(places_with_creator())).values_list("pk", flat=True))
    return restore(ContentItem.objects.filter(pk__in=back)) if back else 0
