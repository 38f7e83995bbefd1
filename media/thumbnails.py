"""Thumbnails of contents: files by content hash and width, made once, whatever their works are called and wherever the
contents lie."""

import os
import shutil
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import BinaryIO

from django.conf import settings

from genonaut.http.addresses import below_root

# Widths in pixels. Those of the grid are made by the picture pass, the large one when a work is first looked at.
GRID = (320, 640)
LARGE = 1280
WIDTHS = (*GRID, LARGE)
# WebP ends at 16,383; a thumbnail that would be higher than this is narrower instead.
HEIGHT = 8_192


def thumbnail_address(sha256: str, width: int, root: str | None = None) -> str:
    """Return the address of a thumbnail: what is behind it never changes."""
    return below_root(f"thumbnails/{sha256}/{width}.webp", root)


def thumbnail_size(width: int, height: int, nominal: int) -> tuple[int, int]:
    """Return the size of the thumbnail of a nominal width: never larger than the picture."""
    scale = min(1.0, nominal / width, HEIGHT / height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def thumbnail_path(sha256: str, width: int) -> Path:
    """Return where a thumbnail lies, or would."""
    return Path(settings.THUMBNAILS_DIR) / sha256[:2] / sha256[2:4] / f"{sha256}-{width}.webp"


def copy_path(sha256: str) -> Path:
    """Return where the copy without metadata lies that pages play, or would."""
    return Path(settings.THUMBNAILS_DIR) / sha256[:2] / sha256[2:4] / f"{sha256}-stripped"


def keep_thumbnail(sha256: str, width: int, image: bytes) -> None:
    """Write a thumbnail: as a whole, so that no reader sees half of one."""
    _keep(thumbnail_path(sha256, width), BytesIO(image))


def keep_copy(sha256: str, copy: BinaryIO) -> None:
    """Write a copy without metadata, in the same way."""
    _keep(copy_path(sha256), copy)


def _keep(path: Path, content: BinaryIO) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            shutil.copyfileobj(content, part)
            part.close()
            os.chmod(part.name, 0o644)
            os.replace(part.name, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part.name)


def drop_thumbnails(sha256: str) -> None:
    """Delete all thumbnails of a content, those of pictures smaller than any of our widths among them, and its copy."""
    folder = thumbnail_path(sha256, LARGE).parent
    for path in (*folder.glob(f"{sha256}-*.webp"), copy_path(sha256)):
        path.unlink(missing_ok=True)
