"""What the files of an account take of the storage, known without a look at each of them.

A count over all of an account's files would take longer with each work. It is kept in a row, to which each new work
adds its file. What is deleted meanwhile is still counted, and a process that dies may miss a file: so it is counted
again once a day, and before a file is refused, unless it was a minute ago.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from media.models import MediaFile, StoredBytes
from users.models import User

# A count is taken for right so long, and so long where a file would be refused by it.
COUNTED_FOR, REFUSED_FOR = timedelta(days=1), timedelta(minutes=1)


def stored_bytes(owner: User, room: int) -> int:
    """Return what an account's stored files take; `room` is what they may take beside what is to come.

    One query; two more if they are counted.
    """
    now = timezone.now()
    known = StoredBytes.objects.filter(owner=owner).first()
    if known is not None and known.counted_at > now - (COUNTED_FOR if known.bytes <= room else REFUSED_FOR):
        return known.bytes
    files = MediaFile.objects.filter(works__creator=owner).exclude(stored_as="").distinct()
    count = files.aggregate(bytes=Sum("size"))["bytes"] or 0
    counted = StoredBytes(owner=owner, bytes=count, counted_at=now)
    StoredBytes.objects.bulk_create(
        [counted], update_conflicts=True, unique_fields=["owner"], update_fields=["bytes", "counted_at"]
    )
    return count


def note_stored(owner_id: int, size: int) -> None:
    """Add a file to what an account's files take, once the transaction is committed: no other one waits for it."""
    known = StoredBytes.objects.filter(owner=owner_id)
    transaction.on_commit(lambda: known.update(bytes=F("bytes") + size), robust=True)
