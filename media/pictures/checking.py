"""The picture of one file that may have been replaced since it was read: it is checked first. Without Django."""

import os
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

from media.pictures.limits import Limits, UnreadableError
from media.pictures.prepared import Prepared
from media.pictures.preparing import prepare

# Hashing a larger file takes longer than its picture; its size was compared.
CHECKED_BYTES = 64 * 1024 * 1024


def prepare_checked(path: Path, sha256: bytes, widths: Sequence[int], limits: Limits) -> Prepared | None:
    """Prepare a file; None if its content is another by now. Raises a PictureError."""
    try:
        with open(path, "rb") as file:
            is_checked = os.fstat(file.fileno()).st_size <= CHECKED_BYTES
            if is_checked and file_digest(file, "sha256").digest() != sha256:
                return None
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}") from error
    return prepare(path, widths, limits)
