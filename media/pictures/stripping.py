"""A copy of a file that looks the same and says nothing: no metadata, and no bits that the eye does not see."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO

from PIL import Image, JpegImagePlugin
from PIL.ImageFile import ImageFile

from media.pictures import video
from media.pictures.colours import as_plain, in_srgb, orientation_of, turned
from media.pictures.frames import check_frames
from media.pictures.limits import Limits, UnsupportedError
from media.pictures.opening import PLUGINS, opened, sniffed

# Generators hide prompts in the lowest bit of alpha or of the colours. It is replaced by the highest one, always and
# not only where a known signature is found: a value moves by 1 of 255 at most, and black and white stay.
COLOUR_TABLE = [value & 0xFE | value >> 7 for value in range(256)]
# Opaque stays opaque, nothing stays nothing; between them the lowest bit is cleared.
ALPHA_TABLE = [255 if value >= 254 else value & 0xFE for value in range(256)]
QUALITY = 92  # of formats that lose; a JPEG keeps its own tables


@dataclass(frozen=True)
class Frame:
    """One frame of the copy: RGB or RGBA, and how long it is shown."""

    image: Image.Image
    milliseconds: int


def without_hidden_bits(image: Image.Image) -> Image.Image:
    """Return an RGB or RGBA picture whose lowest bits say nothing, and with nothing under what is transparent."""
    if image.mode == "RGB":
        return image.point(COLOUR_TABLE * 3)
    alpha = image.getchannel("A").point(ALPHA_TABLE)
    colours = image.convert("RGB").point(COLOUR_TABLE * 3)
    if alpha.getextrema()[0] == 255:
        return colours
    # A mask of all or nothing: what can be seen at all keeps its colour.
    seen = Image.new("RGB", image.size)
    seen.paste(colours, mask=alpha.point([0] + [255] * 255))
    seen.putalpha(alpha)
    return seen


def clean(image: Image.Image) -> Image.Image:
    """Return the frame at which an opened file stands, as it is seen, without info."""
    profile, orientation = image.info.get("icc_profile"), orientation_of(image)
    frame = without_hidden_bits(turned(in_srgb(as_plain(image), profile), orientation))
    return Image.frombytes(frame.mode, frame.size, frame.tobytes())


def frames_of(image: ImageFile, limits: Limits) -> Iterator[Frame]:
    """Return the cleaned frames of an opened file; a PNG's default picture is none of its animation."""
    count = getattr(image, "n_frames", 1)
    check_frames(count, limits)
    for number in range(int(getattr(image, "default_image", False)), count):
        image.seek(number)
        image.load()
        yield Frame(clean(image), round(image.info.get("duration", 0)))


def jpeg_options(image: ImageFile, source: BinaryIO) -> dict[str, object]:
    """Return how the copy is compressed: as the file was, if it has the same channels in the same colours."""
    if image.mode != "RGB" or "icc_profile" in image.info:
        return {"quality": QUALITY, "subsampling": 0}
    return {"qtables": image.quantization, "subsampling": max(JpegImagePlugin.get_sampling(image), 0)}


def is_lossless(source: BinaryIO) -> bool:
    """Whether the first picture of a WebP is compressed without loss."""
    source.seek(12)
    while len(head := source.read(8)) == 8:
        if head[:4] in (b"VP8L", b"VP8 "):
            return head[:4] == b"VP8L"
        size = int.from_bytes(head[4:], "little")
        source.seek(16 if head[:4] == b"ANMF" else size + size % 2, 1)
    return False


def webp_options(image: ImageFile, source: BinaryIO) -> dict[str, object]:
    """Return how the copy is compressed: without loss if the file is."""
    return {"lossless": is_lossless(source), "quality": QUALITY, "method": 4, "exact": False}


def avif_options(image: ImageFile, source: BinaryIO) -> dict[str, object]:
    """Return how the copy is compressed."""
    return {"quality": QUALITY, "speed": 8, "max_threads": 1}


def png_options(image: ImageFile, source: BinaryIO) -> dict[str, object]:
    """Return how the copy is compressed: without loss."""
    return {"compress_level": 6}


def gif_options(image: ImageFile, source: BinaryIO) -> dict[str, object]:
    """Return how the copy is written: every frame whole."""
    return {"disposal": 2, "comment": b""}


OPTIONS: dict[str, Callable[[ImageFile, BinaryIO], dict[str, object]]] = {
    "png": png_options,
    "jpeg": jpeg_options,
    "webp": webp_options,
    "avif": avif_options,
    "gif": gif_options,
}
SILENT = {"exif": b"", "xmp": b"", "icc_profile": None}


def saved(frames: list[Frame], name: str, loop: int, options: dict[str, object]) -> bytes:
    """Return frames as a file of the named format."""
    target = BytesIO()
    # One mode for all: some encoders take the first frame's, and with it the transparency of the others.
    mode = "RGBA" if any(frame.image.mode == "RGBA" for frame in frames) else "RGB"
    first, *rest = (frame.image.convert(mode) for frame in frames)
    if rest:
        durations = [frame.milliseconds for frame in frames]
        options |= {"save_all": True, "append_images": rest, "duration": durations, "loop": loop}
    first.save(target, name.upper(), **SILENT, **options)
    return target.getvalue()


def strip(source: BinaryIO, limits: Limits = Limits()) -> bytes:  # noqa: B008
    """Return a copy in the file's own format, in sRGB, turned upright: PNG, JPEG, WebP, AVIF, GIF or a video.

    Transparency that can be seen stays. All frames are in memory at once.
    Raises a PictureError; UnsupportedError for formats beside these, and for videos without PyAV.
    """
    name = sniffed(source)
    if name in video.FORMATS:
        return video.stripped(source, name, limits)
    if name not in PLUGINS:
        raise UnsupportedError("is of a format that cannot be copied without its metadata")
    with opened(source, name, limits) as image:
        frames = list(frames_of(image, limits))
        return saved(frames, name, image.info.get("loop", 0), OPTIONS[name](image, source))
