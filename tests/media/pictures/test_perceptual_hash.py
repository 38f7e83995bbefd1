"""Perceptual hashes: near for copies, far for others, and the same as those of ImageHash."""

from itertools import combinations

import imagehash
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from media.pictures.decoding import still_of
from media.pictures.limits import Limits
from media.pictures.perceptual_hash import bands, distance, perceptual_hash_of
from tests.media.pictures.samples import file_of, photograph

SEEDS = range(40)
signed = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hash_is_that_of_imagehash(seed: int) -> None:
    picture = photograph(seed=seed)
    expected = int(str(imagehash.phash(picture)), 16)
    assert perceptual_hash_of(picture) & 2**64 - 1 == expected


@pytest.mark.parametrize("seed", range(8))
def test_copies_are_near(seed: int) -> None:
    picture = photograph(512, 768, seed=seed)
    original = perceptual_hash_of(picture)
    copies = [
        file_of(picture.resize((300, 450)), "PNG"),
        file_of(picture.resize((1024, 1536), Image.Resampling.BICUBIC), "PNG"),
        file_of(picture, "JPEG", quality=40),
        file_of(picture, "WEBP", quality=40),
        file_of(picture.resize((256, 384)), "JPEG", quality=70),
    ]
    hashes = [perceptual_hash_of(still_of(copy, Limits(), 320).image) for copy in copies]
    assert max(distance(original, other) for other in hashes) <= 3


def test_other_pictures_are_far() -> None:
    hashes = [perceptual_hash_of(photograph(seed=seed)) for seed in SEEDS]
    assert min(distance(*pair) for pair in combinations(hashes, 2)) > 10


def test_flat_pictures_have_one_hash_in_every_size_and_colour() -> None:
    pictures = [Image.new("RGB", (side, 90), (shade, 201, 99)) for side in (3, 32, 500) for shade in range(0, 256, 9)]
    assert len({perceptual_hash_of(picture) for picture in pictures}) == 1


@given(signed)
def test_bands_hold_the_whole_hash(value: int) -> None:
    parts = bands(value)
    assert all(0 <= part < 2**16 for part in parts)
    joined = parts[0] << 48 | parts[1] << 32 | parts[2] << 16 | parts[3]
    assert joined == value % 2**64


@given(signed, st.sets(st.integers(0, 63), max_size=3))
def test_hashes_within_three_bits_share_a_band(value: int, places: set[int]) -> None:
    other = int.from_bytes((value % 2**64 ^ sum(1 << place for place in places)).to_bytes(8), signed=True)
    assert distance(value, other) == len(places)
    assert any(first == second for first, second in zip(bands(value), bands(other), strict=True))
