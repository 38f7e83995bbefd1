"""What a reader of one container has found so far, and the limits that all of them share."""

import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from media.generation_data.blocks import Block, Carrier, Facts
from media.generation_data.carriers.source import CutOffError, Source

MAX_BLOCK_BYTES = 16 << 20
MAX_FILE_BYTES = 64 << 20
# What may be decompressed in all, whether it becomes a block or not.
MAX_UNPACKED_BYTES = 2 * MAX_FILE_BYTES
MAX_DEFLATE_RATIO = 1_032
MAX_BLOCKS = 4_000
MAX_WARNINGS = 50
# Chunks, boxes, elements or segments of one file. A picture of 400 MB in chunks of 8 kB has 50,000.
MAX_STEPS = 100_000
# What the columns of the database hold.
MAX_PIXELS_A_SIDE = MAX_FRAMES = 2**31 - 1
MAX_SECONDS = 1e9
# EXIF's orientations from here on are turned by 90 degrees.
FIRST_TURNED_ORIENTATION = 5

# What reading damaged metadata raises.
ERRORS = (CutOffError, struct.error)


class UnknownFormatError(ValueError):
    """The file is of no format that is supported."""


class DamagedFileError(ValueError):
    """The file ends or breaks before its size or its kind of stream is known."""


@dataclass(slots=True)
class Findings:
    """The facts of one file while it is read. Blocks beyond the limits are passed over with a warning."""

    format: str
    mime: str
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    frames: int | None = None
    orientation: int = 1
    # Whether enough was read to show the file: the size of a picture, the stream of a sound.
    is_known: bool = False
    blocks: list[Block] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    remaining: int = MAX_FILE_BYTES
    effort: int = MAX_UNPACKED_BYTES
    steps: int = 0

    def warn(self, sentence: str) -> None:
        """Add a warning, each once."""
        if len(self.warnings) < MAX_WARNINGS and sentence not in self.warnings:
            self.warnings.append(sentence)

    @contextmanager
    def guard(self, name: str) -> Iterator[None]:
        """Turn the errors of damaged metadata into a warning; the file around it is read on."""
        try:
            yield
        except ERRORS:
            self.warn(f"{name} is damaged or cut off.")

    def step(self) -> bool:
        """Count one chunk, box or element; false beyond the limit."""
        self.steps += 1
        if self.steps > MAX_STEPS:
            self.warn(f"The file has more than {MAX_STEPS:,} parts; the rest was passed over.")
            return False
        return True

    def takes(self, length: int, name: str) -> bool:
        """Return whether a block of this length is within the limits; warn if it is not."""
        if length > min(MAX_BLOCK_BYTES, self.remaining):
            self.warn(f"{name} is over the limit of {MAX_BLOCK_BYTES >> 20} MB, or the file's over all; passed over.")
            return False
        if len(self.blocks) >= MAX_BLOCKS:
            self.warn(f"The file has more than {MAX_BLOCKS:,} blocks of metadata; the rest was passed over.")
            return False
        return True

    def take(self, source: Source, offset: int, length: int, name: str) -> bytes | None:
        """Read a block if it is whole and within the limits, else warn and return None."""
        if not self.takes(length, name):
            return None
        try:
            return source.read(offset, length)
        except CutOffError:
            self.warn(f"{name} is cut off.")
            return None

    def add(self, carrier: Carrier, key: str, data: bytes) -> None:
        """Add a block."""
        if data and self.takes(len(data), "A block of " + carrier):
            self.remaining -= len(data)
            self.blocks.append(Block(carrier, key, data))

    def unpacked(self, data: bytes, name: str, window_bits: int = zlib.MAX_WBITS) -> bytes | None:
        """Decompress a block within the limits, else warn and return None."""
        limit = min(MAX_BLOCK_BYTES, self.remaining, self.effort)
        unpacker = zlib.decompressobj(window_bits)
        # What is passed over costs time too, so that it counts as well.
        self.effort -= min(limit, len(data) * MAX_DEFLATE_RATIO)
        try:
            unpacked = unpacker.decompress(data, limit + 1)
        except zlib.error:
            self.warn(f"{name} is damaged: it cannot be decompressed.")
            return None
        if len(unpacked) > limit:
            self.warn(f"{name} is over the limit when decompressed; passed over.")
            return None
        if not unpacker.eof:
            self.warn(f"{name} is cut off.")
            return None
        return unpacked

    def sized(self, width: int, height: int) -> None:
        """Set the size as stored.

        Raises DamagedFileError if it is none.
        """
        if not (0 < width <= MAX_PIXELS_A_SIDE and 0 < height <= MAX_PIXELS_A_SIDE):
            raise DamagedFileError(f"The {self.format} file says that it has {width} x {height} pixels.")
        self.width, self.height, self.is_known = width, height, True

    def lasts(self, seconds: float) -> None:
        """Set the duration, unless it is none or absurd."""
        if math.isfinite(seconds) and 0 < seconds < MAX_SECONDS:
            self.duration = round(seconds, 6)

    def facts(self) -> Facts:
        """Return the facts, with the size as shown, turned by the EXIF orientation. Absurdly many frames are none."""
        size = (self.width, self.height)
        width, height = reversed(size) if self.orientation >= FIRST_TURNED_ORIENTATION else size
        blocks, warnings = tuple(self.blocks), tuple(self.warnings)
        frames = self.frames if (self.frames or 0) <= MAX_FRAMES else None
        return Facts(self.format, self.mime, width, height, self.duration, frames, blocks, warnings)
