"""The files of a folder and of all below it, in the order of their paths' bytes, without opening one."""

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

# Folders that other programs keep beside pictures; hidden ones begin with a dot.
FOREIGN_FOLDERS = frozenset(["@eaDir", "__MACOSX", "$RECYCLE.BIN", "System Volume Information"])
FOREIGN_FILES = frozenset(["Thumbs.db", "desktop.ini"])
# SwarmUI's previews of videos.
PREVIEW = ".swarmpreview."
# What may lie beside a picture and belong to it.
SIDECARS = (".txt", ".json", ".caption", ".xmp")
# A video and the PNG of its first frame, as VideoHelperSuite writes them, have the same stem.
VIDEOS = (".mp4", ".webm", ".mov", ".mkv")
FIRST_FRAME = ".png"
# It holds works: nothing belongs to it.
ZIP = ".zip"

NOT_UTF_8 = "has a name that is not UTF-8; rename it"
TOO_LONG = "has a path of more bytes than can be kept; move it up"
LEADS_OUT = "is a link that leads out of the library"
LEADS_NOWHERE = "is a link that leads nowhere"
LINKED_FOLDER = "is a link to a folder that is not read otherwise"
NO_FILE = "is a pipe, a socket or a device"
# Not known what it is, a file or a folder: the drive or the network failed for a moment, or its rights are missing.
UNSEEN = "cannot be looked at"

# What is said, and kept nowhere.
NOT_KEPT = (NOT_UTF_8, TOO_LONG)
LARGEST_BIGINT = 2**63 - 1
# Of Knuth's MMIX: odd, its bits well spread.
MULTIPLIER = 6_364_136_223_846_793_005
# An entry of an index holds 2,704 bytes; a path with fewer characters than the short one has no more bytes.
MOST_PATH_BYTES, SHORT_PATH = 2_600, 650


class Entry(NamedTuple):
    """A file of a library by its path below the root; with an error, what cannot be read there and why.

    The path of a folder ends with a slash.
    """

    path: str
    size: int
    mtime_ns: int
    error: str = ""
    # Of what belongs to it (`beside`); None if nothing does.
    beside: int | None = None
    # Whether it belongs to another file by its name.
    is_companion: bool = False

    @property
    def is_unseen(self) -> bool:
        """Whether nothing is known of it but its name."""
        return self.error.startswith(UNSEEN)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.path.endswith("/")


def walk(root: str, below: str = "", *, with_companions: bool = False) -> Iterator[Entry]:
    """Yield the files of a folder and of all below it, and what cannot be read there, in the order of their bytes.

    `below` is a path inside the root that is empty or ends with a slash. A folder that cannot be listed is yielded
    with its error. What belongs to another file is left out, or flagged. Names of one level each are in memory,
    whatever the depth.
    """
    levels = [iter(listed(root, below, with_companions=with_companions))]
    while levels:
        for entry in levels[-1]:
            if entry[0][-1:] == "/" and not entry.error:
                levels.append(iter(listed(root, entry.path, with_companions=with_companions)))
                break
            yield entry
        else:
            levels.pop()


