"""JPEG: its segments up to the pixels."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import MAX_BLOCK_BYTES, Findings
from media.generation_data.carriers.source import CutOffError, Source
from media.generation_data.carriers.tiff import BYTE_ORDERS, EXIF_PREFIX, read_exif

SIGNATURE = b"\xff\xd8\xff"
SEGMENT = struct.Struct(">BBH")
FILL = 0xFF
SCAN, END = 0xDA, 0xD9
WITHOUT_LENGTH = {0x01, 0xD8, *range(0xD0, 0xD8)}
# Frames of all kinds of coding; C4, C8 and CC are tables.
FRAMES = set(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
APP1, APP11, COMMENT = 0xE1, 0xEB, 0xFE
XMP_PREFIX = b"http://ns.adobe.com/xap/1.0/\0"
LONG_XMP_PREFIX = b"http://ns.adobe.com/xmp/extension/\0"
GUID_BYTES = 32
# "JP", number of the box, number of the packet; then the box's header, which each packet repeats.
BOX_PREFIX = struct.Struct(">2sHI")
BOX_HEADER_BYTES = 8
LONG_BOX_HEADER_BYTES = 16
# The label of a manifest store stands at the beginning of its description.
LABEL_WITHIN = 128


@dataclass
class _Pieces:
    """What is spread over several segments, because a segment holds 64 kB."""

    exif: list[bytes] = field(default_factory=list)
    long_xmp: dict[bytes, list[tuple[int, int, bytes]]] = field(default_factory=dict)
    boxes: dict[int, list[tuple[int, bytes]]] = field(default_factory=dict)


def read(source: Source, found: Findings) -> None:
    """Read a JPEG file."""
    pieces = _Pieces()
    for marker, offset, length in segments(source, found):
        if marker in FRAMES:
            height, width = struct.unpack(">xHH", source.read(offset, 5))
            found.sized(width, height)
        elif marker in (APP1, APP11, COMMENT):
            data = found.take(source, offset, length, "A segment")
            if data is not None:
                read_segment(marker, data, pieces, found)
    add_exif(pieces, found)
    add_long_xmp(pieces, found)
    add_manifests(pieces, found)


def segments(source: Source, found: Findings) -> Iterator[tuple[int, int, int]]:
    """Yield marker, offset and length of each segment before the pixels."""
    offset = 2
    while found.step():
        try:
            first, marker, length = source.unpack(SEGMENT, offset)
        except CutOffError:
            found.warn("The JPEG file is cut off.")
            return
        if first != FILL or marker in (SCAN, END, 0):
            if marker != SCAN:
                found.warn("The JPEG file is damaged before its pixels.")
            return
        if marker == FILL:
            offset += 1
        elif marker in WITHOUT_LENGTH:
            offset += 2
        else:
            yield marker, offset + 4, max(0, length - 2)
            offset += 2 + max(2, length)


def read_segment(marker: int, data: bytes, pieces: _Pieces, found: Findings) -> None:
    """Add what one segment holds, or put it to its other pieces."""
    if marker == COMMENT:
        found.add(Carrier.COMMENT, "", data)
    elif marker == APP11:
        read_box(data, pieces)
    elif data.startswith(EXIF_PREFIX):
        pieces.exif.append(data[len(EXIF_PREFIX) :])
    elif data.startswith(XMP_PREFIX):
        found.add(Carrier.XMP, "", data[len(XMP_PREFIX) :])
    elif data.startswith(LONG_XMP_PREFIX):
        read_long_xmp(data[len(LONG_XMP_PREFIX) :], pieces)


def read_long_xmp(data: bytes, pieces: _Pieces) -> None:
    """Keep a piece of a packet that is longer than a segment: its name, the whole length, its offset."""
    if len(data) > GUID_BYTES + 8:
        length, offset = struct.unpack_from(">II", data, GUID_BYTES)
        pieces.long_xmp.setdefault(data[:GUID_BYTES], []).append((offset, length, data[GUID_BYTES + 8 :]))


def read_box(data: bytes, pieces: _Pieces) -> None:
    """Keep a packet of a JUMBF box."""
    if data[:2] == b"JP" and len(data) > BOX_PREFIX.size + BOX_HEADER_BYTES:
        _, box, packet = BOX_PREFIX.unpack_from(data)
        pieces.boxes.setdefault(box, []).append((packet, data[BOX_PREFIX.size :]))


def add_exif(pieces: _Pieces, found: Findings) -> None:
    """Add the EXIF block, put together if it was longer than a segment."""
    whole: list[bytes] = []
    for piece in pieces.exif:
        if whole and piece[:4] in BYTE_ORDERS:
            read_exif(b"".join(whole), found)
            whole = []
        whole.append(piece)
    if whole:
        read_exif(b"".join(whole), found)


def add_long_xmp(pieces: _Pieces, found: Findings) -> None:
    """Add XMP packets that are whole."""
    for parts in pieces.long_xmp.values():
        parts.sort()
        packet = b"".join(data for _, _, data in parts)
        if len(packet) == parts[0][1] <= MAX_BLOCK_BYTES:
            found.add(Carrier.XMP, "", packet)
        else:
            found.warn("A long XMP packet is not whole.")


def add_manifests(pieces: _Pieces, found: Findings) -> None:
    """Add Content Credentials: the first packet of a box with its header, the others without."""
    for packets in pieces.boxes.values():
        packets.sort(key=lambda packet: packet[0])
        first = packets[0][1]
        header = LONG_BOX_HEADER_BYTES if first[:4] == b"\0\0\0\1" else BOX_HEADER_BYTES
        if b"c2pa" in first[:LABEL_WITHIN]:
            found.add(Carrier.C2PA, "", first + b"".join(data[header:] for _, data in packets[1:]))
