"""The still picture of a file: turned, in sRGB, without transparency, no larger than it is needed."""

from dataclasses import dataclass
from math import ceil
from typing import BinaryIO

from PIL import Image
from PIL.ImageFile import ImageFile

from media.generation_data.carriers.svg import HEAD_BYTES, is_svg
from media.pictures import video
from media.pictures.colours import PLAIN, flattened, in_srgb, is_transparent, orientation_of, turned
from media.pictures.frames import STILL, Length, length_of
from media.pictures.limits import Limits, UnsupportedError
from media.pictures.opening import opened, sniffed

# A picture is shrunk by whole numbers to at least this many times the size that is needed; resampling does the rest.
SPARE = 2.0
STRIP_PIXELS = 2_000_000  # what is converted at a time when the whole would take too much memory


@dataclass(frozen=True)
class Still:
    """The picture that stands for a file, and the facts that decoding shows."""

    image: Image.Image  # RGB in sRGB, without info; at most as large as the file's
    width: int  # of the file, as it is seen: after the turn
    height: int
    length: Length = STILL


def shrinking(width: int, needed: int | None) -> int:
    """Return the whole number by which a picture may be shrunk and still serve the needed width."""
    return max(1, int(width / (needed * SPARE))) if needed else 1


def in_strips(image: Image.Image, factor: int) -> Image.Image:
    """Flatten and shrink a picture piece by piece: a whole one of 40 megapixels would need as much memory again."""
    width, height = ceil(image.width / factor), ceil(image.height / factor)
    rows = factor * max(1, STRIP_PIXELS // (image.width * factor))
    result = None
    for top in range(0, image.height, rows):
        strip = flattened(image.crop((0, top, image.width, min(top + rows, image.height)))).reduce(factor)
        result = result or Image.new(strip.mode, (width, height))
        result.paste(strip, (0, top // factor))
    return result


def shrunk(image: Image.Image, factor: int) -> Image.Image:
    """Return a flattened picture, shrunk by a whole number."""
    if factor == 1:
        return flattened(image)
    if image.mode in PLAIN and not is_transparent(image):
        return image.reduce(factor)
    return in_strips(image, factor)


def decoded(image: ImageFile, needed: int | None) -> Still:
    """Decode an opened picture; `needed` is the width that serves all its readers, None for the whole."""
    profile, orientation = image.info.get("icc_profile"), orientation_of(image)
    (width, height), is_upright = image.size, orientation < 5
    factor = shrinking(width if is_upright else height, needed)
    if image.format == "JPEG" and factor > 1:
        image.draft(None, (width // factor, height // factor))
        factor = shrinking(image.width if is_upright else image.height, needed)
    image.load()
    picture = turned(in_srgb(shrunk(image, factor), profile), orientation)
    if picture is image:
        picture = image.copy()  # The file's own moves on to its other frames.
    picture.info = {}
    return Still(picture, *((width, height) if is_upright else (height, width)))


def optional_decoders() -> list[str]:
    """Return the modules that are installed, of those that decode some formats and may be missing."""
    return [] if video.av is None else [video.av.__name__]


def still_of(source: BinaryIO, limits: Limits, needed: int | None = None) -> Still:
    """Return the still picture of a file: an animation's first frame, a video's poster.

    Raises a PictureError.
    """
    name = sniffed(source)
    if name in video.FORMATS:
        poster = video.poster_of(source, name, limits)
        return Still(poster.image, *poster.image.size, poster.length)
    if name is None:
        source.seek(0)
        if is_svg(source.read(HEAD_BYTES)):
            raise UnsupportedError("is an SVG, of which no preview is made")
        raise UnsupportedError("is no picture or video of a format that is supported")
    with opened(source, name, limits) as image:
        still = decoded(image, needed)
        return Still(still.image, still.width, still.height, length_of(source, image, name, limits))
