"""EXIF: the directories of a TIFF, walked over bytes in both byte orders; texts and the orientation alone."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import ERRORS, Findings

EXIF_PREFIX = b"Exif\0\0"
EXIF = Carrier.EXIF
BYTE_ORDERS = {b"II*\0": "<", b"MM\0*": ">"}
ENTRY_BYTES = 12
INLINE_BYTES = 4
BYTE, ASCII, SHORT, LONG, UNDEFINED, UTF_8 = 1, 2, 3, 4, 7, 129
TEXT_TYPES = (ASCII, UTF_8)
ORIENTATION, XMP, EXIF_DIRECTORY, MAKER_NOTE, USER_COMMENT = 0x0112, 0x02BC, 0x8769, 0x927C, 0x9286
ORIENTATIONS = range(1, 9)
# XPTitle, XPComment, XPAuthor, XPKeywords, XPSubject.
WINDOWS_TEXTS = range(0x9C9B, 0x9CA0)
# Texts in tags of bytes; everything else in such tags is numbers or pictures.
TEXTS_IN_BYTES = {XMP, USER_COMMENT, *WINDOWS_TEXTS}


class Entry(NamedTuple):
    """One tag of a directory: its type, and where its bytes lie."""

    tag: int
    kind: int
    count: int
    offset: int


def read_exif(data: bytes, found: Findings) -> None:
    """Add the texts of an EXIF block, with or without its prefix, and take over the orientation."""
    data = data.removeprefix(EXIF_PREFIX)
    order = BYTE_ORDERS.get(data[:4])
    if order is None:
        found.warn("The EXIF block is no TIFF.")
        return
    try:
        (first,) = struct.unpack_from(order + "I", data, 4)
        _Walk(data, order, found).directory("0", first)
    except ERRORS:
        found.warn("The EXIF block is damaged or cut off.")


class _Walk:
    """One walk over the directories. Values that overlap are read until they add up to the length of the block."""

    def __init__(self, data: bytes, order: str, found: Findings) -> None:
        """Start a walk."""
        self.data, self.order, self.found = data, order, found
        self.remaining = len(data)

    def directory(self, name: str, offset: int) -> None:
        """Read one directory, and from the first the one of EXIF: two at most, so that no loop is possible."""
        for entry in self.entries(offset):
            if name == "0" and entry.tag == EXIF_DIRECTORY and entry.kind in (LONG, SHORT):
                try:
                    self.directory("exif", self.number(entry))
                except ERRORS:
                    self.found.warn("The EXIF directory is damaged or cut off.")
            elif name == "0" and entry.tag == ORIENTATION and entry.kind == SHORT:
                self.orientation(self.number(entry))
            elif entry.kind in TEXT_TYPES or entry.tag in TEXTS_IN_BYTES or entry.tag == MAKER_NOTE:
                self.text(name, entry)

    def entries(self, offset: int) -> Iterator[Entry]:
        """Yield the entries of the directory at an offset."""
        (count,) = struct.unpack_from(self.order + "H", self.data, offset)
        layout = struct.Struct(self.order + "HHI")
        for start in range(offset + 2, offset + 2 + count * ENTRY_BYTES, ENTRY_BYTES):
            tag, kind, length = layout.unpack_from(self.data, start)
            yield Entry(tag, kind, length, start + 8)

    def number(self, entry: Entry) -> int:
        """Return the number that stands in an entry."""
        (number,) = struct.unpack_from(self.order + ("H" if entry.kind == SHORT else "I"), self.data, entry.offset)
        return number

    def orientation(self, number: int) -> None:
        """Take over how the picture is turned."""
        if number in ORIENTATIONS:
            self.found.orientation = number

    def text(self, name: str, entry: Entry) -> None:
        """Add the text of a tag."""
        if entry.kind not in (*TEXT_TYPES, BYTE, UNDEFINED):
            return
        value = self.value(entry)
        if entry.tag == MAKER_NOTE and entry.kind not in TEXT_TYPES and not _is_text(value):
            return
        if not value.strip(b"\0"):
            return
        if entry.tag == XMP:
            self.found.add(Carrier.XMP, "", value)
        else:
            self.found.add(EXIF, f"{name}:{entry.tag:04x}", value)

    def value(self, entry: Entry) -> bytes:
        """Return the bytes of a tag; none if they lie outside of the block, or if tags share too many."""
        offset = entry.offset
        if entry.count > INLINE_BYTES:
            (offset,) = struct.unpack_from(self.order + "I", self.data, entry.offset)
        if offset + entry.count > len(self.data):
            self.found.warn(f"The EXIF tag {entry.tag:04x} is cut off.")
            return b""
        if entry.count > self.remaining:
            self.found.warn("EXIF tags overlap; the rest was passed over.")
            return b""
        self.remaining -= entry.count
        return self.data[offset : offset + entry.count]


def _is_text(data: bytes) -> bool:
    """Return whether a maker note is a text, as Fooocus writes it, and not a camera's."""
    try:
        return data.rstrip(b"\0").decode().isprintable()
    except UnicodeDecodeError:
        return False
