"""Makes the parts of exports: each a zip that is a whole export by itself, stored before it is counted.

A worker that dies in the middle of a part has made nothing of it; the next one makes it again.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_STORED, ZipFile

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import QuerySet, Sum
from django.http import QueryDict
from django.utils import timezone

from content.models import ContentItem
from exports.choices import NoListError, chosen, works_in
from exports.models import Export, ExportPart, expiry
from exports.records import shows_prompt
from exports.work_files import inside
from exports.writing import FolderExport, Room, State
from genonaut.http.uploads import temporary_file
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.listing import Listing
from genonaut.pagination.totals import Total, TotalKind
from users.models import User

PART_WORKS, PART_BYTES = 1_000, 500_000_000
# A list in the zip of the files that it lacks.
MISSING = "missing.txt"
# Tries of one part, a minute apart, after which an export ends.
MOST_FAILURES = 30
# The first of them: a file of which no copy can be made at the moment ends the try, and is left out by later ones.
PATIENT_TRIES = 3
# Exports of one account that are kept.
MOST_KEPT = 5
CLEARED = 100


class Zip(File):
    """A zip that was written to a temporary file, which a storage on the same disk takes as it is."""

    def temporary_file_path(self) -> str:
        """Return where it lies."""
        return self.file.name


class Written(NamedTuple):
    """The ids of the works of a part, and of those whose prompts are in it; and a line for each file that it lacks."""

    works: list[int]
    prompts: list[int]
    missing: list[str]

    def add(self, batch: Sequence[ContentItem], user: User) -> None:
        """Note some works."""
        self.works.extend(item.pk for item in batch)
        self.prompts.extend(item.pk for item in batch if shows_prompt(item, user))


class NotAskedError(Exception):
    """An export that cannot be asked for now. The text is a sentence for people."""


def ask(user: User, listing: Listing) -> Export:
    """Ask for the works of a list, which the user sees, as zips. Raises NotAskedError."""
    total = listing.page().total
    if total == Total(0, TotalKind.EXACT):
        raise NotAskedError("There is no such work.")
    # By an estimate none is refused: one of too many works ends at the limit.
    if total.count > settings.EXPORT_WORKS and total.kind is not TotalKind.ESTIMATE:
        raise NotAskedError(f"These are more works than the {settings.EXPORT_WORKS:,} of one export: narrow the list.")
    if user.exports.count() >= MOST_KEPT:
        raise NotAskedError(f"You have {MOST_KEPT} exports: delete one first.")
    try:
        with transaction.atomic():
            return Export.objects.create(user=user, query=listing.query.urlencode(), total=total.count)
    except IntegrityError:
        raise NotAskedError("Another export of yours is being made: wait until it is done, or delete it.") from None


def make_part(export: Export, is_over: Callable[[], bool]) -> bool:
    """Make the next part of an open export; return False if the time was over before it was done.

    After the last part the export is finished; so is one of an account that is gone. Raises OSError, BusyError and
    PassingError, and IntegrityError if another process made the part meanwhile, or the export is deleted.
    """
    works = _works(export)
    if works is None:
        return _end(export, "The account or what it asked for is not there any more.")
    if _is_left(export, works) and not _limit(export) and not _make(export, works, is_over):
        return False
    is_left, limit = _is_left(export, works), _limit(export)
    return True if is_left and not limit else _end(export, limit if is_left else "")


def note_failure(export: Export, error: Exception) -> None:
    """Count a part that could not be made; after many tries the export ends, and says why: of errors, what the system
    says of files alone."""
    export.failures += 1
    Export.objects.filter(pk=export.pk).update(failures=export.failures)
    if export.failures >= MOST_FAILURES:
        reason = getattr(error, "strerror", None) or "an error that the site's log tells of"
        _end(export, f"It ended after try {export.failures}: {reason}.")


def is_shown(part: ExportPart, user: User) -> bool:
    """Return whether the user still sees all works of a part, with the prompts that are in it. Two queries.

    What is private, in the trash or deleted since, or hides its prompt, is not to be had out of an old zip either.
    """
    if part.work_ids is None:
        return False
    works = ContentItem.objects.filter(trashed_at=None)
    seen = works.visible_to(user).filter(pk__in=part.work_ids).count()
    return seen == len(part.work_ids) and (
        works.with_prompts_for(user).filter(pk__in=part.prompt_ids).count() == len(part.prompt_ids)
    )


def delete(export: Export) -> None:
    """Delete an export and its files, which go first: what fails is tried again."""
    for part in export.parts.all():
        default_storage.delete(part.stored_as)
    export.delete()


def clear_expired() -> int:
    """Delete finished exports whose time is over, and those whose account is gone; return how many.

    One that is not finished ends after its tries, and has its whole time then.
    """
    old = Export.objects.filter(expires_at__lt=timezone.now(), finished_at__isnull=False)[:CLEARED]
    gone = Export.objects.filter(user=None)[:CLEARED]
    found = {export.pk: export for export in (*old, *gone)}
    for export in found.values():
        delete(export)
    return len(found)


def _works(export: Export) -> QuerySet[ContentItem] | None:
    """Return the works as the account sees them now."""
    if export.user is None or not export.user.is_active:
        return None
    query = QueryDict(export.query)
    try:
        return works_in(chosen(export.user, query).listed(export.user, query))
    except (NoListError, InvalidParametersError):
        return None


def _is_left(export: Export, works: QuerySet[ContentItem]) -> bool:
    """Return whether there are works that no part holds. One query."""
    return works.filter(trashed_at=None, pk__gt=export.last).exists()


def _limit(export: Export) -> str:
    """Return which limit of exports is reached, for people; empty if none is. One query."""
    room = _room(export)
    if room.works <= 0:
        return f"It ends after {settings.EXPORT_WORKS:,} works."
    return f"It ends after {settings.EXPORT_BYTES:,} bytes." if room.bytes <= 0 else ""


def _room(export: Export) -> Room:
    """Return what fits into the next part. One query."""
    used = export.parts.aggregate(bytes=Sum("size"))["bytes"] or 0
    works, size = settings.EXPORT_WORKS - export.works, settings.EXPORT_BYTES - used
    return Room(min(PART_WORKS, works), min(PART_BYTES, size))


def _make(export: Export, works: QuerySet[ContentItem], is_over: Callable[[], bool]) -> bool:
    """Write works into a zip and keep it; return False if the time was over before."""
    written = Written([], [], [])
    with _temporary_file() as file:
        with ZipFile(file, "w", ZIP_STORED) as archive, TemporaryDirectory() as lists:
            options = {"opener": inside(archive), "after": export.last, "room": _room(export)}
            options["is_patient"] = export.failures < PATIENT_TRIES
            said = {"query": export.query}
            run = FolderExport(Path(lists), works, export.user, said, written.missing.append, **options)
            state = run.begin()
            for batch in run.run(state):
                written.add(batch, export.user)
                if is_over():
                    return False
            for path in sorted(Path(lists).iterdir()):
                archive.write(path, path.name)
            if written.missing:
                archive.writestr(MISSING, "".join(f"{line}\n" for line in written.missing))
        if state.works:
            _keep(export, state, written, file)
    return True


@contextmanager
def _temporary_file() -> Iterator[BinaryIO]:
    """Give a file below the folder of uploads, the same disk as most storages; one that was moved is no error."""
    file = temporary_file()
    try:
        yield file
    finally:
        with suppress(FileNotFoundError):
            file.close()


def _keep(export: Export, state: State, written: Written, file: BinaryIO) -> None:
    """Store a zip and count its works."""
    number = export.parts.count() + 1
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    name = default_storage.save(f"exports/{export.pk}/{number}.zip", Zip(file))
    try:
        with transaction.atomic():
            kept = {"stored_as": name, "works": state.works, "size": size, "missing": len(written.missing)}
            kept |= {"work_ids": written.works, "prompt_ids": written.prompts}
            ExportPart.objects.create(export=export, number=number, **kept)
            counted = {"last": state.last, "works": export.works + state.works, "failures": 0}
            if not Export.objects.filter(pk=export.pk, last=export.last).update(**counted):
                raise IntegrityError("another process made this part")
            export.last, export.works, export.failures = counted["last"], counted["works"], 0
    except BaseException:
        default_storage.delete(name)
        raise


def _end(export: Export, error: str) -> bool:
    """Note that an export is finished, and why if it lacks works; its files are kept for EXPORT_HOURS from now."""
    export.error, export.finished_at, export.expires_at = error, timezone.now(), expiry()
    ended = {"error": error, "finished_at": export.finished_at, "expires_at": export.expires_at}
    # Its owner may have deleted it meanwhile.
    Export.objects.filter(pk=export.pk).update(**ended)
    return True
