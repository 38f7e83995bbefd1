"""The files that are there beside those that are known: both in the order of their paths, each read once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from libraries.walking import Entry


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

    def differences(self, entries: Iterable[Entry], known: Iterable[Known]) -> Iterator[Difference]:
        """Yield what differs, in order. Files in a folder that cannot be listed are as they were."""
        rows = iter(known)
        row = next(rows, None)
        for entry in entries:
            while row is not None and row.path < entry.path:
                yield None, row
                row = next(rows, None)
            if row is None or row.path != entry.path:
                yield entry, None
            else:
                if self._differs(entry, row):
                    yield entry, row
                row = next(rows, None)
            if entry.path.endswith("/"):
                while row is not None and row.path.startswith(entry.path):
                    self.unchanged += 1
                    row = next(rows, None)
        while row is not None:
            yield None, row
            row = next(rows, None)

    def _differs(self, entry: Entry, row: Known) -> bool:
        if entry[1] != row[1] or entry[2] != row[2] or row[5] or bool(entry[3]) > (row[4] is None):
            return True
        if entry[4] != row[6] and row[4] is not None:
            return True
        if row[4] is None:
            self.unreadable += 1
        else:
            self.unchanged += 1
        return False
