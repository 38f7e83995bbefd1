"""The files that are there beside those that are known: both in the order of their paths, each read once."""

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from media.walking import Entry


class Known(NamedTuple):
    """A LibraryFile as the comparison wants it."""

    path: str
    size: int
    mtime_ns: int
    id: int
    media_file_id: int | None
    is_missing: bool
    beside: int | None = None


Difference = tuple[Entry | None, Known | None]


@dataclass
class Comparison:
    """Pairs of an entry and what is known of its path, None where there is none; counts what is left out."""

    unchanged: int = 0
    unreadable: int = 0  # as before: what could not be read and is as it was
    # Where what could not be looked at may hold files.
    unseen: tuple[str, ...] = ()

    def differences(self, entries: Iterable[Entry], known: Iterable[Known]) -> Iterator[Difference]:
        """Yield what differs, in order. Files in a folder that cannot be listed are as they were, and so is what cannot
        be looked at.

        A file that belongs to another one is none, unless it was a work before the other one came.
        """
        rows = iter(known)
        row = next(rows, None)
        for entry in entries:
            if row is not None and is_as_before(entry, row):
                self.unchanged += 1
                row = next(rows, None)
                continue
            row = yield from self._gone(row, rows, entry.path)
            found = row if row is not None and row.path == entry.path else None
            self.unseen += (f"{entry.path}/",) * entry.is_unseen
            if entry.is_companion and not is_work(found):
                continue  # a row of its path is met as one whose file is gone
            if found is None or self._differs(entry, found):
                yield entry, found
            if found is not None:
                row = next(rows, None)
            if entry.path.endswith("/"):
                row = self._first_outside(entry.path, row, rows)
        yield from self._gone(row, rows)

    def _gone(
        self, row: Known | None, rows: Iterator[Known], before: str | None = None
    ) -> Generator[Difference, None, Known | None]:
        """Yield the rows before a path, None: all that are left; return the first that is not."""
        while row is not None and (before is None or row.path < before):
            if row.path.startswith(self.unseen):
                self.unchanged += 1
            else:
                yield None, row
            row = next(rows, None)
        return row

    def _first_outside(self, folder: str, row: Known | None, rows: Iterator[Known]) -> Known | None:
        """Count what lies in a folder that cannot be listed; return the first row behind it."""
        while row is not None and row.path.startswith(folder):
            self.unchanged += 1
            row = next(rows, None)
        return row

    def _differs(self, entry: Entry, row: Known) -> bool:
        if entry.is_unseen:
            self.unchanged += 1
            return False
        if entry[1:3] != row[1:3] or row.is_missing or bool(entry.error) > (row.media_file_id is None):
            return True
        if entry[4] != row[6] and row[4] is not None:
            return True
        if row[4] is None:
            self.unreadable += 1
        else:
            self.unchanged += 1
        return False


def is_work(row: Known | None) -> bool:
    """Return whether a file could be read and is there, as far as is known."""
    return row is not None and row.media_file_id is not None and not row.is_missing


def is_as_before(entry: Entry, row: Known) -> bool:
    """Return whether a file that could be read is as it was: so are nearly all, and fields by number are quickest."""
    is_file = not entry[3] and row[4] is not None and not row[5]
    return is_file and entry[0] == row[0] and entry[1:3] == row[1:3] and entry[4] == row[6]
