"""A copy without metadata, from file to file: what a process of a studio does. Without Django."""

from pathlib import Path

from media.pictures.limits import Limits
from media.pictures.stripping import strip


def copy_without_metadata(source: Path, target: Path, limits: Limits) -> None:
    """Write a copy of a picture or video that holds no metadata and no hidden bits. Raises a PictureError."""
    with source.open("rb") as file:
        target.write_bytes(strip(file, limits))
