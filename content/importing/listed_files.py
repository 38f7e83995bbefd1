"""Files that the lines of a list name: opened below the list's folder, read, and stored with their works."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO

from django.core.files.base import File

from content.arrivals import Arrival, content_type, record_contents
from content.importing.records import BadRecord, Record
from content.models import PROMPT_LIMIT
from content.refusals import RefusedFileError, check_size
from content.titles import tags_of, title_of
from content.uploading import Offer, digest_of, keep_picture, prepare, read_file, text_of
from media.generation_data.carriers.sidecars import sidecar_blocks
from media.generation_data.reading import Reading
from media.models import MediaFile
from media.pictures.preparing import Prepared
from media.stored import drop, lock_content, store
from media.thumbnails import drop_thumbnails


@dataclass(frozen=True)
class Content:
    """A file of a line, open, as it was read. Without `prepared` it has no picture, or is pictured already."""

    file: BinaryIO
    name: str
    sha256: bytes
    size: int
    reading: Reading
    prepared: Prepared | None
    text: str

    def said_with(self, record: Record) -> dict[str, object]:
        """Return what a new item gets of the file where its line does not say it."""
        generation = self.reading.generation
        prompt = generation.text
        shown = prompt if record.prompt is None else record.prompt
        return {
            "title": title_of(shown, self.name),
            "prompt": prompt[:PROMPT_LIMIT],
            "data": self.text,
            "tags": tags_of(shown),
            "seed": generation.seed if record.seed is None else record.seed,
            "content_type": content_type(self.reading.facts.mime),
        }


def read_content(folder: Path, record: Record) -> Content:
    """Read the file that a record names, which the caller closes. Raises BadRecord."""
    path = _path_below(folder, record.file)
    try:
        file = _opened(path)
    except OSError as error:
        raise BadRecord(f"file: cannot be opened: {error.strerror}") from None
    try:
        return _read(file, path, folder)
    except (RefusedFileError, OSError) as error:
        file.close()
        raise BadRecord(f"file: {error}") from None
    except BaseException:
        file.close()
        raise


def _path_below(folder: Path, name: str) -> Path:
    """Return where a file lies that is named relative to a list. Raises BadRecord for one outside of the folder."""
    try:
        root = folder.resolve(strict=True)
        path = (root / name).resolve(strict=True)
    # Of a link that leads in a circle Python 3.11 says RuntimeError, of a NUL ValueError.
    except (OSError, RuntimeError, ValueError):
        raise BadRecord("file: there is none of this name") from None
    if os.path.isabs(name) or not path.is_relative_to(root):
        raise BadRecord("file: lies outside of the list's folder")
    return path


def _opened(path: Path) -> BinaryIO:
    # The path holds no link any more; one that takes its place now is not followed, and no pipe is waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "it is no file")
    return open(path, "rb", opener=lambda *_: descriptor)


def _read(file: BinaryIO, path: Path, folder: Path) -> Content:
    """Read an open file. Raises RefusedFileError and OSError."""
    offer = Offer(file, path, path.name, None, sidecars=sidecar_blocks(path, folder))
    size = check_size(file)
    sha256 = digest_of(file)
    reading = read_file(offer)
    is_pictured = MediaFile.objects.filter(sha256=sha256, pictured_at__isnull=False).exists()
    prepared = None if is_pictured else prepare(path, reading)
    return Content(file, path.name, sha256, size, reading, prepared, text_of(offer, reading))


@contextmanager
def storing() -> Iterator[list[str]]:
    """Give a list for the names of files that are stored; if their transaction, which is inside, fails they go."""
    names: list[str] = []
    try:
        yield names
    except BaseException:
        for name in names:
            drop(name)
            drop_thumbnails(Path(name).stem)
        raise


def store_contents(contents: list[Content], new: list[str]) -> dict[bytes, tuple[MediaFile, int | None]]:
    """Store contents and write their rows; return each with the id of its generation data, by hash.

    It needs a transaction. Their locks are taken in the order of the hashes, so that two imports never wait for each
    other.
    """
    by_hash = {content.sha256: content for content in contents}
    arrivals = []
    for sha256, content in sorted(by_hash.items()):
        lock_content(sha256)
        name, is_new = store(sha256, content.reading.facts.format, File(content.file))
        if is_new:
            new.append(name)
        arrivals.append(Arrival(sha256, content.size, content.reading, content.name, stored_as=name))
    files, generations = record_contents(arrivals)
    for sha256, content in by_hash.items():
        if content.prepared is not None:
            keep_picture(files[sha256].pk, sha256.hex(), content.prepared)
    pictured = {file.pk: file for file in MediaFile.objects.filter(pk__in=[file.pk for file in files.values()])}
    return {sha256: (pictured[file.pk], generations.get(file.pk)) for sha256, file in files.items()}


def known_files(contents: list[Content]) -> dict[bytes, int]:
    """Return the ids of contents that are known, by hash. One query."""
    rows = MediaFile.objects.filter(sha256__in={content.sha256 for content in contents})
    return {bytes(sha256): pk for sha256, pk in rows.values_list("sha256", "pk")}
