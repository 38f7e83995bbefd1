"""The picture of one file, in a process that gives way to others. Without Django."""

from collections.abc import Sequence
from pathlib import Path

from libraries.reading import be_nice
from media.pictures.checking import prepare_checked
from media.pictures.limits import Limits
from media.pictures.prepared import Prepared


def prepare_nicely(path: Path, sha256: bytes, widths: Sequence[int], limits: Limits) -> Prepared | None:
    """Prepare a file; None if its content is another by now. Raises a PictureError."""
    be_nice()
    return prepare_checked(path, sha256, widths, limits)
