"""Uploads that are whole become works, each once; those that are not resumed in time are forgotten."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from content.uploading import Offer, RefusedFileError, take_file
from uploads.models import Upload

AT_ONCE = 20
# A process that took the last bytes makes the work itself; after so long it must have died.
GRACE = timedelta(minutes=1)


def finish(pk: UUID) -> Upload | None:
    """Make the work of a whole upload, or note why it is refused; return the upload.

    None if another process is at it, or it is gone.
    """
    with transaction.atomic():
        upload = Upload.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if upload is None or upload.finished_at is not None or not upload.is_whole:
            return upload
        try:
            with upload.path.open("rb") as file:
                taken = take_file(Offer(file, upload.path, upload.name, upload.owner, **offered(upload)))
            upload.item_id = taken.item_id
        except FileNotFoundError:
            upload.error = "Its bytes are lost; send it again."
        except RefusedFileError as error:
            upload.error = str(error)
        upload.finished_at = timezone.now()
        upload.save(update_fields=["item", "error", "finished_at"])
    upload.path.unlink(missing_ok=True)
    return upload


def offered(upload: Upload) -> dict[str, object]:
    """Return what an upload says of its work."""
    tags = upload.fields.get("tags")
    return {**upload.fields, "tags": None if tags is None else tuple(tags)}


def tidy() -> None:
    """Finish uploads whose process died, and forget those that expired."""
    old = timezone.now() - GRACE
    whole = Upload.objects.filter(finished_at=None, offset=F("length"), written_at__lt=old)
    for pk in whole.order_by("pk").values_list("pk", flat=True)[:AT_ONCE]:
        finish(pk)
    forget_expired()


def forget_expired() -> int:
    """Delete uploads that expired, and their bytes; return how many. Those that are being written are passed over."""
    forgotten = 0
    while True:
        with transaction.atomic():
            rows = Upload.objects.select_for_update(skip_locked=True, of=("self",))
            expired = list(rows.filter(expires_at__lt=timezone.now()).order_by("expires_at")[:AT_ONCE])
            for upload in expired:
                upload.path.unlink(missing_ok=True)
            Upload.objects.filter(pk__in=[upload.pk for upload in expired]).delete()
        forgotten += len(expired)
        if len(expired) < AT_ONCE:
            return forgotten
