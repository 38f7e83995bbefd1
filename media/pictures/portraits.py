"""Square pictures of people: what a process of a studio makes of an uploaded file. Without Django."""

from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from media.pictures.decoding import still_of
from media.pictures.limits import Limits, UnsupportedError
from media.pictures.opening import PLUGINS, errors_named, sniffed
from media.pictures.thumbnails import encoded

# The longer side may be so many times the shorter before the square is made of fewer pixels than it has.
LONGEST = 4


def squares(path: Path, widths: Iterable[int], limits: Limits) -> dict[int, bytes]:
    """Return the middle of a picture as square WebP files by the width that was asked for, never enlarged.

    They are drawn again: no metadata and no hidden bits of the file are in them. Raises a PictureError.
    """
    wanted = sorted(widths, reverse=True)
    with path.open("rb") as source, errors_named():
        if sniffed(source) not in PLUGINS:
            raise UnsupportedError("is no PNG, JPEG, GIF, WebP or AVIF")
        picture = _middle(still_of(source, limits, needed=LONGEST * wanted[0]).image)
        return {width: encoded(_fitted(picture, width)) for width in wanted}


def _middle(picture: Image.Image) -> Image.Image:
    side = min(picture.size)
    left, top = ((length - side) // 2 for length in picture.size)
    return picture.crop((left, top, left + side, top + side))


def _fitted(picture: Image.Image, width: int) -> Image.Image:
    side = min(width, picture.width)
    return picture.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0)
