"""PNG: its chunks from the first to the last, text before and after the pixels, pixels passed over unread."""

import struct
from collections.abc import Callable, Iterator
from zlib import crc32

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import ERRORS, DamagedFileError, Findings
from media.generation_data.carriers.source import CutOffError, Source
from media.generation_data.carriers.tiff import read_exif

SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = struct.Struct(">I4s")
SIZE = struct.Struct(">4x4sII")
CRC_BYTES = 4
MAX_LENGTH = 2**31 - 1
IHDR_BYTES = 13
XMP_KEYWORD = "XML:com.adobe.xmp"
# ImageMagick keeps EXIF and XMP as hexadecimal digits in a text chunk.
RAW_PROFILE = "Raw profile type "
DEFAULT_DENOMINATOR = 100
PNG_TEXT = Carrier.PNG_TEXT


def read(source: Source, found: Findings) -> None:
    """Read a PNG or an animated PNG."""
    start = len(SIGNATURE)
    kind, width, height = source.unpack(SIZE, start)
    if kind != b"IHDR":
        raise DamagedFileError("The PNG file does not begin with its header.")
    found.sized(width, height)
    for kind, offset, length in chunks(source, start + HEADER.size + IHDR_BYTES + CRC_BYTES, found):
        handle = HANDLERS.get(kind)
        if handle and (data := whole(source, kind, offset, length, found)) is not None:
            try:
                handle(data, found)
            except ERRORS:
                found.warn(f"A chunk {kind.decode()} is damaged or cut off.")


def chunks(source: Source, offset: int, found: Findings) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, offset and length of each chunk's data up to the last chunk."""
    while found.step():
        try:
            length, kind = source.unpack(HEADER, offset)
        except CutOffError:
            found.warn("The PNG file is cut off.")
            return
        if length > MAX_LENGTH or not kind.isalpha():
            found.warn("A chunk of the PNG file is damaged; the rest was passed over.")
            return
        if kind == b"IEND":
            return
        yield kind, offset + HEADER.size, length
        offset += HEADER.size + length + CRC_BYTES


def whole(source: Source, kind: bytes, offset: int, length: int, found: Findings) -> bytes | None:
    """Return a chunk's data, or None with a warning if it is cut off, too long, or differs from its checksum."""
    name = f"A chunk {kind.decode()}"
    data = found.take(source, offset, length + CRC_BYTES, name)
    if data is None:
        return None
    content = data[:length]
    if crc32(content, crc32(kind)) != int.from_bytes(data[length:], "big"):
        # libpng discards such a chunk as well.
        found.warn(f"{name} is damaged: its checksum differs.")
        return None
    return content


def add_text(keyword: bytes, data: bytes, found: Findings) -> None:
    """Add a text chunk, or what a text chunk was misused for."""
    key = keyword.decode("latin-1")
    if key == XMP_KEYWORD:
        found.add(Carrier.XMP, "", data)
    elif key.startswith(RAW_PROFILE):
        add_raw_profile(key.removeprefix(RAW_PROFILE).lower(), data, found)
    else:
        found.add(PNG_TEXT, key, data)


def add_raw_profile(kind: str, data: bytes, found: Findings) -> None:
    """Add the EXIF or XMP that ImageMagick wrote: name, length and digits in lines."""
    if kind not in ("exif", "app1", "xmp"):
        return
    lines = data.strip().split(b"\n", 2)
    try:
        profile = bytes.fromhex(lines[-1].decode("ascii"))
    except ValueError:
        found.warn("A raw profile is damaged.")
        return
    if kind == "xmp":
        found.add(Carrier.XMP, "", profile)
    else:
        read_exif(profile, found)


def read_text(data: bytes, found: Findings) -> None:
    """Read tEXt: keyword, NUL, text."""
    keyword, separator, text = data.partition(b"\0")
    if separator:
        add_text(keyword, text, found)


def read_compressed_text(data: bytes, found: Findings) -> None:
    """Read zTXt: keyword, NUL, method, compressed text."""
    keyword, _, packed = data.partition(b"\0")
    text = found.unpacked(packed[1:], "A chunk zTXt")
    if text is not None:
        add_text(keyword, text, found)


def read_international_text(data: bytes, found: Findings) -> None:
    """Read iTXt: keyword, NUL, flag, method, language, NUL, translated keyword, NUL, text."""
    keyword, _, rest = data.partition(b"\0")
    is_packed = rest[:1] == b"\1"
    text: bytes | None = rest[2:].partition(b"\0")[2].partition(b"\0")[2]
    if is_packed:
        text = found.unpacked(text or b"", "A chunk iTXt")
    if text is not None:
        add_text(keyword, text, found)


def read_comfyui(data: bytes, found: Findings) -> None:
    """Read the chunk of ComfyUI's animations: key, NUL, JSON."""
    key, separator, text = data.partition(b"\0")
    if separator:
        found.add(Carrier.PNG_COMF, key.decode("latin-1"), text)


def read_animation(data: bytes, found: Findings) -> None:
    """Read how many frames there are."""
    (frames,) = struct.unpack_from(">I", data)
    if 1 < frames <= MAX_LENGTH:
        found.frames, found.format, found.mime = frames, "apng", "image/apng"


def read_frame(data: bytes, found: Findings) -> None:
    """Add the duration of one frame."""
    numerator, denominator = struct.unpack_from(">HH", data, 20)
    if found.format == "apng":
        found.lasts((found.duration or 0) + numerator / (denominator or DEFAULT_DENOMINATOR))


def read_manifest(data: bytes, found: Findings) -> None:
    """Read Content Credentials."""
    found.add(Carrier.C2PA, "", data)


HANDLERS: dict[bytes, Callable[[bytes, Findings], None]] = {
    b"tEXt": read_text,
    b"zTXt": read_compressed_text,
    b"iTXt": read_international_text,
    b"eXIf": read_exif,
    b"comf": read_comfyui,
    b"acTL": read_animation,
    b"fcTL": read_frame,
    b"caBX": read_manifest,
}
