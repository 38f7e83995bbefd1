"""Uploads that are whole become works, each once; those that are not resumed in time are forgotten."""

import os
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import sleep, time
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from content.refusals import RefusedFileError
from content.uploading import Offer, take_file
from genonaut.http.uploads import uploads_dir
from media.archives import is_zip
from uploads.models import KNOWN, Upload
from uploads.unpacking import LOST, begin, failing_alone, to_the_end_of_the_queue, unpack_all

AT_ONCE = 20
# A process that took the last bytes makes the work itself; after so long it must have died.
GRACE = timedelta(minutes=1)
# How often, and after how many seconds each, an upload is tried that another request holds.
TRIES, PAUSE_SECONDS = 20, 0.05
# Bytes are younger than this while the row of their upload is not committed yet.
STRAY_SECONDS = 3_600


def finish(pk: UUID) -> Upload | None:
    """Make the work of a whole upload, or note why it is refused; return the upload. A zip is unpacked later.

    None if another process is at it, or it is gone.
    """
    with transaction.atomic():
        upload = Upload.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
        if upload is None or upload.finished_at is not None or upload.is_archive or not upload.is_whole:
            return upload
        try:
            with upload.path.open("rb") as file:
                if is_zip(file):
                    begin(upload, file)
                    return upload
                taken = take_file(Offer(file, upload.path, upload.name, upload.owner, **offered(upload)))
            upload.item_id = taken.item_id
            upload.fields |= {} if taken.is_new else {KNOWN: True}
        except FileNotFoundError:
            upload.error = LOST
        except RefusedFileError as error:
            upload.error = str(error)
        upload.finished_at = timezone.now()
        upload.save(update_fields=["item", "fields", "error", "finished_at"])
    upload.path.unlink(missing_ok=True)
    return upload


def finish_at_once(pk: UUID) -> Upload | None:
    """Do the same for an upload whose last bytes just came: a piece that is about to be refused may hold it a moment.

    None if another process makes the work, or the upload is gone.
    """
    for _ in range(TRIES):
        upload = finish(pk)
        if upload is not None or not Upload.objects.filter(pk=pk).exists():
            return upload
        sleep(PAUSE_SECONDS)
    return None


def offered(upload: Upload) -> dict[str, object]:
    """Return what an upload says of its work. The form that is looked at first is of a zip's page."""
    tags = upload.fields.get("tags")
    said = {name: value for name, value in upload.fields.items() if name not in ("looks_first", KNOWN)}
    return {**said, "tags": None if tags is None else tuple(tags)}


def tidy() -> None:
    """Forget uploads that expired, delete strays, finish uploads whose process died, and unpack zips for a while.

    An upload that fails for no reason of its own is logged and tried again until it expires; the others go on.
    """
    forget_expired()
    delete_strays()
    old = timezone.now() - GRACE
    whole = Upload.objects.filter(finished_at=None, entry_count=None, offset=F("length"), written_at__lt=old)
    # Those that wait longest first: the ones that fail go on being tried, and must not be all that is tried.
    for pk in list(whole.order_by("written_at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        with failing_alone(pk):
            to_the_end_of_the_queue(pk)
            finish(pk)
    unpack_all()


def forget_expired() -> int:
    """Delete uploads that expired, and their bytes; return how many. Those that are being written and zips that
    are not unpacked yet are passed over."""
    forgotten = 0
    while True:
        with transaction.atomic():
            rows = Upload.objects.select_for_update(skip_locked=True, of=("self",))
            is_over = Q(entry_count=None) | Q(finished_at__isnull=False)
            expired = list(rows.filter(is_over, expires_at__lt=timezone.now()).order_by("expires_at")[:AT_ONCE])
            for upload in expired:
                upload.path.unlink(missing_ok=True)
            Upload.objects.filter(pk__in=[upload.pk for upload in expired]).delete()
        forgotten += len(expired)
        if len(expired) < AT_ONCE:
            return forgotten


def delete_strays() -> int:
    """Delete bytes of uploads that are gone (their account was deleted) and forms of processes that died; count them.
    One query if there are old files."""
    forms, parts = _old_files()
    known = set(Upload.objects.filter(pk__in=parts.values()).values_list("pk", flat=True)) if parts else set()
    strays = [*forms, *(path for path, pk in parts.items() if pk not in known)]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _old_files() -> tuple[list[Path], dict[Path, UUID]]:
    """Return the files of forms that no request reads any more, and those of uploads with the ids in their names."""
    now = time()
    forms, parts = [], {}
    with os.scandir(uploads_dir()) as entries:
        for entry in entries:
            path = Path(entry.path)
            with suppress(FileNotFoundError, ValueError):
                seconds = now - entry.stat(follow_symlinks=False).st_mtime
                if path.suffix in (".part", ".entry") and seconds > STRAY_SECONDS:
                    parts[path] = UUID(path.stem)
                elif path.suffix == ".upload" and seconds > settings.UPLOAD_HOURS * 3_600:
                    forms.append(path)
    return forms, parts
