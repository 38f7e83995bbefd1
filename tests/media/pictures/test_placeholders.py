"""Thumbhash and colour."""

import pytest
from PIL import Image
from thumbhash import rgba_to_thumb_hash, thumb_hash_to_rgba

from media.pictures.placeholders import colour_of, thumbhash_of
from tests.media.pictures.samples import photograph


def test_the_colour_is_the_average() -> None:
    picture = Image.new("RGB", (100, 50), (255, 0, 0))
    picture.paste((0, 0, 101), (50, 0, 100, 50))
    assert colour_of(picture) in ("#800033", "#7f0032", "#800032", "#7f0033")
    assert colour_of(Image.new("RGB", (1, 1), (1, 2, 255))) == "#0102ff"


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (900, 3), (320, 480), (480, 320), (33, 33)])
def test_every_shape_has_a_short_thumbhash(size: tuple[int, int]) -> None:
    assert 5 < len(thumbhash_of(photograph(*size))) <= 25


def test_a_smaller_sample_gives_the_hash_of_a_large_one() -> None:
    picture = photograph(66, 100)
    large = bytes(rgba_to_thumb_hash(66, 100, list(picture.convert("RGBA").tobytes())))
    shown = [thumb_hash_to_rgba(list(value)) for value in (thumbhash_of(picture), large)]
    assert shown[0][:2] == shown[1][:2]
    assert max(abs(first - second) for first, second in zip(shown[0][2], shown[1][2], strict=True)) <= 12


def test_thumbhashes_tell_pictures_apart_and_are_stable() -> None:
    hashes = [thumbhash_of(photograph(seed=seed)) for seed in range(20)]
    assert len(set(hashes)) == 20
    assert hashes == [thumbhash_of(photograph(seed=seed)) for seed in range(20)]


@pytest.mark.parametrize("colour", ["black", "white", "red", "blue", "yellow", "lime"])
def test_a_flat_colour_has_one(colour: str) -> None:
    thumbhash_of(Image.new("RGB", (320, 200), colour))
