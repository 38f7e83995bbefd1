"""Pictures for the tests: photographs that are none, colour profiles, hidden texts, bombs."""

import gzip
import struct
import zlib
from io import BytesIO
from pathlib import Path

import numpy
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

SECRET = "a lighthouse that must stay private, steps: 20, seed: 777"
SIGNATURES = {
    "RGBA": {False: "stealth_pnginfo", True: "stealth_pngcomp"},
    "RGB": {False: "stealth_rgbinfo", True: "stealth_rgbcomp"},
}


def photograph(width: int = 256, height: int = 384, seed: int = 1, noise: float = 4.0) -> Image.Image:
    """Return a picture with large shapes, gradients and grain; the seed decides all of them."""
    random = numpy.random.default_rng(seed)
    shapes = Image.fromarray(random.integers(0, 255, (9, 6, 3), dtype=numpy.uint8))
    blurred = numpy.asarray(shapes.resize((width, height), Image.Resampling.BICUBIC), dtype=numpy.float32)
    grain = random.standard_normal((height, width, 3), dtype=numpy.float32) * noise
    return Image.fromarray((blurred * 0.8 + 20 + grain).clip(0, 255).astype(numpy.uint8))


def file_of(image: Image.Image, name: str, **options: object) -> BytesIO:
    """Return a picture as an open file."""
    target = BytesIO()
    image.save(target, name, **options)
    target.seek(0)
    return target


def written(path: Path, content: BytesIO | bytes) -> Path:
    """Write a file and return where."""
    path.write_bytes(content if isinstance(content, bytes) else content.getvalue())
    return path


def rotated_profile() -> bytes:
    """Return an sRGB profile whose red, green and blue are another's: green, blue and red."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(profile[128:132], "big")
    places = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    offsets = [profile[places[tag] + 4 : places[tag] + 8] for tag in (b"rXYZ", b"gXYZ", b"bXYZ")]
    for tag, offset in zip((b"rXYZ", b"gXYZ", b"bXYZ"), offsets[1:] + offsets[:1], strict=True):
        profile[places[tag] + 4 : places[tag] + 8] = offset
    return bytes(profile).replace("sRGB".encode("utf-16-be"), "Turn".encode("utf-16-be"))


def png_text(**texts: str) -> PngInfo:
    """Return text chunks for a PNG."""
    info = PngInfo()
    for key, value in texts.items():
        info.add_text(key, value)
    return info


def chunk(kind: bytes, data: bytes) -> bytes:
    """Return one chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_file(width: int, height: int, pixels: bytes, *more: bytes) -> bytes:
    """Return a grey PNG of 8 bits that declares a size, whatever its compressed pixels are."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(more) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def with_stealth(image: Image.Image, text: str = SECRET, *, compressed: bool = True) -> Image.Image:
    """Hide a text as generators do: in the lowest bits of alpha (RGBA) or of the colours (RGB), column by column."""
    data = gzip.compress(text.encode()) if compressed else text.encode()
    message = SIGNATURES[image.mode][compressed].encode() + struct.pack(">I", len(data) * 8) + data
    bits = numpy.unpackbits(numpy.frombuffer(message, dtype=numpy.uint8))
    pixels = numpy.array(image).swapaxes(0, 1).copy()
    carrier = pixels[..., 3:] if image.mode == "RGBA" else pixels
    flat = carrier.reshape(-1).copy()
    flat[: bits.size] = flat[: bits.size] & 0xFE | bits
    carrier[...] = flat.reshape(carrier.shape)
    return Image.fromarray(pixels.swapaxes(0, 1), image.mode)


def hidden_bytes(image: Image.Image) -> list[bytes]:
    """Return what the lowest bits say, by alpha, by the colours and by each colour, column by column and row by row."""
    pixels = numpy.array(image.convert("RGBA"))
    orders = [pixels, pixels.swapaxes(0, 1)]
    channels = [slice(3, 4), slice(0, 3), slice(0, 1), slice(1, 2), slice(2, 3)]
    return [numpy.packbits(order[..., channel].reshape(-1) & 1).tobytes() for order in orders for channel in channels]


def has_stealth(image: Image.Image) -> bool:
    """Whether a signature stands at the start of any order of lowest bits."""
    return any(data.startswith((b"stealth_png", b"stealth_rgb")) for data in hidden_bytes(image))


def mean_difference(first: Image.Image, second: Image.Image) -> float:
    """Return how far two pictures of one size are apart, of 255."""
    pairs = (numpy.asarray(image.convert("RGB"), dtype=numpy.float32) for image in (first, second))
    return float(numpy.abs(next(pairs) - next(pairs)).mean())
