"""Texts in the lowest bits of pixels, column by column: alpha, or red, green and blue.

Forge, NovelAI and SwarmUI write them: a signature, the length in bits, then the text, gzipped under some signatures.
"""

import zlib
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from media.generation_data.blocks import Block, Carrier, Facts
from media.generation_data.carriers import png
from media.generation_data.carriers.findings import MAX_BLOCK_BYTES, MAX_FILE_BYTES, Findings
from media.generation_data.carriers.source import Source

FORMATS = ("PNG", "WEBP")
MAX_PIXELS = 40_000_000
SIGNATURES = {"A": ("stealth_pnginfo", "stealth_pngcomp"), "RGB": ("stealth_rgbinfo", "stealth_rgbcomp")}
PACKED = ("stealth_pngcomp", "stealth_rgbcomp")
SIGNATURE_BYTES = 15
LENGTH_BYTES = 4
HEADER_BYTES = SIGNATURE_BYTES + LENGTH_BYTES
GZIP_BITS = zlib.MAX_WBITS | 16
# Each byte as the digit of its lowest bit.
LOWEST_BIT = b"01" * 128
# So much behind the pixels costs the decoder more than a copy of the file without it.
LONG_TAIL_BYTES = 256 << 10
IEND = b"\0\0\0\0IEND\xae\x42\x60\x82"


def read_stealth_at(path: Path, facts: Facts) -> Block | None:
    """Return the text in a picture's pixels by its path, as a process of its own may. Raises OSError."""
    with path.open("rb") as file:
        return read_stealth(file, facts)


def read_stealth(file: BinaryIO, facts: Facts) -> Block | None:
    """Return the text in a picture's pixels; None if there is none.

    Decodes the whole picture, which takes longer than everything else: for PNG and WebP up to 40 megapixels.
    """
    if facts.format not in ("png", "apng", "webp") or (facts.width or 0) * (facts.height or 0) > MAX_PIXELS:
        return None
    try:
        with Image.open(_without_tail(file, facts), formats=FORMATS) as image:
            return _in_picture(image)
    # Damaged pixels: the decoders raise whatever they met, OSError, SyntaxError, ValueError and struct.error among it.
    except Exception:
        return None


def _without_tail(file: BinaryIO, facts: Facts) -> BinaryIO:
    """Return a PNG without long chunks behind its pixels, which the decoder would read and check; others unchanged."""
    end = _end_of_pixels(file) if facts.format == "png" else 0
    is_long = 0 < end < MAX_FILE_BYTES and file.seek(0, 2) - end > LONG_TAIL_BYTES
    file.seek(0)
    return BytesIO(file.read(end) + IEND) if is_long else file


def _end_of_pixels(file: BinaryIO) -> int:
    """Return the offset behind the last chunk of pixels, 0 if there is none."""
    found = Findings("png", "image/png")
    chunks = png.chunks(Source(file), len(png.SIGNATURE), found)
    ends = [offset + length + png.CRC_BYTES for kind, offset, length in chunks if kind == b"IDAT"]
    return ends[-1] if ends else 0


def _in_picture(image: Image.Image) -> Block | None:
    """Return the text in alpha, or else in the colours."""
    if image.width * image.height > MAX_PIXELS:
        return None
    if image.mode == "RGBA":
        alpha = image.getchannel("A")
        block = _in_channels(alpha, "A") if alpha.getextrema() != (255, 255) else None
        if block:
            return block
    return _in_channels(image.convert("RGB"), "RGB") if image.mode in ("RGB", "RGBA") else None


def _in_channels(image: Image.Image, channels: str) -> Block | None:
    """Return the text that begins in the first column."""
    header = _hidden(image, len(channels), HEADER_BYTES)
    signature = header[:SIGNATURE_BYTES].decode("latin-1")
    if signature not in SIGNATURES[channels]:
        return None
    length = int.from_bytes(header[SIGNATURE_BYTES:], "big") // 8
    if not 0 < length <= min(MAX_BLOCK_BYTES, image.width * image.height * len(channels) // 8 - HEADER_BYTES):
        return None
    data = _hidden(image, len(channels), HEADER_BYTES + length)[HEADER_BYTES:]
    text = _unpacked(data) if signature in PACKED else data
    return Block(Carrier.STEALTH, signature, text) if text else None


def _hidden(image: Image.Image, channels: int, length: int) -> bytes:
    """Return the first bytes that the lowest bits make, down the first column, then the next."""
    bits = length * 8
    columns = min(image.width, -(-bits // (image.height * channels)))
    pixels = image.crop((0, 0, columns, image.height)).transpose(Image.Transpose.TRANSPOSE).tobytes()
    digits = pixels[:bits].translate(LOWEST_BIT)
    return int(digits.ljust(bits, b"0"), 2).to_bytes(length, "big")


def _unpacked(data: bytes) -> bytes | None:
    """Return gzipped text; None if it is damaged or over the limit."""
    unpacker = zlib.decompressobj(GZIP_BITS)
    try:
        text = unpacker.decompress(data, MAX_BLOCK_BYTES + 1)
    except zlib.error:
        return None
    return text if unpacker.eof and len(text) <= MAX_BLOCK_BYTES else None
