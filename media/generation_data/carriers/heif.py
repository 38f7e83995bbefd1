"""AVIF and HEIF: the items of a picture, its size and turn, its EXIF and XMP."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from media.generation_data.blocks import Carrier
from media.generation_data.carriers import movie
from media.generation_data.carriers.bmff import FULL_BOX_BYTES, Box, boxes, content, read_uuid, require_size
from media.generation_data.carriers.findings import MAX_BLOCK_BYTES, Findings
from media.generation_data.carriers.source import CutOffError, Source
from media.generation_data.carriers.tiff import EXIF_PREFIX, read_exif

IN_FILE, IN_BOX = 0, 1
XMP_TYPE = b"application/rdf+xml"
# An item of EXIF begins with the offset of its TIFF.
EXIF_OFFSET_BYTES = 4
LARGE_INDEX = 1
# Version and flags, then one number of two bytes.
MIN_NUMBERS_BYTES = FULL_BOX_BYTES + 2


@dataclass
class _Items:
    """What the box `meta` says about the items of a file."""

    primary: int | None = None
    metadata: dict[int, bytes] = field(default_factory=dict)  # item to b"Exif" or b"mime"
    places: dict[int, tuple[int, list[tuple[int, int]]]] = field(default_factory=dict)
    data_start: int = 0
    properties: list[tuple[bytes, bytes]] = field(default_factory=list)
    uses: dict[int, list[int]] = field(default_factory=dict)


def read(source: Source, found: Findings) -> None:
    """Read an AVIF or HEIF file."""
    for box in boxes(source, 0, source.size, found):
        if box.kind == b"meta":
            with found.guard("The box meta"):
                read_meta(source, box, found)
        elif box.kind == b"moov":
            with found.guard("The box moov"):
                movie.read_moov(source, box, found)
        elif box.kind == b"uuid":
            read_uuid(source, box, found)
    require_size(found, "picture")


def read_meta(source: Source, box: Box, found: Findings) -> None:
    """Read the items of a picture: all boxes first, then the size, then EXIF and XMP."""
    items = _Items()
    for inner in boxes(source, box.start + FULL_BOX_BYTES, box.end, found):
        if inner.kind == b"idat":
            items.data_start = inner.start
        elif inner.kind == b"iprp":
            read_properties(source, inner, items, found)
        elif inner.kind in READERS:
            READERS[inner.kind](filled(source, inner, found), items)
    set_size(items, found)
    for item, kind in items.metadata.items():
        add_item(source, item, kind, items, found)
    # What shows the picture turns it by `irot`; EXIF's orientation repeats that or is to be ignored.
    found.orientation = 1


def filled(source: Source, box: Box, found: Findings) -> bytes:
    """Return what a box of numbers holds.

    Raises CutOffError if it is too short for any, or over the limits.
    """
    data = content(source, box, found) or b""
    if len(data) < MIN_NUMBERS_BYTES:
        raise CutOffError
    return data


def read_primary(data: bytes, items: _Items) -> None:
    """Read which item is the picture."""
    (items.primary,) = struct.unpack_from(">I" if data[0] else ">H", data, FULL_BOX_BYTES)


def read_infos(data: bytes, items: _Items) -> None:
    """Read which items are EXIF or XMP."""
    offset = FULL_BOX_BYTES + (4 if data[0] else 2)
    while offset + 8 <= len(data):
        size, kind, version = struct.unpack_from(">I4sB", data, offset)
        if kind == b"infe" and version >= 2:
            layout = struct.Struct(">IH4s" if version > 2 else ">HH4s")
            item, _, item_type = layout.unpack_from(data, offset + 12)
            rest = data[offset + 12 + layout.size : offset + size]
            if item_type == b"Exif" or (item_type == b"mime" and XMP_TYPE in rest):
                items.metadata[item] = item_type
        offset += max(size, 8)


def read_places(data: bytes, items: _Items) -> None:
    """Read where items lie: `iloc`, whose numbers are of 0, 4 or 8 bytes each."""
    version, sizes, bases = data[0], data[4], data[5]
    widths = (sizes >> 4, sizes & 15, bases >> 4, bases & 15 if version else 0)
    numbers = _Numbers(data, 6)
    for _ in range(numbers.take(4 if version > 1 else 2)):
        item = numbers.take(4 if version > 1 else 2)
        method = numbers.take(2) & 15 if version else IN_FILE
        numbers.take(2)
        base = numbers.take(widths[2])
        extents = list(_extents(numbers, widths, base))
        if item in items.metadata or not items.metadata:
            items.places[item] = (method, extents)


def _extents(numbers: "_Numbers", widths: tuple[int, int, int, int], base: int) -> Iterator[tuple[int, int]]:
    """Yield offset and length of each piece of an item. Pieces that take no bytes to describe are one piece."""
    offset_width, length_width, _, index_width = widths
    count = numbers.take(2)
    if not offset_width + length_width + index_width:
        count = min(count, 1)
    for _ in range(count):
        numbers.take(index_width)
        offset = numbers.take(offset_width)
        yield base + offset, numbers.take(length_width)


class _Numbers:
    """Big-endian numbers of any width, one after the other."""

    def __init__(self, data: bytes, offset: int) -> None:
        """Start at an offset."""
        self.data, self.offset = data, offset

    def take(self, width: int) -> int:
        """Return the next number; 0 if its width is 0.

        Raises CutOffError at the end of the data.
        """
        end = self.offset + width
        if end > len(self.data):
            raise CutOffError
        number = int.from_bytes(self.data[self.offset : end], "big")
        self.offset = end
        return number


READERS = {b"pitm": read_primary, b"iinf": read_infos, b"iloc": read_places}


def read_properties(source: Source, box: Box, items: _Items, found: Findings) -> None:
    """Read the properties of items, and which item uses which."""
    for inner in boxes(source, box.start, box.end, found):
        if inner.kind == b"ipco":
            for property_box in boxes(source, inner.start, inner.end, found):
                is_short = property_box.kind in (b"ispe", b"irot")
                data = source.read(property_box.start, min(12, property_box.length)) if is_short else b""
                items.properties.append((property_box.kind, data))
        elif inner.kind == b"ipma":
            read_uses(filled(source, inner, found), items)


def read_uses(data: bytes, items: _Items) -> None:
    """Read `ipma`: the numbers of the properties of each item."""
    version, is_wide = data[0], data[3] & LARGE_INDEX
    numbers = _Numbers(data, FULL_BOX_BYTES)
    for _ in range(numbers.take(4)):
        item = numbers.take(4 if version else 2)
        uses = [numbers.take(2) & 0x7FFF if is_wide else numbers.take(1) & 0x7F for _ in range(numbers.take(1))]
        items.uses.setdefault(item, []).extend(uses)


def set_size(items: _Items, found: Findings) -> None:
    """Set the size of the primary item, turned by its rotation."""
    uses = items.uses.get(items.primary or 0, [])
    own = [items.properties[number - 1] for number in uses if 0 < number <= len(items.properties)]
    size = next((data for kind, data in own if kind == b"ispe"), None)
    if size is None:
        return
    width, height = struct.unpack_from(">II", size, FULL_BOX_BYTES)
    turn = next((data for kind, data in own if kind == b"irot"), b"\0")
    found.sized(*((height, width) if turn[:1] and turn[0] & 1 else (width, height)))


def add_item(source: Source, item: int, kind: bytes, items: _Items, found: Findings) -> None:
    """Add the EXIF or XMP of an item."""
    data = item_data(source, item, items, found)
    if data is None:
        return
    if kind == b"mime":
        found.add(Carrier.XMP, "", data)
        return
    start = EXIF_OFFSET_BYTES + int.from_bytes(data[:EXIF_OFFSET_BYTES], "big")
    tiff = data[start:] or data[EXIF_OFFSET_BYTES:]
    read_exif(tiff.removeprefix(EXIF_PREFIX), found)


def item_data(source: Source, item: int, items: _Items, found: Findings) -> bytes | None:
    """Return the bytes of an item from all of its pieces, or None with a warning."""
    method, extents = items.places.get(item, (IN_FILE, []))
    if not extents or method not in (IN_FILE, IN_BOX):
        found.warn("An item of metadata has no place in the file.")
        return None
    if sum(length for _, length in extents) > MAX_BLOCK_BYTES:
        found.warn("An item of metadata is over the limit; passed over.")
        return None
    start = items.data_start if method == IN_BOX else 0
    pieces = [found.take(source, start + offset, length, "An item of metadata") for offset, length in extents]
    return None if None in pieces else b"".join(piece or b"" for piece in pieces)
