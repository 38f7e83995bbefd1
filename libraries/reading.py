"""One file of a library: its hash and what is written in it. Without Django: processes start faster.

The whole file is read once, by the hash; the metadata is read after it, at a few offsets, out of the page cache. To
read the file into memory for both costs half as much again as the hash, nearly all of it for new pages.
"""

import os
import stat
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from media.generation_data.blocks import Generation
from media.generation_data.carriers import DamagedFileError, UnknownFormatError
from media.generation_data.carriers.sidecars import sidecar_blocks
from media.generation_data.reading import Reading, read
from media.pictures.limits import Limits
from media.walking import first_frame_of, leads_out, mtime_of

# A file that is not whole and was changed so short ago may be under way.
YOUNG_NS = 2_000_000_000
TEXTS = (".txt", ".md")
# Processes that read for libraries leave the site its share of the machine.
NICENESS = 10
LIMITS = Limits(seconds=900.0)
# One for all files of a process, which reads one at a time.
BUFFER = memoryview(bytearray(256 * 1024))


@dataclass(frozen=True)
class FileRead:
    """What was read of a file, or why it was not."""

    path: str
    size: int
    mtime_ns: int
    sha256: bytes = b""
    reading: Reading | None = None
    text: str = ""  # of a text: all of it
    error: str = ""
    # The reason may pass: it is read again by the next scan.
    is_passing: bool = False
    # It changes while it is read: nothing is known of it yet.
    is_unfinished: bool = False
    # What belonged to it when it was seen (walking.beside).
    beside: int | None = None


def read_files(root: str, files: Sequence[tuple[str, bool]], most_bytes: int = LIMITS.bytes) -> list[FileRead]:
    """Read some files of a library: paths, and whether each lies alone (`read_file`)."""
    be_nice()
    return [read_file(root, path, most_bytes, is_alone=is_alone) for path, is_alone in files]


def be_nice() -> None:
    """Give way to other processes."""
    if (niceness := os.nice(0)) < NICENESS:
        os.nice(NICENESS - niceness)


def read_file(root: str, path: str, most_bytes: int = LIMITS.bytes, *, is_alone: bool = False) -> FileRead:
    """Read one file. It is never waited for: a pipe is no file.

    Nothing is looked for beside one that lies alone: what came since its folder was listed is seen by the next scan.
    """
    full = os.path.join(root, path)
    try:
        descriptor = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return FileRead(path, 0, 0, is_unfinished=True)
    except OSError as error:
        return FileRead(path, 0, 0, error=f"cannot be opened: {error.strerror}", is_passing=True)
    with open(descriptor, "rb", buffering=0) as file:
        before = os.fstat(descriptor)
        try:
            result = _read(file, root, path, before, most_bytes, is_alone)
        except OSError as error:
            reason = f"cannot be read: {error.strerror or error}"
            return FileRead(path, before.st_size, mtime_of(before), error=reason, is_passing=True)
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return FileRead(path, after.st_size, mtime_of(after), is_unfinished=True)
    return result


def _read(file: BinaryIO, root: str, path: str, found: os.stat_result, most_bytes: int, is_alone: bool) -> FileRead:
    """Read an open file and what lies beside it."""
    full = os.path.join(root, path)
    place = (path, found.st_size, mtime_of(found))
    if not stat.S_ISREG(found.st_mode):
        return FileRead(*place, error="is no file")
    if found.st_size > most_bytes:
        return FileRead(*place, error=f"has {found.st_size:,} bytes, more than the allowed {most_bytes:,}")
    # A date of the future, of a camera or an archive, is none of a file that is being written.
    is_young = abs(time.time_ns() - found.st_mtime_ns) < YOUNG_NS
    if found.st_size == 0:
        return FileRead(*place, error="is empty", is_unfinished=is_young)
    try:
        reading = read(file, () if is_alone else sidecar_blocks(Path(full), Path(root)))
    except (UnknownFormatError, DamagedFileError) as error:
        return FileRead(*place, error=sentence(error), is_unfinished=is_young)
    if is_young and reading.facts.warnings:
        return FileRead(*place, is_unfinished=True)
    if reading.facts.format == "text":
        return _text(place, file, reading)
    if reading.generation.generator is None and not is_alone:
        reading = _with_first_frame(reading, full, root)
    return FileRead(*place, sha256=_hash(file), reading=reading)


def _text(place: tuple[str, int, int], file: BinaryIO, reading: Reading) -> FileRead:
    """Return a text that is a work by its name: settings, logs and scripts are none."""
    if not place[0].lower().endswith(TEXTS):
        return FileRead(*place, error=f"is a text: only {' and '.join(TEXTS)} files are works")
    hashed = _hash(file)
    file.seek(0)
    return FileRead(*place, sha256=hashed, reading=reading, text=file.read().decode("utf-8-sig"))


def _hash(file: BinaryIO) -> bytes:
    """Return the SHA-256 of an unbuffered file."""
    file.seek(0)
    hashing = sha256()
    while count := file.readinto(BUFFER):
        hashing.update(BUFFER[:count])
    return hashing.digest()


def sentence(error: Exception) -> str:
    """Return an error as a reason without NUL, of a length that a list can show."""
    return str(error).replace("\0", "")[:500] or type(error).__name__


def _with_first_frame(reading: Reading, full: str, root: str) -> Reading:
    """Return what was read of a video with what the PNG of its first frame says, if the video says nothing."""
    frame = first_frame_of(full)
    if frame is None or not os.path.isfile(frame) or leads_out(frame, root):
        return reading
    try:
        with open(frame, "rb") as file:
            said = read(file)
    except (OSError, UnknownFormatError, DamagedFileError):
        return reading
    if said.generation == Generation():
        return reading
    return replace(reading, blocks=(*reading.blocks, *said.blocks), generation=said.generation)
