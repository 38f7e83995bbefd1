"""Works with real files, and their thumbnails, for pages that show them."""

import io
import math
import struct
import wave
from hashlib import sha256
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image
from pytest_django.fixtures import Settings

from content.models import ContentItem
from media.models import MediaFile
from media.thumbnails import WIDTHS, keep_thumbnail
from tests.factories import ContentItemFactory, MediaFileFactory

# What the original shows, and what its thumbnails do.
ORIGINAL, THUMBNAIL = (0, 128, 0), (128, 0, 0)


@pytest.fixture
def own_folders(settings: Settings, tmp_path: Path) -> None:
    """Keep files of tests out of the developer's folders."""
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.THUMBNAILS_DIR = tmp_path / "thumbnails"


def stored(content: bytes, **fields: object) -> MediaFile:
    """Return a content that lies in the storage of uploads."""
    digest = sha256(content)
    name = default_storage.save(digest.hexdigest(), ContentFile(content))
    return MediaFileFactory(sha256=digest.digest(), size=len(content), stored_as=name, **fields)


def picture(width: int, height: int, *, widths: tuple[int, ...] = WIDTHS, **fields: object) -> ContentItem:
    """Return a work with a picture of this size, green, and with red thumbnails of these widths."""
    media_file = stored(_image("PNG", width, height, ORIGINAL), width=width, height=height, colour="#aa8866")
    for target in widths:
        shown = min(target, width)
        keep_thumbnail(media_file.hex, target, _image("WEBP", shown, round(height * shown / width), THUMBNAIL))
    return ContentItemFactory(media_file=media_file, is_pictured=True, **fields)


def sound(**fields: object) -> ContentItem:
    """Return a work with ten seconds of sound."""
    content = io.BytesIO()
    with wave.open(content, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(8000)
        written.writeframes(b"".join(struct.pack("<h", int(99 * math.sin(tick / 9))) for tick in range(80_000)))
    file_fields = {"format": "wav", "mime": "audio/wav", "width": None, "height": None, "duration": 10.0}
    return ContentItemFactory(content_type="audio", media_file=stored(content.getvalue(), **file_fields), **fields)


def _image(name: str, width: int, height: int, colour: tuple[int, int, int]) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (width, max(1, height)), colour).save(written, name)
    return written.getvalue()
