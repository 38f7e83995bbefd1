"""Byte ranges of HTTP (RFC 9110, section 14): which part of a file a request asks for, and that part as a file."""

import io
import re
from typing import BinaryIO, NamedTuple

# Digits enough for any file, and few enough to be read at once.
BYTES = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*")


class UnsatisfiableError(Exception):
    """A range begins behind the end of the file."""


class ByteRange(NamedTuple):
    """Bytes from `start` up to, not including, `stop`."""

    start: int
    stop: int


def read_range(header: str, size: int) -> ByteRange | None:
    """Return the range that a Range header asks for; None if the whole file answers it.

    That is so for other units, for several ranges at once and for what is malformed. Raises UnsatisfiableError.
    """
    match = BYTES.fullmatch(header)
    if match is None or header.count("-") != 1:
        return None
    first, last = match.groups()
    if not first:
        return _suffix(last, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise UnsatisfiableError
    return ByteRange(start, min(int(last) + 1, size) if last else size)


def _suffix(length: str, size: int) -> ByteRange | None:
    if not length:
        return None
    if int(length) == 0 or size == 0:
        raise UnsatisfiableError
    return ByteRange(max(0, size - int(length)), size)


class FilePart(io.RawIOBase):
    """A range of a seekable file as a file of its own, which is read in pieces; to close it closes the whole."""

    def __init__(self, whole: BinaryIO, part: ByteRange) -> None:
        super().__init__()
        self.whole = whole
        self.part = part
        self.position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position in the part."""
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the part and return the position."""
        origin = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.part.stop - self.part.start}[whence]
        self.position = max(0, origin + offset)
        return self.position

    def readinto(self, target: memoryview) -> int:
        """Fill the target as far as the part reaches, and return with how many bytes."""
        start = self.part.start + self.position
        length = max(0, min(len(target), self.part.stop - start))
        if length == 0:
            return 0
        self.whole.seek(start)
        data = self.whole.read(length)
        target[: len(data)] = data
        self.position += len(data)
        return len(data)

    def close(self) -> None:
        """Close the whole file."""
        if not self.closed:
            self.whole.close()
        super().close()
