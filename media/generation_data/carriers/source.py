"""A file that is read at offsets: small reads near one another come from one window."""

from struct import Struct
from typing import BinaryIO

# The metadata of most pictures stands within the first window.
HEAD_BYTES = 16_384
WINDOW_BYTES = 1_024


class CutOffError(Exception):
    """The file ends before what was to be read."""


class Source:
    """A seekable file, its size, and reads at any offset. Nothing is read but what is asked for and a small window."""

    def __init__(self, file: BinaryIO) -> None:
        """Read the head of a file."""
        self._file = file
        self.size = file.seek(0, 2)
        self._window_start = 0
        file.seek(0)
        self._window = file.read(HEAD_BYTES)

    def unpack(self, layout: Struct, offset: int) -> tuple:
        """Return the values that are laid out at an offset. Raises CutOffError if the file ends before."""
        start = offset - self._window_start
        if 0 <= start <= len(self._window) - layout.size:
            return layout.unpack_from(self._window, start)
        return layout.unpack(self.read(offset, layout.size))

    def up_to(self, offset: int, length: int) -> bytes:
        """Return `length` bytes at an offset, fewer at the end of the file, none outside of it."""
        start = offset - self._window_start
        if start >= 0 and start + length <= len(self._window):
            return self._window[start : start + length]
        if not 0 <= offset < self.size or length <= 0:
            return b""
        self._file.seek(offset)
        if length > WINDOW_BYTES:
            return self._file.read(min(length, self.size - offset))
        self._window_start, self._window = offset, self._file.read(WINDOW_BYTES)
        return self._window[:length]

    def read(self, offset: int, length: int) -> bytes:
        """Return exactly `length` bytes at an offset.

        Raises CutOffError if the file ends before; nothing is read then.
        """
        start = offset - self._window_start
        if 0 <= start <= start + length <= len(self._window):
            return self._window[start : start + length]
        if length < 0 or offset < 0 or offset + length > self.size:
            raise CutOffError
        data = self.up_to(offset, length)
        if len(data) < length:
            raise CutOffError
        return data