def listed(
    root: str, below: str, stems: Collection[str] | None = None, *, with_companions: bool = False
) -> list[Entry]:
    """Return files and folders of one folder in order; of files those with some stems only, if `stems` are given.

    A folder that has gone has none; one that cannot be listed is returned itself, with its error.
    """
    try:
        descriptor = os.open(os.path.join(root, below), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        return [Entry(below, 0, 0, f"cannot be listed: {error.strerror}")]
    try:
        with os.scandir(descriptor) as found:
            entries = {entry.name: entry for entry in found if is_wanted(entry.name)}
        belonging = {name: entries.pop(name) for name in companions(entries)}
        # What belongs to a work and leads out is reported as if it were one: it is not read.
        for name in [name for name, entry in belonging.items() if entry.is_symlink()]:
            if leads_out(os.path.join(root, below, name), root):
                entries[name] = belonging.pop(name)
        if stems is not None:
            entries = {name: entry for name, entry in entries.items() if stem_of(name) in stems}
        others = _companions(root, below, belonging, stems) if with_companions else ()
        return sorted([*_measured(root, below, entries.values(), belonging), *others])
    except OSError as error:
        return [Entry(below, 0, 0, f"cannot be listed: {error.strerror}")]
    finally:
        os.close(descriptor)


def _companions(
    root: str, below: str, belonging: Mapping[str, os.DirEntry], stems: Collection[str] | None
) -> Iterator[Entry]:
    """Yield what belongs to other files, flagged; those with some stems only, if `stems` are given."""
    for name, found in belonging.items():
        if stems is None or stem_of(name) in stems:
            # A text has nothing beside it.
            of_its_own = {} if name.lower().endswith(SIDECARS) else belonging
            for entry in _measured(root, below, [found], of_its_own):
                if not entry.is_folder:
                    yield entry._replace(is_companion=True)


def is_wanted(name: str) -> bool:
    """Return whether a file or folder of this name is looked at: not a hidden one, nor what other programs keep."""
    return not (name[0] == "." or PREVIEW in name or name in FOREIGN_FOLDERS or name in FOREIGN_FILES)


def is_wanted_path(path: str) -> bool:
    """Return whether each part of a path is looked at."""
    return all(map(is_wanted, PurePosixPath(path).parts))


def stem_of(name: str) -> str:
    """Return a file's name without its ending."""
    stem, dot, _ending = name.rpartition(".")
    return stem if dot and stem else name


def companions(names: Iterable[str]) -> set[str]:
    """Return the names that belong to another file: sidecars, and first frames of videos."""
    names = set(names)
    # Most folders hold pictures alone: one search over all names tells.
    whole = "/".join(names).lower()
    if not any(ending in whole for ending in (*SIDECARS, *VIDEOS)):
        return set()
    texts = {name for name in names if name.lower().endswith(SIDECARS)}
    found = set()
    if texts:
        works = {name for name in names - texts if not name.lower().endswith(ZIP)}
        stems = set(map(stem_of, works))
        found = {name for name in texts if stem_of(name) in stems or stem_of(name) in works}
        # A text that is a work by itself may have a packet, as exports write it.
        alone = {name for name in texts - found if name.lower().endswith(".txt")}
        found |= {name for name in texts if name.lower().endswith(".xmp") and stem_of(name) in alone}
    videos = {stem_of(name) for name in names if name.lower().endswith(VIDEOS)}
    if videos:
        found |= {name for name in names if name.lower().endswith(FIRST_FRAME) and stem_of(name) in videos}
    return found


def first_frame_of(path: str) -> str | None:
    """Return where the first frame of a video would lie; None if it is no video by its name."""
    return f"{stem_of(path)}{FIRST_FRAME}" if path.lower().endswith(VIDEOS) else None


def beside(name: str, belonging: Mapping[str, os.DirEntry]) -> int | None:
    """Return sizes and times of what belongs to a file, hashed to 63 bits; None if nothing does.

    Without names, so that it stays the same where all of them are renamed. By arithmetic: a folder has thousands.
    """
    stem = stem_of(name)
    *texts, packet, long_packet = (form + suffix for suffix in SIDECARS for form in (stem, name))
    mixed = None
    # What is hashed holds each one's number here: a file keeps it, or all that have one beside them are read again.
    for number, companion in enumerate((*texts, first_frame_of(name), packet, long_packet)):
        if companion not in belonging:
            continue
        try:
            found = belonging[companion].stat()
        except OSError:
            continue
        for value in (number, found.st_size, found.st_mtime_ns):
            mixed = ((mixed or 0) ^ value) * MULTIPLIER % (LARGEST_BIGINT + 1)
    return mixed


def leads_out(path: str, root: str) -> bool:
    """Return whether a path is a link that leads out of a folder."""
    return os.path.islink(path) and _is_outside(os.path.relpath(os.path.realpath(path), os.path.realpath(root)))


def _is_outside(path: str) -> bool:
    """Return whether a path relative to a folder leaves it."""
    return path == ".." or path.startswith("../")


def is_text(text: str) -> bool:
    """Return whether a name can be kept: names that are not UTF-8 have lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def mtime_of(found: os.stat_result) -> int:
    """Return when a file was changed, in nanoseconds, or the nearest moment that a bigint holds."""
    mtime_ns = found.st_mtime_ns
    if -LARGEST_BIGINT <= mtime_ns <= LARGEST_BIGINT:
        return mtime_ns
    return LARGEST_BIGINT if mtime_ns > 0 else -LARGEST_BIGINT


def _measured(
    root: str, below: str, entries: Iterable[os.DirEntry], belonging: Mapping[str, os.DirEntry]
) -> Iterator[Entry]:
    """Yield files with their size and what belongs to them, and folders."""
    for entry in entries:
        path = below + entry.name
        if not path.isascii() and not is_text(path):
            yield Entry(path, 0, 0, NOT_UTF_8)
        elif len(path) > SHORT_PATH and len(path.encode()) > MOST_PATH_BYTES:
            yield Entry(path, 0, 0, TOO_LONG)
        else:
            try:
                yield from _seen(root, path, entry, beside(entry.name, belonging) if belonging else None)
            except FileNotFoundError:
                continue
            except OSError as error:
                yield Entry(path, 0, 0, f"{UNSEEN}: {error.strerror}")


def _seen(root: str, path: str, entry: os.DirEntry, belongs: int | None) -> Iterator[Entry]:
    if entry.is_symlink():
        yield from _linked(root, path, belongs)
    elif entry.is_dir():
        yield Entry(f"{path}/", 0, 0)
    else:
        yield _file(path, entry.stat(follow_symlinks=False), belongs)


def _file(path: str, found: os.stat_result, belongs: int | None = None) -> Entry:
    if not stat.S_ISREG(found.st_mode):
        return Entry(path, 0, 0, NO_FILE)
    return Entry(path, found.st_size, mtime_of(found), "", belongs)


def _linked(root: str, path: str, belongs: int | None) -> Iterator[Entry]:
    """Yield what a link leads to, unless it is read in its own place."""
    target = os.path.realpath(os.path.join(root, path))
    inside = os.path.relpath(target, root)
    if _is_outside(inside):
        yield Entry(path, 0, 0, LEADS_OUT)
        return
    try:
        found = os.stat(target)
    except OSError:
        yield Entry(path, 0, 0, LEADS_NOWHERE)
        return
    if is_wanted_path(inside):
        return
    yield Entry(path, 0, 0, LINKED_FOLDER) if stat.S_ISDIR(found.st_mode) else _file(path, found, belongs)
