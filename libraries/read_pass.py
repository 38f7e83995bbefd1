"""The read pass: files that are new or changed become works, and files that are gone are noted.

Files that are as they were are not opened. What was read is written in batches of a transaction each: a scan that is
killed goes on where it was.
"""

import json
import os
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import chain, starmap
from tempfile import TemporaryFile
from time import monotonic

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from genonaut.interruptions import interruption_waits
from genonaut.progress import Progress
from libraries.belonging import follow_files
from libraries.comparing import Comparison, Known
from libraries.missing import bring_back
from libraries.places import Places
from libraries.readers import Pair, Readers
from libraries.reading import FileRead
from libraries.reports import Report
from libraries.scopes import scopes_of
from media.models import Library, LibraryFile
from media.pictures.studio import Studio
from media.walking import NOT_KEPT, Entry, walk

BATCH_FILES = 200
BATCH_ROWS = 2_000
KNOWN = """
SELECT path, size, mtime_ns, id, media_file_id, missing_since IS NOT NULL, beside FROM media_libraryfile
WHERE library_id = %s ORDER BY path COLLATE "C"
"""


class OutOfTimeError(Exception):
    """A pass ends before its end; the next one goes on where it was."""


def never() -> bool:
    """Let a pass take as long as it does."""
    return False


class ReadPass:
    """Reads a library, or some paths of it; `report` counts what was done so far.

    `is_over` is asked between files: once it is true, the pass ends with OutOfTimeError. So it does after `seconds` of
    reading, which begin once all is compared: one that ended sooner would compare the same files again, and read none.
    """

    def __init__(
        self,
        library: Library,
        studio: Studio,
        say: Callable[[str], object] = print,
        *,
        is_shown: bool = False,
        is_over: Callable[[], bool] = never,
        seconds: float | None = None,
    ) -> None:
        self.library = library
        self.readers = Readers(library.folder, studio)
        self.say, self.is_shown, self.is_over, self.seconds = say, is_shown, is_over, seconds
        # How long files were read.
        self.seconds_read = 0.0
        self.report = Report()
        self.places = Places(library, self.report)
        # Paths that are to be read again soon: they were being written.
        self.unfinished: set[str] = set()

    def scan(self) -> Report:
        """Read all that is new; return the report. A folder that is away or empty is offline: nothing is missing."""
        before = identity(self.library.folder)
        if before is None:
            return self._set_offline()
        entries = walk(self.library.folder, with_companions=True)
        first = next(entries, None)
        if first is None and LibraryFile.objects.filter(library=self.library, missing_since=None).exists():
            return self._set_offline()
        if first is not None and first.path == "":
            return self._set_offline()
        with connection.chunked_cursor() as cursor:
            cursor.execute(KNOWN, [self.library.pk])
            pairs = self._differences(chain([first] if first else [], entries), known_rows(cursor))
            self._take(pairs, lambda: identity(self.library.folder) == before)
        if not self.report.is_offline:
            self.library.scanned_at = timezone.now()
            self.library.save(update_fields=["scanned_at"])
        return self.report

    def look_at(self, paths: Iterable[str]) -> Report:
        """Read some files and folders of the library, by their paths below its folder; return the report."""
        before = identity(self.library.folder)
        if before is None or self.library.offline_since:
            return self.report  # a whole scan tells what has become of it
        # All parts are compared before a file is read: a file that moved to another part is then gone from its own.
        pairs = chain.from_iterable(starmap(self._differences, scopes_of(self.library, paths)))
        self._take(pairs, lambda: identity(self.library.folder) == before)
        return self.report

    def _differences(
        self, entries: Iterable[Entry], known: Iterable[Known]
    ) -> Iterator[tuple[Entry | None, Known | None]]:
        comparison = Comparison()
        yield from comparison.differences(entries, known)
        self.report.counts["unchanged"] += comparison.unchanged
        self.report.counts["as_before"] += comparison.unreadable

    def _take(self, pairs: Iterable[tuple[Entry | None, Known | None]], is_there: Callable[[], bool]) -> None:
        """Compare, then read what differs, then note what is gone: by then it is known what was moved."""
        gone, returned = array("q"), array("q")
        with closing(Spool()) as spool:
            for entry, row in pairs:
                if self.is_over():
                    raise OutOfTimeError
                if entry is None:
                    if not row.is_missing:
                        gone.append(row.id)
                elif is_back(entry, row):
                    returned.append(row.id)
                else:
                    spool.add(entry, row)
            if not is_there():
                self._set_offline()
                return
            self._set_online()
            self.places.gone = set(gone)
            self._mark(returned, missing_since=None)
            self._read(spool)
        if is_there():
            self._forget(self.places.gone)

    def _read(self, spool: "Spool") -> None:
        """Read files and write them, batch by batch."""
        begun = monotonic()
        batch: list[tuple[FileRead, Known | None]] = []
        with Progress(len(spool), " files", self.say, is_shown=self.is_shown and len(spool) > 0) as progress:
            for file, known in self.readers.read(spool):
                batch.append((file, known))
                if len(batch) == BATCH_FILES:
                    self._save(batch)
                    progress.advance(len(batch))
                    batch = []
                    self.seconds_read = monotonic() - begun
                    if self.is_over() or (self.seconds is not None and self.seconds_read > self.seconds):
                        raise OutOfTimeError
            self._save(batch)
            progress.advance(len(batch))
        self.seconds_read = monotonic() - begun

    def _save(self, batch: list[tuple[FileRead, Known | None]]) -> None:
        with interruption_waits():
            whole = [(file, known) for file, known in batch if file.reading]
            if whole:
                self.places.save(whole)
            refused = [(file, known) for file, known in batch if file.error and not file.is_unfinished]
            for file, _known in refused:
                if file.error in NOT_KEPT:
                    self.report.refuse(file.path, file.error)
            kept = [(file, known) for file, known in refused if file.error not in NOT_KEPT]
            if kept:
                self.places.save_unreadable(kept)
            for file, _known in batch:
                if file.is_unfinished:
                    self.unfinished.add(file.path)
                    self.report.refuse(file.path, "is being written; the next scan reads it", "unfinished")

    def _mark(self, ids: Iterable[int], **values: object) -> None:
        """Say of places that they are back, in batches."""
        for pks in in_batches(ids):
            rows = LibraryFile.objects.filter(pk__in=pks)
            rows.update(seen_at=timezone.now(), **values)
            self.report.counts["restored"] += bring_back(rows.values_list("media_file", flat=True))
            self._follow(rows)
            self.report.counts["returned"] += len(pks)

    def _forget(self, ids: Iterable[int]) -> None:
        """Note that places are missing; those that could not be read are no loss."""
        for pks in in_batches(sorted(ids)):
            rows = LibraryFile.objects.filter(pk__in=pks)
            rows.filter(media_file=None).delete()
            self.report.counts["missing"] += rows.update(missing_since=timezone.now())
            self._follow(rows)

    def _follow(self, rows: QuerySet[LibraryFile]) -> None:
        """Let works go where their files lie now, which another library's scan may have found before or after this."""
        self.report.counts["public"] += follow_files(rows.values_list("media_file", flat=True))

    def _set_offline(self) -> Report:
        self.report.is_offline = True
        if self.library.offline_since is None:
            self.library.offline_since = timezone.now()
            self.library.save(update_fields=["offline_since"])
        return self.report

    def _set_online(self) -> None:
        if self.library.offline_since is not None:
            self.library.offline_since = None
            self.library.save(update_fields=["offline_since"])


