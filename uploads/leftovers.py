"""Contents that have lost their last work and their last place: their file, thumbnails and metadata are deleted.

Triggers name the contents that a work or a place no longer refers to (LeftContent). Whether anything else does is asked
under the content's locks, which `take_in` and uploads take as well: a content that comes again is either seen here, or
stored again afterwards.
"""

from django.db import transaction

from content.models import ContentItem
from media.models import GenerationData, LibraryFile, MediaFile, MetadataBlocks
from media.stored import drop, lock_content
from media.thumbnails import drop_thumbnails
from uploads.models import LeftContent

AT_ONCE = 500


def sweep() -> int:
    """Delete all contents that nothing refers to any more; return how many. A transaction each."""
    deleted = 0
    while left := list(LeftContent.objects.order_by("pk").values_list("pk", "media_file_id")[:AT_ONCE]):
        for media_file_id in {file for _, file in left}:
            deleted += delete_if_unused(media_file_id)
        LeftContent.objects.filter(pk__in=[pk for pk, _ in left]).delete()
    return deleted


@transaction.atomic
def delete_if_unused(media_file_id: int) -> bool:
    """Delete a content with its files if nothing refers to it; return whether it was so.

    The files go before the transaction ends: if it fails, the row stays and is tried again, and no bytes are forgotten.
    """
    known = MediaFile.objects.filter(pk=media_file_id).first()
    if known is None:
        return False
    # First this lock, then the row's: in the order of uploads.
    lock_content(bytes(known.sha256))
    file = MediaFile.objects.select_for_update().filter(pk=media_file_id).first()
    if file is None or is_used(file):
        return False
    GenerationData.objects.filter(media_file=file).delete()
    MetadataBlocks.objects.filter(media_file=file)._raw_delete(MetadataBlocks.objects.db)
    file.delete()
    drop(file.stored_as)
    drop_thumbnails(file.hex)
    return True


def is_used(file: MediaFile) -> bool:
    """Return whether a work or a place refers to a content."""
    works = ContentItem.objects.filter(media_file=file)
    return works.exists() or LibraryFile.objects.filter(media_file=file).exists()
