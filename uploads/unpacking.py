"""Zips that were uploaded: each of their files becomes a work, or is refused, in a transaction of its own.

A process that is killed loses the file that it was at; any process of the site goes on from there.
"""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from time import monotonic
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from content.refusals import RefusedFileError, file_name
from content.uploading import Offer, take_file
from genonaut.deletions import upkeep_wanted
from media.archives import Archive, ArchiveError, Entry, EntryError, TooMuchError
from media.companions import companion_blocks, most_bytes
from media.generation_data.blocks import Block
from uploads.exported import Said, path_of, said_of_each
from uploads.models import Outcome, Upload, UploadedEntry, expiry

# After so long the background thread does its other work, and comes back.
SECONDS = 10.0
LOST = "Its bytes are lost; send it again."
CLOSED = "Its account is closed."

logger = logging.getLogger(__name__)


def begin(upload: Upload, file: BinaryIO) -> None:
    """Note how many files a zip holds, and have them unpacked. Raises RefusedFileError if it cannot be read."""
    try:
        upload.entry_count = len(Archive(file).entries)
    except ArchiveError as error:
        raise RefusedFileError(str(error)) from error
    upload.save(update_fields=["entry_count"])
    transaction.on_commit(upkeep_wanted.set)


def unpack_all() -> None:
    """Unpack zips for some seconds; what is left then is soon gone on with. Each zip has its turn."""
    until = monotonic() + SECONDS
    waiting = Upload.objects.filter(finished_at=None, offset=F("length"), entry_count__isnull=False)
    for pk in list(waiting.order_by("written_at", "pk").values_list("pk", flat=True)):
        with failing_alone(pk):
            to_the_end_of_the_queue(pk)
            if unpack(pk, until):
                upkeep_wanted.set()
                return


@contextmanager
def failing_alone(pk: UUID) -> Iterator[None]:
    """Log an error that one upload meets, so that work on the others goes on."""
    try:
        yield
    except Exception:
        logger.exception("Upload %s could not be finished", pk)


@transaction.atomic
def to_the_end_of_the_queue(pk: UUID) -> None:
    """Let all other uploads that wait have their turn before this one, unless another process is at it."""
    free = Upload.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk)
    Upload.objects.filter(pk__in=free.values("pk")).update(written_at=timezone.now())


def unpack(pk: UUID, until: float | None = None) -> bool:
    """Make works of a zip's files, until a moment of the monotonic clock; return whether more are left.

    False if another process is at it.
    """
    upload = Upload.objects.filter(pk=pk).first()
    if upload is None:
        return False
    try:
        with upload.path.open("rb") as file:
            archive = Archive(file)
            said = said_of_each(archive)
            while _step(pk, archive, said):
                if until is not None and monotonic() > until:
                    return True
    except FileNotFoundError:
        _refuse(pk, LOST)
    except ArchiveError as error:
        _refuse(pk, str(error))
    return False


def _refuse(pk: UUID, error: str) -> None:
    Upload.objects.filter(pk=pk, finished_at=None).update(error=error, finished_at=timezone.now())


@transaction.atomic
def _step(pk: UUID, archive: Archive, said: Mapping[str, Said]) -> bool:
    """Take the next file of a zip; return whether there was one, and no other process is at it."""
    upload = Upload.objects.select_for_update(skip_locked=True, of=("self",)).filter(pk=pk).first()
    if upload is None or upload.finished_at is not None:
        return False
    if not upload.owner.is_active:
        # What it preferred, its privacy too, went when it was closed.
        _refuse(pk, CLOSED)
        return False
    if upload.entries_done < len(archive.entries):
        entry = archive.entries[upload.entries_done]
        row = UploadedEntry(upload=upload, number=upload.entries_done, name=file_name(entry.name))
        of_all, own = said_of_all(upload), said.get(path_of(entry))
        row.publishes = "looks_first" in upload.fields and not (own is not None and own.is_private)
        _take(upload, archive, entry, row, of_all if own is None else own.beside(of_all))
        row.save(force_insert=True)
        upload.entries_done += 1
    is_done = upload.entries_done >= len(archive.entries)
    if is_done:
        upload.finished_at = timezone.now()
        path = upload.path
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    upload.expires_at = expiry()
    upload.save(update_fields=["entries_done", "unpacked_bytes", "expires_at", "finished_at"])
    return not is_done


def _take(upload: Upload, archive: Archive, entry: Entry, row: UploadedEntry, fields: Mapping[str, object]) -> None:
    """Make a work of a file of a zip, and write into the row what became of it."""
    try:
        with _unpacked(upload, archive, entry) as file:
            blocks = _blocks(upload, archive, entry)
            taken = take_file(Offer.of_many(file, entry.name, upload.owner, blocks, **fields))
    except (EntryError, RefusedFileError) as error:
        row.outcome, row.error = Outcome.REFUSED, str(error)
        return
    row.item_id = taken.item_id
    is_repeated = UploadedEntry.objects.filter(upload=upload, item=taken.item_id).exists()
    row.outcome = Outcome.ADDED if taken.is_new else Outcome.REPEATED if is_repeated else Outcome.KNOWN


@contextmanager
def _unpacked(upload: Upload, archive: Archive, entry: Entry) -> Iterator[BinaryIO]:
    """Give a temporary file with what an entry holds. Raises EntryError."""
    try:
        with upload.entry_path.open("w+b") as file:
            _count(upload, archive, entry, file, settings.MAX_UPLOAD_BYTES)
            file.flush()
            yield file
    finally:
        upload.entry_path.unlink(missing_ok=True)


def _blocks(upload: Upload, archive: Archive, entry: Entry) -> list[Block]:
    """Return what lies beside a file of a zip; what is too long or damaged is left out."""
    contents = []
    for companion in entry.companions:
        try:
            file = BytesIO()
            _count(upload, archive, companion, file, most_bytes(companion.name))
            contents.append((companion.name, file.getvalue()))
        except EntryError:
            continue
    return companion_blocks(contents)


def _count(upload: Upload, archive: Archive, entry: Entry, file: BinaryIO, most: int) -> None:
    """Unpack an entry, and count its bytes whether or not it can be read. Raises EntryError."""
    left = settings.MAX_ZIP_BYTES - upload.unpacked_bytes
    try:
        archive.unpack(entry, file, min(most, left))
    except TooMuchError as error:
        if left < most:
            raise EntryError(f"The zip unpacks to more than {settings.MAX_ZIP_BYTES:,} bytes.") from error
        raise EntryError(f"The file is larger than {most:,} bytes.") from error
    finally:
        upload.unpacked_bytes += file.tell()


def said_of_all(upload: Upload) -> dict[str, object]:
    """Return what an upload says of all works of its zip: a title or a prompt is of one."""
    tags = upload.fields.get("tags")
    switches = {name: upload.fields.get(name, False) for name in ("is_private", "hides_prompt")}
    return {**switches, "level": upload.fields.get("level"), "tags": None if tags is None else tuple(tags)}