class Spool:
    """Files to be read, in a temporary file: a library of a million new ones needs no memory."""

    def __init__(self) -> None:
        self.file = TemporaryFile("w+", encoding="ascii")  # noqa: SIM115 - `close` does
        self.length = 0

    def __len__(self) -> int:
        return self.length

    def add(self, entry: Entry, known: Known | None) -> None:
        """Add a file."""
        self.file.write(json.dumps([entry, known]) + "\n")
        self.length += 1

    def __iter__(self) -> Iterator[Pair]:
        self.file.seek(0)
        for line in self.file:
            entry, known = json.loads(line)
            yield Entry(*entry), Known(*known) if known else None

    def close(self) -> None:
        """Delete it."""
        self.file.close()


def identity(folder: str) -> tuple[int, int] | None:
    """Return device and number of a folder that can be listed; another disk in its place has others. None if none."""
    try:
        found = os.stat(folder)
        with os.scandir(folder):
            return found.st_dev, found.st_ino
    except OSError:
        return None


def known_rows(cursor: object) -> Iterator[Known]:
    """Yield the rows of a cursor, some thousand at a time."""
    while rows := cursor.fetchmany(BATCH_ROWS):
        yield from map(Known._make, rows)


def is_back(entry: Entry, row: Known | None) -> bool:
    """Return whether a file that was missing lies where it did, as it was."""
    if row is None or not row.is_missing or entry.error:
        return False
    return (entry.size, entry.mtime_ns, entry.beside) == (row.size, row.mtime_ns, row.beside)


def in_batches(ids: Iterable[int]) -> Iterator[list[int]]:
    """Yield ids, some thousand at a time."""
    ids = list(ids)
    for start in range(0, len(ids), BATCH_ROWS):
        yield ids[start : start + BATCH_ROWS]
