"""Metadata blocks are packed and unpacked without a loss, and nothing that was not packed is taken for blocks."""

import json
import random
import zlib

import pytest

from media import blocks
from media.blocks import VERSION, DamagedBlocksError, pack, unpack
from media.generation_data.blocks import Block, Carrier

BLOCKS = (
    Block(Carrier.PNG_TEXT, "parameters", b"fog\nSteps: 20"),
    Block(Carrier.EXIF, "exif:9286", bytes(range(256))),
    Block(Carrier.XMP, "", b""),
    Block(Carrier.PNG_TEXT, 'n\u00fc"\n\ud800', b"\x00" * 1000),
)


def packed(head: object, data: bytes = b"") -> bytes:
    """Return what a head and bytes look like when they are packed."""
    text = head if isinstance(head, bytes) else json.dumps(head).encode()
    return VERSION + zlib.compress(text + b"\n" + data)


@pytest.mark.parametrize("some", [(), BLOCKS[:1], BLOCKS])
def test_blocks_come_back_as_they_were(some: tuple[Block, ...]) -> None:
    assert unpack(pack(some)) == some
    assert unpack(memoryview(pack(some))) == some


def test_all_carriers_are_kept() -> None:
    each = tuple(Block(carrier, carrier.name, carrier.value.encode()) for carrier in Carrier)
    assert unpack(pack(each)) == each


def test_text_is_kept_small() -> None:
    assert len(pack([Block(Carrier.PNG_TEXT, "workflow", b'{"nodes": []}' * 10_000)])) < 1_000


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\x02" + zlib.compress(b"[]\n"),
        VERSION,
        VERSION + b"not zlib",
        pack(BLOCKS)[:-5],
        pack(BLOCKS) + b"more",
        packed(b"["),
        packed({"a": 1}),
        packed(["abc"]),
        packed([["no-carrier", "", 0]]),
        packed([["exif", 1, 0]]),
        packed([["exif", "", True]], b"a"),
        packed([["exif", "", 1.0]], b"a"),
        packed([["exif", "", -1]]),
        packed([["exif", "", 2]], b"a"),
        packed([["exif", "", 1]], b"ab"),
        packed(b"[" * 100_000),
        packed([[[], "", 1]]),
    ],
)
def test_what_was_not_packed_is_refused(damaged: bytes) -> None:
    with pytest.raises(DamagedBlocksError):
        unpack(damaged)


def test_what_unpacks_to_more_than_is_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "MOST_BYTES", 2_000)
    fits, large = ([Block(Carrier.XMP, "", b"x" * length)] for length in (1_900, 2_100))
    assert len(unpack(pack(fits))) == 1
    with pytest.raises(ValueError, match="are not kept"):
        pack(large)
    with pytest.raises(DamagedBlocksError):
        unpack(packed([["xmp", "", 2_100]], b"x" * 2_100))


def test_noise_is_refused_or_blocks() -> None:
    chance = random.Random(1)
    whole = pack(BLOCKS)
    for _ in range(2_000):
        noisy = bytearray(whole)
        for _ in range(chance.randrange(1, 4)):
            noisy[chance.randrange(len(noisy))] = chance.randrange(256)
        try:
            assert all(isinstance(block, Block) for block in unpack(bytes(noisy)))
        except DamagedBlocksError:
            continue
