"""Importing files of items: batch by batch, each one transaction, so that it may be interrupted and run again."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path

from django.db import transaction

from catalog.counting import catch_up
from content import staging
from content.collection_files import CollectionFile
from content.creators import Creators
from content.file_texts import Line, UnreadableFile
from content.models import ContentItem
from content.records import BadRecord, Record, read_record
from genonaut.bulk import catch_up_rankings, refresh_statistics
from genonaut.interruptions import interruption_waits
from genonaut.progress import Progress
from users.models import User

BATCH_ROWS = 2_000
BIG_LOAD_ROWS = 10_000


class Import:
    """One run over some files; `counts` tells how many lines were created, updated, unchanged and bad so far, how many
    `creators` were created, and how many files were `unread`."""

    def __init__(self, *, complain: Callable[[str], object], is_dry_run: bool = False) -> None:
        """`complain` is given a text for each bad line: file, number and reason."""
        self.complain = complain
        self.is_dry_run = is_dry_run
        self.creators = Creators(is_dry_run=is_dry_run)
        self.counts: Counter[str] = Counter()

    def run(self, paths: list[Path], progress: Progress) -> None:
        """Import files in order; progress counts their bytes. It leaves statistics and rankings fresh, even when
        interrupted."""
        try:
            for path in paths:
                self.load(CollectionFile(path), progress)
        finally:
            saved = self.counts["created"] + self.counts["updated"]
            if saved and not self.is_dry_run:
                refresh_statistics([ContentItem, User], is_big_load=saved >= BIG_LOAD_ROWS)
                catch_up_rankings([ContentItem, User], progress.say, is_shown=progress.is_shown)
                catch_up()

    def load(self, file: CollectionFile, progress: Progress) -> None:
        """Import one file."""
        lines = iter(file)
        told = 0
        try:
            with closing(staging.FirstLines()) as first_lines:
                while batch := list(islice(lines, BATCH_ROWS)):
                    self.save(file.path, dict(self.records(file.path, batch)), first_lines)
                    progress.advance(file.position - told)
                    told = file.position
        except UnreadableFile as problem:
            self.counts["unread"] += 1
            self.complain(f"{file.path}: {problem}")
        progress.advance(file.size - told)

    def records(self, path: Path, lines: list[Line]) -> Iterator[tuple[int, Record]]:
        """Return the good ones of some lines with their numbers, and complain of the others."""
        for line in lines:
            try:
                if line.problem:
                    raise BadRecord(line.problem)
                yield line.number, read_record(line.value)
            except BadRecord as problem:
                self.refuse(path, line.number, str(problem))

    def save(self, path: Path, records: dict[int, Record], first_lines: staging.FirstLines) -> None:
        """Save one batch in one transaction."""
        with ExitStack() as counted:
            with transaction.atomic():
                names = {record.creator for record in records.values() if record.creator}
                creators = self.creators.ids(sorted(names))
                batch = ((line, record, creators.get(record.creator)) for line, record in records.items())
                refused = staging.stage(batch, first_lines)
                saved = staging.count() if self.is_dry_run else staging.save()
                counted.enter_context(interruption_waits())
            for line, reason in sorted(refused):
                self.refuse(path, line, reason)
            self.counts.update(saved._asdict())
            self.counts["creators"] = self.creators.created

    def refuse(self, path: Path, line: int, reason: str) -> None:
        """Count and report a bad line."""
        self.counts["bad"] += 1
        self.complain(f"{path}:{line}: {reason}")
