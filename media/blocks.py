"""Metadata blocks packed for the database, as small as zlib makes them, and unpacked within bounds.

One byte of version, then a zlib stream: a line of JSON that names carrier, key and length of each block, then their
bytes one after the other.
"""

import json
import zlib
from collections.abc import Iterable

from media.generation_data.blocks import Block, Carrier

VERSION = b"\x01"
# Of all blocks together, unpacked: carriers keep less. What says that it is more is not unpacked.
MOST_BYTES = 128 * 1024 * 1024
# Blocks are packed once, while a file is read, and seldom unpacked.
LEVEL = 6


class DamagedBlocksError(ValueError):
    """Packed blocks that were not written by `pack`, or are too large."""


def pack(blocks: Iterable[Block]) -> bytes:
    """Return blocks as bytes, their order kept. Raises ValueError if they are too large to be unpacked again."""
    blocks = tuple(blocks)
    head = json.dumps([[block.carrier.value, block.key, len(block.data)] for block in blocks])
    plain = b"\n".join([head.encode(), b"".join(block.data for block in blocks)])
    if len(plain) > MOST_BYTES:
        raise ValueError(f"Blocks of {len(plain):,} bytes are not kept; {MOST_BYTES:,} are the most.")
    return VERSION + zlib.compress(plain, LEVEL)


def unpack(packed: bytes) -> tuple[Block, ...]:
    """Return blocks that were packed. Raises DamagedBlocksError."""
    head, _, data = _inflated(bytes(packed)).partition(b"\n")
    blocks, start = [], 0
    for carrier, key, length in _entries(head):
        blocks.append(Block(carrier, key, data[start : start + length]))
        start += length
    if start != len(data):
        raise DamagedBlocksError("The lengths of the blocks are not those of their bytes.")
    return tuple(blocks)


def _inflated(packed: bytes) -> bytes:
    if packed[:1] != VERSION:
        raise DamagedBlocksError("These blocks were packed in another way.")
    inflating = zlib.decompressobj()
    try:
        plain = inflating.decompress(packed[1:], MOST_BYTES)
    except zlib.error as error:
        raise DamagedBlocksError(f"The blocks cannot be unpacked: {error}.") from error
    if not inflating.eof or inflating.unused_data:
        raise DamagedBlocksError("The blocks are cut off, too large, or followed by something else.")
    return plain


def _entries(head: bytes) -> list[tuple[Carrier, str, int]]:
    try:
        entries = [(Carrier(carrier), key, length) for carrier, key, length in json.loads(head)]
    except (ValueError, TypeError, RecursionError) as error:
        raise DamagedBlocksError("The names of the blocks cannot be read.") from error
    if not all(isinstance(key, str) and type(length) is int and length >= 0 for _, key, length in entries):
        raise DamagedBlocksError("The names of the blocks are of other types.")
    return entries
