"""GIF: size, frames, duration, comments and XMP. Its pixels lie in pieces of 255 bytes, which are stepped over."""

import struct

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import MAX_FILE_BYTES, Findings
from media.generation_data.carriers.source import Source

SIGNATURES = (b"GIF87a", b"GIF89a")
HEADER_BYTES = 13
EXTENSION, IMAGE, TRAILER = 0x21, 0x2C, 0x3B
CONTROL, COMMENT, APPLICATION = 0xF9, 0xFE, 0xFF
IMAGE_BYTES = 9
XMP_APPLICATION = b"XMP DataXMP"
# XMP lies there unpacked, with 258 bytes after it that lead any reader of pieces to its end.
XMP_TRAILER_BYTES = 257
HAS_TABLE = 0x80


def read(source: Source, found: Findings) -> None:
    """Read a GIF."""
    width, height, flags = struct.unpack_from("<6xHHB", source.read(0, HEADER_BYTES))
    found.sized(width, height)
    data = source.up_to(0, min(source.size, MAX_FILE_BYTES))
    walk = _Walk(data, found)
    if not walk.run(HEADER_BYTES + table_bytes(flags)):
        found.warn("The GIF is cut off, damaged, or over the limit.")
    if walk.frames:
        found.frames = walk.frames
    if walk.frames > 1:
        found.lasts(walk.hundredths / 100)


def table_bytes(flags: int) -> int:
    """Return the bytes of the table of colours that flags announce."""
    return 3 << (flags & 7) + 1 if flags & HAS_TABLE else 0


class _Walk:
    """One walk over the blocks of a GIF, from the first to the trailer."""

    def __init__(self, data: bytes, found: Findings) -> None:
        """Start a walk."""
        self.data, self.found = data, found
        self.frames = self.hundredths = 0

    def run(self, offset: int) -> bool:
        """Walk to the trailer; false if the data end before or a block is none."""
        while 0 <= offset < len(self.data):
            kind = self.data[offset]
            if kind == TRAILER:
                return True
            if not self.found.step():
                return False
            if kind == EXTENSION:
                offset = self.extension(offset + 1)
            elif kind == IMAGE:
                offset = self.image(offset + 1)
            else:
                return False
        return False

    def image(self, offset: int) -> int:
        """Count a frame; return where its pixels end, or -1 if the data end before."""
        start = offset + IMAGE_BYTES
        if start >= len(self.data):
            return -1
        self.frames += 1
        return self.end(start + table_bytes(self.data[start - 1]) + 1)

    def extension(self, offset: int) -> int:
        """Read an extension; return where it ends, or -1 if the data end before."""
        end = self.end(offset + 1)
        if end < 0:
            return end
        label, content = self.data[offset], offset + 1
        if label == CONTROL and end - content >= 5:
            self.hundredths += int.from_bytes(self.data[content + 2 : content + 4], "little")
        elif label == COMMENT:
            self.found.add(Carrier.COMMENT, "", self.joined(content))
        elif label == APPLICATION and self.data.startswith(XMP_APPLICATION, content + 1):
            start = content + 1 + len(XMP_APPLICATION)
            self.found.add(Carrier.XMP, "", self.data[start : end - 1 - XMP_TRAILER_BYTES])
        return end

    def end(self, offset: int) -> int:
        """Return the offset behind pieces, or -1 if the data end before."""
        data = self.data
        try:
            while length := data[offset]:
                offset += length + 1
        except IndexError:
            return -1
        return offset + 1

    def joined(self, offset: int) -> bytes:
        """Return the content of pieces that are known to be whole."""
        pieces = []
        while length := self.data[offset]:
            pieces.append(self.data[offset + 1 : offset + 1 + length])
            offset += length + 1
        return b"".join(pieces)
