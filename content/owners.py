"""What the owner of an item, and staff, may do with it."""

from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from content.models import ContentItem
from genonaut import deletions
from media.models import LeftOut, Library
from users.models import User
from users.querysets import is_staff


def may_change(viewer: User | AnonymousUser, item: ContentItem) -> bool:
    """Return whether a user may change an item that they see: the rule of the API's OwnerOrStaffWrites."""
    return is_staff(viewer) or (item.creator_id is not None and item.creator_id == viewer.pk)


def set_privacy(item: ContentItem, *, is_private: bool) -> None:
    """Make an item private or public; one that is so already or has gone meanwhile is left alone.

    One in the trash is private there: it can be made to stay so once it is restored, and not public. One that
    moderators hid stays private. Two queries.
    """
    items = ContentItem.objects.filter(pk=item.pk)
    others = items.filter(is_private=not is_private, trashed_at=None, held_at=None)
    others.update(is_private=is_private, updated_at=timezone.now())
    if is_private:
        items.filter(trashed_at__isnull=False).update(was_private=True)


def delete_item(item: ContentItem) -> None:
    """Delete an item with all that people did with it; one that has gone meanwhile is no error.

    If that is much, the item is hidden from all but staff at once, and goes in batches. Its file goes soon after, in
    the background, unless another work has it. In a library it stays, and no scan makes the item again.
    """
    with transaction.atomic():
        _leave_out(item)
        deletions.delete(item, is_private=True, creator=None, trashed_at=None)
    deletions.upkeep_wanted.set()


def _leave_out(item: ContentItem) -> None:
    """Note for libraries of an item's creator that its file is to have no work. Two queries; none without a file."""
    if item.media_file_id is None:
        return
    libraries = Library.objects.filter(files__media_file=item.media_file_id, owner=item.creator_id).distinct()
    rows = [LeftOut(library=library, media_file_id=item.media_file_id) for library in libraries]
    LeftOut.objects.bulk_create(rows, ignore_conflicts=True)
