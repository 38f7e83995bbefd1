"""A file as a Pillow image, chosen by its content and measured before any pixel is decoded."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import AvifImagePlugin, PngImagePlugin
from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from media.pictures.limits import (
    MIB,
    DamagedError,
    Limits,
    PictureError,
    TooLargeError,
    TooMuchMemoryError,
    UnreadableError,
)

HEAD_BYTES = 32
# A workflow of ComfyUI with embedded inputs passes Pillow's 1 MiB. All texts of a file together stay bounded.
PngImagePlugin.MAX_TEXT_CHUNK = 32 * MIB
PngImagePlugin.MAX_TEXT_MEMORY = 64 * MIB
# A studio has one process for each core.
AvifImagePlugin.DEFAULT_MAX_THREADS = 1
# Measured with Pillow 13.0.0: WebP 16.6, AVIF 9 to 12 with 8 bits. The others raise MemoryError of themselves.
BYTES_PER_PIXEL = {"webp": 17, "avif": 17}


def format_of(head: bytes) -> str | None:
    """Return the format that the first bytes of a file announce, or None: png, jpeg, gif, webp, avif, mp4, webm."""
    prefixes = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpeg", b"GIF87a": "gif", b"GIF89a": "gif"}
    for prefix, name in prefixes.items():
        if head.startswith(prefix):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[:4] == b"\x1aE\xdf\xa3":
        return "webm"
    if head[4:8] == b"ftyp":
        return "avif" if head[8:12] in (b"avif", b"avis", b"mif1", b"msf1") else "mp4"
    return None


# The plugins themselves, not Image.open: that one asks Image.MAX_IMAGE_PIXELS, which is the whole process's, and warns.
PLUGINS: dict[str, Callable[[BinaryIO], ImageFile]] = {
    "png": PngImageFile,
    "jpeg": JpegImageFile,
    "gif": GifImageFile,
    "webp": WebPImageFile,
    "avif": AvifImageFile,
}


def sniffed(source: BinaryIO) -> str | None:
    """Return a file's format by its content and go back to its start."""
    source.seek(0)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    return format_of(head)


def check_bytes(source: BinaryIO, limits: Limits) -> None:
    """Refuse a file that is too large.

    Raises TooLargeError.
    """
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    if size > limits.bytes:
        raise TooLargeError(f"has {size:,} bytes, more than the allowed {limits.bytes:,}")


def check_pixels(width: int, height: int, limits: Limits) -> None:
    """Refuse a picture that is too large.

    Raises TooLargeError.
    """
    if width < 1 or height < 1:
        raise DamagedError("is damaged: it has no pixels")
    if width * height > limits.pixels:
        raise TooLargeError(f"has {width:,} x {height:,} pixels, more than the allowed {limits.pixels:,}")


def check_memory(width: int, height: int, name: str, limits: Limits) -> None:
    """Refuse a picture whose decoder would report a lack of memory as damage.

    Raises TooMuchMemoryError.
    """
    if width * height * BYTES_PER_PIXEL.get(name, 0) > limits.memory_bytes:
        raise TooMuchMemoryError("needs more memory than allowed")


def webp_size(head: bytes) -> tuple[int, int]:
    """Return width and height by the first bytes of a WebP, whose decoder takes memory for the canvas when it opens."""
    if head[12:16] == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if head[12:16] == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


@contextmanager
def errors_named() -> Iterator[None]:
    """Turn all that decoders raise on bad input into a PictureError with its reason."""
    try:
        yield
    except PictureError:
        raise
    except MemoryError as error:
        raise TooMuchMemoryError("needs more memory than allowed") from error
    except OSError as error:
        # The system's: those that Pillow raises have no number, and those of PyAV tell what FFmpeg thinks of the file.
        if error.errno is not None and not type(error).__module__.startswith("av."):
            raise UnreadableError(f"cannot be read: {error.strerror}") from error
        raise _damaged(error) from error
    except Exception as error:
        raise _damaged(error) from error


def _damaged(error: Exception) -> DamagedError:
    return DamagedError(f"is damaged: {str(error) or type(error).__name__}")


@contextmanager
def opened(source: BinaryIO, name: str, limits: Limits) -> Iterator[ImageFile]:
    """Open a picture of a known format; no pixel is decoded yet. Errors of the body are named as well.

    Raises a PictureError.
    """
    with errors_named():
        check_bytes(source, limits)
        if name == "webp":
            size = webp_size(source.read(HEAD_BYTES))
            check_pixels(*size, limits)
            check_memory(*size, name, limits)
            source.seek(0)
        with PLUGINS[name](source) as image:
            check_pixels(*image.size, limits)
            check_memory(*image.size, name, limits)
            yield image
