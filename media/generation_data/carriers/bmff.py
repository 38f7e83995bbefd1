"""The boxes that MP4, MOV, AVIF and HEIF are made of: which of them a file is, and what lies in its outermost boxes."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import DamagedFileError, Findings
from media.generation_data.carriers.source import CutOffError, Source

HEADER_BYTES = 8
FULL_BOX_BYTES = 4
LONG_SIZE, TO_THE_END = 1, 0
XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
UUID_BYTES = 16
C2PA_OFFSET_BYTES = 8
PICTURE_BRANDS = {b"mif1", b"msf1", b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis"}
AVIF_BRANDS = {b"avif", b"avis"}
# What a QuickTime file without a file type box begins with.
OLD_QUICKTIME = (b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")
MIME = {"avif": "image/avif", "heif": "image/heif", "mov": "video/quicktime", "mp4": "video/mp4"}
MAX_BRANDS_BYTES = 1_024
FIRST_BYTE_OF_TEXTS = 9


@dataclass(frozen=True)
class Box:
    """One box: its type, where its content begins and ends. Of one that is cut off only inner boxes are read."""

    kind: bytes
    start: int
    end: int
    is_cut: bool = False

    @property
    def length(self) -> int:
        """The bytes of its content."""
        return self.end - self.start


def boxes(source: Source, start: int, end: int, found: Findings) -> Iterator[Box]:
    """Yield the boxes between two offsets. Ends with a warning at one that is damaged or leaves its parent."""
    while start + HEADER_BYTES <= end and found.step():
        try:
            box = _box_at(source, start, end)
        except CutOffError:
            box = None
        if box is None or box.end > end:
            found.warn("A box is damaged or cut off.")
        if box is None:
            return
        yield Box(box.kind, box.start, min(box.end, end), is_cut=box.end > end)
        start = box.end


def _box_at(source: Source, start: int, end: int) -> Box | None:
    """Return the box at an offset, or None if its size is less than its header."""
    size, kind = struct.unpack(">I4s", source.read(start, HEADER_BYTES))
    header = HEADER_BYTES
    if size == LONG_SIZE:
        (size,) = struct.unpack(">Q", source.read(start + HEADER_BYTES, 8))
        header += 8
    elif size == TO_THE_END:
        size = end - start
    return Box(kind, start + header, start + size) if size >= header else None


def content(source: Source, box: Box, found: Findings) -> bytes | None:
    """Return what a box holds, or None with a warning if that is cut off or beyond the limits."""
    if box.is_cut:
        return None
    return found.take(source, box.start, box.length, f"The box {box.kind.decode('latin-1')}")


def kind_of(head: bytes) -> str | None:
    """Return the format of a file of boxes by its brands; None if it is none."""
    # Texts may have such words at the same place; a box of so many bytes as their letters say is none.
    if head[0] >= FIRST_BYTE_OF_TEXTS:
        return None
    if head[4:8] != b"ftyp":
        return "mov" if head[4:8] in OLD_QUICKTIME else None
    size = min(int.from_bytes(head[:4], "big"), MAX_BRANDS_BYTES)
    major, others = head[8:12], {head[offset : offset + 4] for offset in range(16, size, 4)}
    if major in AVIF_BRANDS or (major in PICTURE_BRANDS and others & AVIF_BRANDS):
        return "avif"
    if major in PICTURE_BRANDS:
        return "heif"
    return "mov" if major == b"qt  " else "mp4"


def read_uuid(source: Source, box: Box, found: Findings) -> None:
    """Add XMP or Content Credentials of a box that is named by a UUID."""
    if box.length < UUID_BYTES:
        return
    uuid = source.read(box.start, UUID_BYTES)
    if uuid not in (XMP_UUID, C2PA_UUID):
        return
    data = content(source, box, found)
    if data is None:
        return
    if uuid == XMP_UUID:
        found.add(Carrier.XMP, "", data[UUID_BYTES:])
        return
    purpose, _, manifest = data[UUID_BYTES + FULL_BOX_BYTES :].partition(b"\0")
    if purpose == b"manifest":
        found.add(Carrier.C2PA, "", manifest[C2PA_OFFSET_BYTES:])


def require_size(found: Findings, name: str) -> None:
    """Raise DamagedFileError if no size was found."""
    if not found.is_known:
        raise DamagedFileError(f"The {found.format} file has no {name} that can be read.")
