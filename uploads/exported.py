"""What an export of works (exports/) says of the files in its zip: its member sends it, and has them as they were."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from zipfile import ZipFile

from content.file_texts import LINE_BYTES
from content.importing.records import BadRecord, Record, read_record
from media.archives import DAMAGES, WORKS_LIST, Archive, Entry, is_of_export, parts_of
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
    """Return what an export says of its works, by the paths of their files; of another zip, or a list that is damaged,
    what can be read."""
    if not is_of_export(archive.zip.namelist()):
        return {}
    return {record.file: Said.of(record) for record in _records(archive.zip) if record.file}


def path_of(entry: Entry) -> str:
    """Return the path of a file in its zip, as the list of an export has it."""
    return "/".join(parts_of(entry.info))


def _records(archive: ZipFile) -> Iterator[Record]:
    left = LIST_BYTES
    try:
        with archive.open(WORKS_LIST) as file:
            while left > 0 and (line := file.readline(LINE_BYTES)):
                left -= len(line)
                try:
                    yield read_record(json.loads(line))
                except (BadRecord, ValueError, RecursionError):
                    continue
    except (*DAMAGES, NotImplementedError, RuntimeError):
        return
