"""Zips of files that are to be works: what is in one, and each of its files unpacked within limits.

What a zip says of itself is not believed: bytes are counted as they are unpacked, and of names the last part is used.
"""

import stat
import struct
import zlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from django.conf import settings

from media.companions import grouped
from media.walking import is_wanted

ZIP_BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
# zipfile reads the list of entries at once: so much for each, and of a zip of a few entries as for some hundred.
ENTRY_BYTES, LEAST_ENTRIES = 420, 1_000
PIECE_BYTES = 262_144
ENCRYPTED, UTF_8 = 0x1, 0x800
DAMAGES = (BadZipFile, EOFError, zlib.error, struct.error, ValueError, OverflowError)
# An export of works (docs/exporting.md) has both at its root, which is the zip's own or, packed again, a folder in it.
# Beside its works it holds lists, and what generated each once more, in folders of their own: nothing that is to be a
# work.
EXPORT_STATE, WORKS_LIST = "export.json", "works.jsonl"
# Folders above the root of an export; a bound for zips of long paths.
EXPORT_DEPTH = 3
EXPORT_FOLDERS = ("a1111", "json")
EXPORT_FILES = (EXPORT_STATE, "missing.txt")
# The names of a folder and of those above it.
Folder = tuple[str, ...]
DAMAGED = "The zip is damaged or cut off: nothing of it can be read."


class ArchiveError(Exception):
    """A zip cannot be read as a whole; the text is a sentence for people."""


class EntryError(Exception):
    """One file of a zip cannot be unpacked; the text is a sentence for people."""


class Entry(NamedTuple):
    """A file of a zip that is to be a work, and what belongs to it."""

    info: ZipInfo
    name: str  # without folders
    companions: tuple["Entry", ...] = ()


class Archive:
    """An open zip. Its `entries` are in the order of the zip, without what scans of folders pass over; its `exports`
    are the lists of works of the exports in it, by the folders that these lie in."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the list of entries, and no more. Raises ArchiveError."""
        most = settings.MAX_ZIP_ENTRIES
        try:
            self.zip = ZipFile(Bounded(file, max(most, LEAST_ENTRIES) * ENTRY_BYTES))
        except TooMuchError as error:
            raise ArchiveError(f"The zip holds more than {most:,} entries, or very long names.") from error
        except (*DAMAGES, NotImplementedError, OSError) as error:
            raise ArchiveError(DAMAGED) from error
        infos = self.zip.infolist()
        if len(infos) > most:
            raise ArchiveError(f"The zip holds {len(infos):,} entries; at most {most:,} are taken.")
        self.exports = exports_of(infos)
        self.entries = works_of(infos, self.exports.keys())
        if not self.entries:
            raise ArchiveError("The zip holds no file.")

    def unpack(self, entry: Entry, target: BinaryIO, most: int) -> int:
        """Write a file of the zip; return its bytes. Never writes more than `most`.

        Raises EntryError, with `target` left as it is then, and TooMuchError.
        """
        check(entry.info)
        # No more than the zip says comes out of it: zipfile ends there, and finds the checksum wrong.
        if entry.info.file_size > most:
            raise TooMuchError
        written = 0
        try:
            with self.zip.open(entry.info) as source:
                while piece := source.read(PIECE_BYTES):
                    written += target.write(piece)
        except (*DAMAGES, NotImplementedError, RuntimeError) as error:
            raise EntryError("The entry is damaged or cut off.") from error
        if written != entry.info.file_size:
            raise EntryError("The entry is damaged: it has another size than the zip says.")
        return written


class TooMuchError(Exception):
    """More bytes than are taken."""


class Bounded:
    """A file of which never more than some bytes are read at once, whatever a zip's header says."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self.file, self.most = file, most
        self.seek, self.tell, self.seekable = file.seek, file.tell, file.seekable

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises TooMuchError."""
        data = self.file.read(self.most + 1 if size < 0 or size > self.most else size)
        if len(data) > self.most:
            raise TooMuchError
        return data


def is_zip(file: BinaryIO) -> bool:
    """Return whether a file begins as a zip does, and be back at its start."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return head in ZIP_BEGINNINGS


def check(info: ZipInfo) -> None:
    """Raise EntryError for what is not unpacked, by the list of entries alone."""
    if info.flag_bits & ENCRYPTED:
        raise EntryError("The entry is encrypted.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise EntryError("The entry is a link.")
    # Of the others zipfile unpacks a piece of any size at once.
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise EntryError("The entry is packed by a method that is not supported: only Deflate is.")


def exports_of(infos: Iterable[ZipInfo]) -> dict[Folder, ZipInfo]:
    """Return the lists of works of the exports in a zip, by the folders that these lie in: () is the zip's root."""
    found: dict[str, dict[Folder, ZipInfo]] = {EXPORT_STATE: {}, WORKS_LIST: {}}
    for info in infos:
        *folder, name = parts_of(info) or [""]
        if name in found and len(folder) <= EXPORT_DEPTH and not info.is_dir():
            found[name][tuple(folder)] = info
    return {folder: info for folder, info in found[WORKS_LIST].items() if folder in found[EXPORT_STATE]}


def works_of(infos: list[ZipInfo], exports: Collection[Folder]) -> list[Entry]:
    """Return the entries that are to be works, in the order of a zip, with what belongs to them. Linear."""
    folders: dict[Folder, list[Entry]] = defaultdict(list)
    for info in infos:
        *folder, name = parts_of(info) or [""]
        if exports and _is_beside_works(folder, name, exports):
            continue
        if name and not info.is_dir() and all(map(is_wanted, (*folder, name))):
            folders[tuple(folder)].append(Entry(info, name))
    works = [work for entries in folders.values() for work in _works(entries)]
    order = {id(info): position for position, info in enumerate(infos)}
    return sorted(works, key=lambda work: order[id(work.info)])


def _is_beside_works(folder: list[str], name: str, exports: Collection[Folder]) -> bool:
    """Return whether a file of an export is none of its works."""
    if tuple(folder) in exports and (name in EXPORT_FILES or name.endswith(".jsonl")):
        return True
    return any(tuple(folder[:depth]) in exports and part in EXPORT_FOLDERS for depth, part in enumerate(folder))


def export_below(folder: Path) -> Path | None:
    """Return an export that a folder is or holds; None if there is none."""
    for depth in range(EXPORT_DEPTH + 1):
        for state in folder.glob("*/" * depth + EXPORT_STATE):
            if state.with_name(WORKS_LIST).is_file():
                return state.parent
    return None


def parts_of(info: ZipInfo) -> list[str]:
    """Return the folders and the name of an entry, without what leads up or to a root."""
    path = PurePosixPath(readable_name(info).replace("\\", "/"))
    return [part for part in path.parts if part not in ("/", "//", "..")]


def readable_name(info: ZipInfo) -> str:
    """Return a name as it was meant: many programs write UTF-8 and do not say so; zipfile reads code page 437."""
    if info.flag_bits & UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode()
    except ValueError:
        return info.filename


def _works(entries: list[Entry]) -> Iterator[Entry]:
    for work, companions in grouped([entry.name for entry in entries]):
        yield entries[work]._replace(companions=tuple(entries[position] for position in companions))
