"""Thumbnails and copies that are made when they are first asked for: each once, in a process that may die alone."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from threading import BoundedSemaphore
from typing import BinaryIO

from django.conf import settings
from django.core.cache import cache

from genonaut.replicas.routing import on_primary
from media.files import FileGoneError, Original, open_original
from media.generation_data.blocks import Block, Facts
from media.models import MediaFile
from media.pictures.limits import Limits, PassingError, PictureError
from media.pictures.prepared import Prepared
from media.pictures.studio import Studio
from media.thumbnails import GRID, copy_path, keep_copy, keep_thumbnail, thumbnail_path, thumbnail_size

# A viewer waits: less time than the picture pass has.
LIMITS = Limits(seconds=20)
# By name: no process of the site imports a decoder.
PREPARE = "media.pictures.checking:prepare_checked"
SQUARES = "media.pictures.portraits:squares"
COPY = "media.copying:copy_without_metadata"
HIDDEN = "media.generation_data.carriers.stealth:read_stealth_at"
# Its process starts with the first picture.
STUDIO = Studio(1, LIMITS)
# After a death or a lack of time a picture is not tried again for so long: each view would take as long.
PASSING_SECONDS = 60
# So many threads of this process wait for pictures at most; the others are for what takes no time.
MOST_AT_ONCE = max(1, settings.WEB_THREADS // 2)
turns = BoundedSemaphore(MOST_AT_ONCE)


class BusyError(Exception):
    """Too many pictures are being made at the moment."""

    def __str__(self) -> str:
        return "Too many pictures were being made at the moment."


class NoPictureError(Exception):
    """A content gives no picture, or no copy without metadata. The text is a sentence that says why."""


def make_thumbnail(file: MediaFile, width: int) -> Path:
    """Make a thumbnail of a nominal width, unless another thread or process just did, and return where it lies.

    A picture that cannot be made is remembered: it is not tried again. So it is for a while in this process where the
    file may not be to blame. One query, and one to remember that. Raises NoPictureError, BusyError and FileGoneError.
    """
    path = thumbnail_path(file.hex, width)
    with _turn(), _lock(file.hex):
        if path.exists():
            return path
        _check(MediaFile.objects.only("picture_error").get(pk=file.pk))
        if reason := cache.get(f"no-picture-{file.hex}"):
            raise NoPictureError(f"The file {reason}.")
        try:
            _keep(file, GRID if width in GRID else (width,))
        except PassingError as error:
            cache.set(f"no-picture-{file.hex}", str(error), PASSING_SECONDS)
            raise NoPictureError(f"The file {error}.") from error
        except PictureError as error:
            file.picture_error = str(error).replace("\x00", "")
            with on_primary():
                MediaFile.objects.filter(pk=file.pk).update(picture_error=file.picture_error, waits_for=error.decoder)
            _check(file)
    return path


def stripped_copy(file: MediaFile) -> Original:
    """Return a copy of a content without metadata; it is gone once it is closed.

    Raises NoPictureError, BusyError and FileGoneError, and PassingError if the file may not be to blame.
    """
    with _turn(), _local(file) as source, NamedTemporaryFile() as target:
        try:
            STUDIO.submit(COPY, source, Path(target.name), LIMITS).result()
        except PassingError:
            raise
        except PictureError as error:
            raise NoPictureError(f"The file {error}.") from error
        # By number: it has no name that another process could open.
        return Original(open(os.dup(target.fileno()), "rb"), "")


def make_squares(source: Path, widths: tuple[int, ...]) -> dict[int, bytes]:
    """Return the middle of a picture as square WebP files by width. Raises PictureError and BusyError."""
    with _turn():
        return STUDIO.submit(SQUARES, source, widths, LIMITS).result()


def hidden_text(source: Path, facts: Facts) -> Block | None:
    """Return the text that is hidden in a picture's pixels; None if there is none, or if it cannot be decoded.

    Raises PassingError if the file may not be to blame, twice: none would read it again, and a text that is not known
    would hide no title.
    """
    try:
        try:
            return _hidden_text(source, facts)
        except PassingError:
            return _hidden_text(source, facts)
    except PassingError:
        raise
    except PictureError:
        return None


def _hidden_text(source: Path, facts: Facts) -> Block | None:
    return STUDIO.submit(HIDDEN, source, replace(facts, blocks=())).result()


def kept_copy(file: MediaFile) -> Original:
    """Return a copy of a content without metadata that lies beside its thumbnails, and goes with them.

    Players ask for many ranges of a file: it is made once. Raises what `stripped_copy` does.
    """
    path = copy_path(file.hex)
    if not path.exists():
        with stripped_copy(file).file as made:
            keep_copy(file.hex, made)
    # By number, as a copy that is not kept: nothing but this process is to send it.
    return Original(open(os.open(path, os.O_RDONLY | os.O_CLOEXEC), "rb"), "")


def _check(file: MediaFile) -> None:
    if file.picture_error:
        raise NoPictureError(f"The file {file.picture_error}.")


def _keep(file: MediaFile, widths: tuple[int, ...]) -> None:
    with _local(file) as source:
        prepared: Prepared | None = STUDIO.submit(PREPARE, source, bytes(file.sha256), widths, LIMITS).result()
    if prepared is None:
        raise FileGoneError("The file was replaced by another since the last scan.")
    for width in widths:
        size = thumbnail_size(prepared.width, prepared.height, width)
        keep_thumbnail(file.hex, width, prepared.thumbnails[size[0]])


@contextmanager
def _turn() -> Iterator[None]:
    if not turns.acquire(blocking=False):
        raise BusyError
    try:
        yield
    finally:
        turns.release()


@contextmanager
def _lock(sha256: str) -> Iterator[None]:
    """Keep others of this machine from making thumbnails of the same content, and of one in 256."""
    folder = Path(settings.THUMBNAILS_DIR) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / sha256[:2]).open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _local(file: MediaFile) -> Iterator[Path]:
    """Give the path of a content, of a copy that goes again if it lies on no disk of ours. Raises FileGoneError."""
    original = open_original(file)
    with original.file as source:
        if original.path is not None:
            yield original.path
            return
        with NamedTemporaryFile() as copy:
            _copy(source, copy)
            yield Path(copy.name)


def _copy(source: BinaryIO, target: BinaryIO) -> None:
    shutil.copyfileobj(source, target)
    target.flush()
