"""The bytes of a content: from the storage of uploads, or from any library where it lies. Nothing here writes."""

import os
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import BinaryIO, NamedTuple

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import default_storage

from media.models import LibraryFile, MediaFile

# A content that lies in more places than these is looked for in no further one.
MOST_PLACES = 50


class FileGoneError(Exception):
    """A content lies nowhere any more, or cannot be read. The text is a sentence for people."""


class Original(NamedTuple):
    """An open file, which is to be closed, and its name. Its path is its `name`, if it lies on this machine."""

    file: BinaryIO
    name: str

    @property
    def path(self) -> Path | None:
        """Where it lies on this machine; None for a storage elsewhere."""
        name = getattr(self.file, "name", None)
        return Path(name) if isinstance(name, str) and os.path.isabs(name) else None


def open_original(media_file: MediaFile) -> Original:
    """Open a content for reading, byte for byte as it came. At most one query. Raises FileGoneError."""
    original = _stored(media_file) if media_file.stored_as else None
    original = original or _in_libraries(media_file)
    if original is None:
        raise FileGoneError("The file is not where it was: it was moved since the last scan, or its folder is offline.")
    return original


def _stored(media_file: MediaFile) -> Original | None:
    """Open an upload; None if it is not there or has another size."""
    try:
        file = default_storage.open(media_file.stored_as, "rb")
        is_whole = file.size == media_file.size
    except (OSError, SuspiciousFileOperation):
        return None
    if not is_whole:
        file.close()
        return None
    return Original(file, Path(media_file.stored_as).name)


def _in_libraries(media_file: MediaFile) -> Original | None:
    places = media_file.places.filter(missing_since=None, library__offline_since=None).select_related("library")
    for place in places.order_by("pk")[:MOST_PLACES]:
        # Of a link that leads in a circle Python 3.11 says RuntimeError.
        with suppress(OSError, RuntimeError):
            return Original(_opened(place, media_file.size), Path(place.path).name)
    return None


def _opened(place: LibraryFile, size: int) -> BinaryIO:
    """Open a file of a library. Raises OSError if it is not there, leads out of the folder or has another size."""
    root = place.library.root.resolve(strict=True)
    path = (root / place.path).resolve(strict=True)
    if not path.is_relative_to(root):
        raise FileNotFoundError(place.path)
    # The path holds no link any more; one that takes its place now is not followed, and no pipe is waited for.
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    status = os.fstat(descriptor)
    if not S_ISREG(status.st_mode) or status.st_size != size:
        os.close(descriptor)
        raise FileNotFoundError(place.path)
    return open(path, "rb", opener=lambda *_: descriptor)
