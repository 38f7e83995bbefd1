"""What an export of works (exports/) says of the files in its zip: its member sends it, and has them as they were."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.conf import settings

from content.file_texts import LINE_BYTES
from content.importing.records import BadRecord, Record, read_record
from media.archives import DAMAGES, Archive, Entry, parts_of
from users.levels import LEVEL_NAMES

# What is read of the list, however long it is.
LIST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Said:
    """What a line of the list says of a work."""

    title: str
    prompt: str | None
    tags: tuple[str, ...] | None
    level: int | None
    is_private: bool
    hides_prompt: bool
    created_at: datetime | None

    @classmethod
    def of(cls, record: Record) -> "Said":
        """Return what is used of a record."""
        return cls(
            title=record.title or "",
            prompt=record.prompt,
            tags=None if record.tags is None else tuple(record.tags),
            level=None if record.level is None else LEVEL_NAMES.index(record.level),
            is_private=bool(record.is_private),
            hides_prompt=bool(record.hides_prompt),
            created_at=record.created_at,
        )

    def beside(self, of_all: Mapping[str, object]) -> dict[str, object]:
        """Return the fields of a work, with what its sender says of all works of the zip: the stricter of two counts,
        and the sender's tags."""
        levels = [level for level in (self.level, of_all["level"]) if level is not None]
        return {
            "title": self.title,
            "prompt": self.prompt,
            "tags": self.tags if of_all["tags"] is None else of_all["tags"],
            "level": max(levels, default=None),
            "is_private": self.is_private or of_all["is_private"],
            "hides_prompt": self.hides_prompt or of_all["hides_prompt"],
            "created_at": self.created_at,
        }


def said_of_each(archive: Archive) -> dict[str, Said]:
    """Return what exports in a zip say of their works, by the paths of these; of another zip nothing, of a list that is
    damaged what can be read.

    Lists are read up to LIST_BYTES together, and up to as many lines as a zip has entries.
    """
    paths = {path_of(entry) for entry in archive.entries} if archive.exports else set()
    said = {}
    for path, record in islice(_records(archive), settings.MAX_ZIP_ENTRIES):
        if record is not None and path in paths:
            said[path] = Said.of(record)
    return said


def path_of(entry: Entry) -> str:
    """Return the path of a file in its zip, as the list of an export at its root has it."""
    return "/".join(parts_of(entry.info))


def _records(archive: Archive) -> Iterator[tuple[str, Record | None]]:
    """Yield the lines of lists, with the paths of their works in the zip. A line that cannot be read is None."""
    left = LIST_BYTES
    for folder, info in archive.exports.items():
        try:
            with archive.zip.open(info) as file:
                while left > 0 and (line := file.readline(LINE_BYTES)):
                    left -= len(line)
                    record = _record(line)
                    yield "/".join((*folder, record.file or "")) if record else "", record
        except (*DAMAGES, NotImplementedError, RuntimeError):
            continue


def _record(line: bytes) -> Record | None:
    try:
        return read_record(json.loads(line))
    except (BadRecord, ValueError, RecursionError):
        return None
