"""Importing files of items: batch by batch, each one transaction, so that it may be interrupted and run again."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from itertools import islice
from pathlib import Path

from django.db import transaction

from catalog.counting import catch_up
from content.file_texts import Line, UnreadableFile
from content.importing import staging
from content.importing.collection_files import CollectionFile
from content.importing.creators import Creators
from content.importing.folder_import import FolderImport, is_of_files
from content.importing.listed_files import Content, known_files, read_content, store_contents, storing
from content.importing.records import BadRecord, Record, read_record
from content.models import ContentItem, picture_seed
from genonaut.database.copy import catch_up_rankings, refresh_statistics
from genonaut.interruptions import interruption_waits
from genonaut.progress import Progress
from users.models import User

BATCH_ROWS = 2_000
# Of lines with files, which are open meanwhile.
FILE_ROWS = 50
# The id of a content in a dry run.
NOT_KNOWN = -1
BIG_LOAD_ROWS = 10_000


class Import:
    """One run over some files; `counts` tells how many lines were created, updated, unchanged and bad so far, how many
    `creators` were created, and how many files were `unread`."""

    def __init__(
        self,
        *,
        complain: Callable[[str], object],
        is_dry_run: bool = False,
        owner: User | None = None,
        is_private: bool = False,
        hides_prompt: bool = False,
        leaves_known: bool = False,
    ) -> None:
        """`complain` is given a text for each bad line: file, number and reason. Files of folders are `owner`'s. With
        `leaves_known` lines make new items and change none."""
        self.complain, self.leaves_known = complain, leaves_known
        self.owner, self.said = owner, {"is_private": is_private, "hides_prompt": hides_prompt}
        self.is_dry_run = is_dry_run
        self.creators = Creators(is_dry_run=is_dry_run)
        self.counts: Counter[str] = Counter()

    def run(self, paths: list[Path], progress: Progress) -> None:
        """Import files in order; progress counts their bytes. It leaves statistics and rankings fresh, even when
        interrupted."""
        try:
            for path in paths:
                if is_of_files(path):
                    self.files().load(path, progress)
                else:
                    self.load(CollectionFile(path), progress)
        finally:
            saved = self.counts["created"] + self.counts["updated"]
            if saved and not self.is_dry_run:
                refresh_statistics([ContentItem, User], is_big_load=saved >= BIG_LOAD_ROWS)
                catch_up_rankings([ContentItem, User], progress.say, is_shown=progress.is_shown)
                catch_up()

    def files(self) -> FolderImport:
        """Return what imports folders and zips, with the same counts."""
        return FolderImport(self.complain, self.counts, self.owner, self.said, self.is_dry_run)

    def load(self, file: CollectionFile, progress: Progress) -> None:
        """Import one file."""
        lines = iter(file)
        told = 0
        try:
            with closing(staging.FirstLines()) as first_lines:
                while batch := list(islice(lines, BATCH_ROWS)):
                    for records in batches(dict(self.records(file.path, batch))):
                        self.save(file.path, records, first_lines)
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
        """Save one batch in one transaction, with the files that its lines name."""
        with ExitStack() as counted, ExitStack() as opened:
            contents = dict(self.contents(path, records, opened))
            records = {line: record for line, record in records.items() if not record.file or line in contents}
            with storing() as new, transaction.atomic():
                names = {record.creator for record in records.values() if record.creator}
                creators = self.creators.ids(sorted(names))
                batch = ((line, record, creators.get(record.creator)) for line, record in records.items())
                refused = staging.stage(batch, first_lines)
                known = staging.leave_known() if self.leaves_known else set()
                lines = contents.keys() - {line for line, _reason in refused} - known
                self.attach({line: contents[line] for line in lines}, records, new)
                saved = staging.count() if self.is_dry_run else staging.save()
                counted.enter_context(interruption_waits())
            for line, reason in sorted(refused):
                self.refuse(path, line, reason)
            self.counts.update(saved._asdict())
            self.counts["unchanged"] += len(known)
            self.counts["creators"] = self.creators.created

    def contents(self, path: Path, records: dict[int, Record], opened: ExitStack) -> Iterator[tuple[int, Content]]:
        """Yield the files that lines name, read and open; complain of what cannot be read."""
        for line, record in records.items():
            if record.file:
                try:
                    content = read_content(path.parent, record)
                except BadRecord as problem:
                    self.refuse(path, line, str(problem))
                    continue
                opened.callback(content.file.close)
                yield line, content

    def attach(self, contents: dict[int, Content], records: dict[int, Record], new: list[str]) -> None:
        """Store the files of staged lines and say which they are. A dry run stores none."""
        if not contents:
            return
        if self.is_dry_run:
            known = known_files(list(contents.values()))
            files = {sha256: (pk, None, False) for sha256, pk in known.items()}
        else:
            stored = store_contents(list(contents.values()), new)
            files = {sha256: (file.pk, pk, file.thumbhash is not None) for sha256, (file, pk) in stored.items()}
        rows = []
        for line, content in contents.items():
            pk, generation, is_pictured = files.get(content.sha256, (NOT_KNOWN, None, False))
            said = content.said_with(records[line])
            own_seed = None if said["seed"] is None else picture_seed(said["seed"])
            ids = {"media_file_id": pk, "generation_id": generation, "is_pictured": is_pictured}
            rows.append({**said, **ids, "own_seed": own_seed, "line": line})
        staging.attach(rows)

    def refuse(self, path: Path, line: int, reason: str) -> None:
        """Count and report a bad line."""
        self.counts["bad"] += 1
        self.complain(f"{path}:{line}: {reason}")


def batches(records: dict[int, Record]) -> Iterator[dict[int, Record]]:
    """Return records as they are saved together: all at once, or few if there are files among them."""
    size = FILE_ROWS if any(record.file for record in records.values()) else BATCH_ROWS
    lines = iter(records.items())
    while batch := dict(islice(lines, size)):
        yield batch
