"""WebP: its RIFF chunks, pixels passed over unread."""

import struct
from collections.abc import Callable, Iterator

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import Findings
from media.generation_data.carriers.source import CutOffError, Source
from media.generation_data.carriers.tiff import read_exif

RIFF_HEADER_BYTES = 12
CHUNK = struct.Struct("<4sI")
VP8_START = b"\x9d\x01\x2a"
VP8L_SIGNATURE = 0x2F
FOURTEEN_BITS = 0x3FFF


def read(source: Source, found: Findings) -> None:
    """Read a WebP file."""
    frames, milliseconds = 0, 0
    for kind, offset, length in chunks(source, found):
        if kind in SIZES and not found.is_known:
            SIZES[kind](source, offset, found)
        elif kind == b"ANMF":
            frames += 1
            milliseconds += int.from_bytes(source.read(offset + 12, 3), "little")
        elif kind in (b"EXIF", b"XMP ", b"C2PA"):
            add_metadata(kind, found.take(source, offset, length, f"The chunk {kind.decode().strip()}"), found)
    if frames:
        found.frames = frames
        found.lasts(milliseconds / 1000)


def chunks(source: Source, found: Findings) -> Iterator[tuple[bytes, int, int]]:
    """Yield type, offset and length of each chunk of a RIFF file."""
    end = 8 + int.from_bytes(source.read(4, 4), "little")
    if end > source.size:
        found.warn("The RIFF file is cut off.")
    end, offset = min(end, source.size), RIFF_HEADER_BYTES
    while offset < end and found.step():
        try:
            kind, length = source.unpack(CHUNK, offset)
        except CutOffError:
            found.warn("The RIFF file is cut off.")
            return
        yield kind, offset + CHUNK.size, length
        offset += CHUNK.size + length + length % 2


def add_metadata(kind: bytes, data: bytes | None, found: Findings) -> None:
    """Add a chunk of metadata."""
    if data is None:
        return
    if kind == b"EXIF":
        read_exif(data, found)
    else:
        found.add(Carrier.XMP if kind == b"XMP " else Carrier.C2PA, "", data)


def size_of_canvas(source: Source, offset: int, found: Findings) -> None:
    """Read VP8X: the size of the canvas less one, in 24 bits each."""
    data = source.read(offset + 4, 6)
    found.sized(int.from_bytes(data[:3], "little") + 1, int.from_bytes(data[3:], "little") + 1)


def size_of_lossy(source: Source, offset: int, found: Findings) -> None:
    """Read VP8: a start code and the size in 14 bits each."""
    start, width, height = struct.unpack("<3sHH", source.read(offset + 3, 7))
    if start == VP8_START:
        found.sized(width & FOURTEEN_BITS, height & FOURTEEN_BITS)


def size_of_lossless(source: Source, offset: int, found: Findings) -> None:
    """Read VP8L: a signature and the size less one in 14 bits each."""
    signature, bits = struct.unpack("<BI", source.read(offset, 5))
    if signature == VP8L_SIGNATURE:
        found.sized((bits & FOURTEEN_BITS) + 1, (bits >> 14 & FOURTEEN_BITS) + 1)


SIZES: dict[bytes, Callable[[Source, int, Findings], None]] = {
    b"VP8X": size_of_canvas,
    b"VP8 ": size_of_lossy,
    b"VP8L": size_of_lossless,
}
