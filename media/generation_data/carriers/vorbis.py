"""Vorbis comments, as FLAC and Ogg hold them."""

from media.generation_data.blocks import Carrier
from media.generation_data.carriers.findings import Findings
from media.generation_data.carriers.source import CutOffError

LENGTH_BYTES = 4
# Base64 of a cover, no text.
PICTURE_KEYS = ("metadata_block_picture", "coverart")


def read_comments(data: bytes, found: Findings) -> None:
    """Add the comments: the vendor, a count, then KEY=value with a length before each."""
    offset = LENGTH_BYTES + _number(data, 0)
    count = _number(data, offset)
    offset += LENGTH_BYTES
    for _ in range(count):
        length = _number(data, offset)
        offset += LENGTH_BYTES
        if offset + length > len(data):
            raise CutOffError
        key, separator, value = data[offset : offset + length].partition(b"=")
        name = key.decode("ascii", "ignore").lower()
        if separator and name not in PICTURE_KEYS:
            found.add(Carrier.TAG, name, value)
        offset += length


def _number(data: bytes, offset: int) -> int:
    """Return the number at an offset.

    Raises CutOffError beyond the data.
    """
    if offset + LENGTH_BYTES > len(data):
        raise CutOffError
    return int.from_bytes(data[offset : offset + LENGTH_BYTES], "little")
