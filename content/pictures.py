"""Pictures: every item shows one of a pool that is drawn on first request, so ten million items need no storage."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import NamedTuple

from django.conf import settings
from django.db.models import F, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat, Mod

from content.painting import paint
from genonaut.addresses import below_root

# Part of every address and of the folder: raise it when a drawing changes, and no browser shows an old one.
VERSION = 1
# 720 cards of about 9 kB: 7 MB of disk at most, and a page of 50 seldom shows one of them twice.
POOL_SIZE = 720
QUALITY = 82


class PictureSize(NamedTuple):
    """Width and height in pixels; all sizes share one shape, 4:3."""

    width: int
    height: int


CARD = PictureSize(320, 240)
DETAIL = PictureSize(960, 720)
SIZES = {size.width: size for size in (CARD, DETAIL)}


def picture_number(seed: int) -> int:
    """Return which picture of the pool an item with this seed shows: 0 to POOL_SIZE - 1."""
    return seed % POOL_SIZE


def picture_url(seed: int, size: PictureSize) -> str:
    """Return the address of the picture of an item with this seed (it equals `reverse("content:picture", ...)`)."""
    return below_root(f"pictures/v{VERSION}/{size.width}/{picture_number(seed)}.webp")


def picture_path_sql(seed: F, size: PictureSize) -> Combinable:
    """Return the same address below the site's root, with a slash first, as an expression over the seed in a query."""
    number = Cast(Mod(seed, POOL_SIZE), TextField())
    return Concat(Value(f"/pictures/v{VERSION}/{size.width}/"), number, Value(".webp"), output_field=TextField())


def picture_file(number: int, size: PictureSize) -> Path:
    """Return the WebP file of one picture of the pool; draw it first where it is missing.

    Several workers may draw the same picture at once: each renames a whole file into place; nobody reads half of one.
    """
    path = Path(settings.PICTURES_DIR) / f"v{VERSION}" / str(size.width) / f"{number}.webp"
    if not path.exists():
        draw_into(path, number, size)
    return path


def draw_into(path: Path, number: int, size: PictureSize) -> None:
    """Draw a picture and rename it into place."""
    image = paint(number, size.width, size.height)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        try:
            image.save(part, "WEBP", quality=QUALITY, method=3)
            part.close()
            Path(part.name).chmod(0o644)
            os.replace(part.name, path)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(part.name)
