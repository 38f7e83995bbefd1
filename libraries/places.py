"""Writing what was read of files: their works, and the places that they lie in."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from django.db import DatabaseError, transaction
from django.utils import timezone

from content.arrivals import Arrival, take_in
from content.blurring import level_of_new
from content.renewing import Renewal, renew, texts_before
from genonaut.database.outages import outage_of
from genonaut.moments import CALENDAR
from libraries.belonging import follow_files
from libraries.comparing import Known
from libraries.missing import bring_back
from libraries.reading import FileRead, sentence
from libraries.reports import Report
from media.models import Library, LibraryFile

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND_NS = 1_000
FIELDS = ["size", "mtime_ns", "error", "seen_at", "missing_since", "beside"]


def moment(mtime_ns: int) -> datetime:
    """Return when a file was changed, or the nearest moment that Python knows."""
    try:
        return EPOCH + timedelta(microseconds=mtime_ns // MICROSECOND_NS)
    except OverflowError:
        return CALENDAR[mtime_ns > 0]


@dataclass
class Places:
    """The places of a library. `gone` are the ids of those that were not found by the scan that is under way: a new
    file with the content of one of them was moved from there."""

    library: Library
    report: Report
    gone: set[int] = field(default_factory=set)

    def save(self, files: Sequence[tuple[FileRead, Known | None]]) -> None:
        """Write some files, each with what was known of its path. A transaction; some 16 queries.

        A file that the database refuses is written by itself, as one that could not be read. Raises DatabaseError if
        the database is away, read only, full or busy: no file is to blame, and the next scan reads them.
        """
        try:
            report = Report()
            moved = self._save(files, report)
        except DatabaseError as error:
            if len(files) > 1:
                for file in files:
                    self.save([file])
                return
            if outage_of(error):
                raise
            file, known = files[0]
            reason = f"cannot be kept: {sentence(error).splitlines()[0]}"
            self.save_unreadable([(FileRead(file.path, file.size, file.mtime_ns, error=reason), known)])
            return
        self.gone -= moved
        self.report.counts += report.counts

    @transaction.atomic
    def _save(self, files: Sequence[tuple[FileRead, Known | None]], report: Report) -> set[int]:
        """Write works and places; return the ids of places whose files were moved."""
        # Asked for before what is new is written in its place.
        before = texts_before(
            {known.media_file_id: file.reading for file, known in files if is_beside_new(file, known)}
        )
        taken = take_in([self._arrival(file) for file, _known in files])
        moves = self._moves([work.media_file_id for work, (_, known) in zip(taken, files, strict=True) if not known])
        now = timezone.now()
        rows, moved = [], []
        renewals: dict[int, Renewal] = {}
        for work, (file, known) in zip(taken, files, strict=True):
            row = self._row(file, now, work.media_file_id)
            report.counts["works"] += work.is_new
            if known is None and (origin := moves.take(work.media_file_id, file.path)):
                row.pk = origin
                moved.append(row)
            else:
                rows.append(row)
                report.counts[kind_of(known, work.media_file_id)] += 1
            if is_beside_new(file, known) and known.media_file_id == work.media_file_id:
                name = PurePosixPath(file.path).name
                renewals[work.media_file_id] = Renewal(file.reading, name, before.get(work.media_file_id, ""))
        report.counts["renewed"] += renew(renewals, self.library.owner_id) if renewals else 0
        report.counts["moved"] += len(moved)
        self._write(rows)
        LibraryFile.objects.bulk_update(moved, ["path", *FIELDS])
        known_before = {work.media_file_id for work in taken if not work.is_new}
        report.counts["restored"] += bring_back(known_before)
        report.counts["public"] += follow_files(known_before)
        return {row.pk for row in moved}

    def save_unreadable(self, files: Sequence[tuple[FileRead, Known | None]]) -> None:
        """Write files that could not be read. One query."""
        now = timezone.now()
        self._write([self._row(file, now) for file, _known in files])
        for file, _known in files:
            self.report.refuse(file.path, file.error)

    def _arrival(self, file: FileRead) -> Arrival:
        return Arrival(
            sha256=file.sha256,
            size=file.size,
            reading=file.reading,
            name=PurePosixPath(file.path).name,
            creator_id=self.library.owner_id,
            is_private=self.library.is_private,
            hides_prompt=self.library.hides_prompts,
            level=level_of_new(self.library.owner),
            library_id=self.library.pk,
            created_at=moment(file.mtime_ns),
            text=file.text,
        )

    def _row(self, file: FileRead, now: datetime, media_file_id: int | None = None) -> LibraryFile:
        return LibraryFile(
            library=self.library,
            path=file.path,
            size=file.size,
            # Differs from the file's, so that the next scan reads it again.
            mtime_ns=0 if file.is_passing else file.mtime_ns,
            media_file_id=media_file_id,
            error=file.error,
            beside=file.beside,
            seen_at=now,
        )

    def _write(self, rows: Collection[LibraryFile]) -> None:
        LibraryFile.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["library", "path"], update_fields=["media_file", *FIELDS]
        )

    def _moves(self, contents: Collection[int]) -> "Moves":
        """Return the places of some contents where nothing lies any more."""
        rows = LibraryFile.objects.filter(library=self.library, media_file__in=contents)
        places = rows.values_list("pk", "media_file_id", "path", "missing_since")
        moves = Moves()
        for pk, content, path, missing_since in places:
            if missing_since or pk in self.gone:
                moves.origins.setdefault(content, {})[pk] = PurePosixPath(path).name
        return moves


def kind_of(known: Known | None, media_file_id: int) -> str:
    """Return what became of a path: new, changed, returned, or unchanged if it was only touched."""
    if known is None:
        return "new"
    if known.media_file_id != media_file_id:
        return "changed"
    return "returned" if known.is_missing else "unchanged"


@dataclass
class Moves:
    """Places by content and id from which files have gone; each is the origin of one file."""

    origins: dict[int, dict[int, str]] = field(default_factory=dict)

    def take(self, content: int, path: str) -> int | None:
        """Return where a file came from, a place of the same name first; None if there is none left."""
        places = self.origins.get(content)
        if not places:
            return None
        name = PurePosixPath(path).name
        pk = min(places, key=lambda pk: (places[pk] != name, pk))
        del places[pk]
        return pk


def is_beside_new(file: FileRead, known: Known | None) -> bool:
    """Return whether what lies beside a file that is known changed, came or went."""
    return known is not None and known.media_file_id is not None and known.beside != file.beside
