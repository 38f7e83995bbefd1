"""Drawings: what stands for synthetic works, known before it is drawn, drawn when it is asked for."""

import io
from hashlib import sha256

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageStat

from content.drawing_views import drawn
from content.drawings import COLOURS, KINDS, SIZES, VERSION, drawing_address, drawing_size
from content.models import SEED_LIMIT
from content.painting.drawing import draw
from content.painting.palettes import SHAPES
from content.painting.pictures import STYLES, paint
from content.synthetic import scattered
from media.thumbnails import WIDTHS, thumbnail_size

ADDRESS = drawing_address("image", 3, 320)


@pytest.mark.parametrize("number", range(len(STYLES)))
def test_the_same_number_is_the_same_picture_and_the_next_of_its_style_another(number: int) -> None:
    first, again, other = (paint(n, 80, 60).tobytes() for n in (number, number, number + len(STYLES)))
    assert first == again
    assert first != other


@pytest.mark.parametrize("number", range(len(STYLES)))
@pytest.mark.parametrize("shape", [(160, 90), (90, 160), (120, 120)], ids=str)
def test_pictures_of_every_shape_are_filled_to_their_edges(number: int, shape: tuple[int, int]) -> None:
    width, height = shape
    picture = paint(number, width, height)
    for box in ((0, 0, width // 6, height), (width * 5 // 6, 0, width, height)):
        assert max(ImageStat.Stat(picture.crop(box)).stddev) > 5


def test_no_two_of_a_thousand_drawings_are_alike() -> None:
    hashes = {sha256(draw(kind, scattered(n), 40, 40).tobytes()).digest() for kind in SIZES for n in range(250)}
    assert len(hashes) == 250 * len(SIZES)


@pytest.mark.parametrize("kind", KINDS)
def test_a_drawing_is_the_same_again_at_every_size_and_never_flat(kind: str) -> None:
    for seed in range(12):
        small, large = draw(kind, seed, 60, 84), draw(kind, seed, 180, 252)
        assert small.tobytes() == draw(kind, seed, 60, 84).tobytes()
        pairs = zip(small.tobytes(), large.reduce(3).tobytes(), strict=True)
        assert sum(abs(a - b) for a, b in pairs) / (60 * 84 * 3) < 20, seed  # of 255
        assert max(ImageStat.Stat(large).stddev) > 8, seed


def test_images_have_the_shapes_that_generators_give_them() -> None:
    shapes = [drawing_size("image", scattered(number)) for number in range(16_000)]
    counts = {size: shapes.count(size) for size in set(shapes)}
    assert len(counts) == 8
    assert {size: round(count / 1000) for size, count in counts.items()} == {
        size: SIZES["image"].count(size) for size in counts
    }
    assert {len(sizes) for sizes in SIZES.values()} == {SHAPES}
    # All drawings have as many widths, which SQL relies on, and the largest is the true size.
    assert all(WIDTHS[-2] < width <= WIDTHS[-1] for sizes in SIZES.values() for width, _ in sizes)


def test_colours_are_near_those_of_the_drawings() -> None:
    distances = []
    for seed in range(0, SHAPES * len(COLOURS) * 2, SHAPES // 2):
        mean = ImageStat.Stat(draw("image", seed, 48, 48)).mean
        said = bytes.fromhex(COLOURS[seed // SHAPES % len(COLOURS)][1:])
        distances.append(sum(abs(a - b) for a, b in zip(mean, said, strict=True)) / 3)
    assert sum(distances) / len(distances) < 36  # of a colour by chance: 43


def test_synthetic_seeds_never_come_twice() -> None:
    numbers = (*range(50_000), *range(SEED_LIMIT - 50_000, SEED_LIMIT))
    seeds = {scattered(number) for number in numbers}
    assert len(seeds) == len(numbers)
    assert min(seeds) >= 0 and max(seeds) < SEED_LIMIT


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_address_gives_a_webp_of_the_size_that_is_told(client: Client, kind: str, width: int) -> None:
    address = drawing_address(kind, 5, width)
    assert address == reverse("content:drawing", args=[kind, width, 5])
    with Image.open(io.BytesIO(client.get(address).content)) as image:
        assert (image.format, image.size) == ("WEBP", thumbnail_size(*drawing_size(kind, 5), width))


def test_any_cache_may_keep_a_drawing_and_asks_without_drawing(client: Client) -> None:
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert int(answer["Content-Length"]) == len(answer.content)
    assert answer.content == drawn("image", 320, 3)
    assert {"Vary", "Set-Cookie"} & set(answer.headers) == set()
    again = client.get(ADDRESS, headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", answer["ETag"])
    for each in (answer, again):
        assert set(each["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
    head = client.head(ADDRESS)
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", answer["Content-Length"])
    assert client.post(ADDRESS).status_code == 405


@pytest.mark.parametrize(
    "rest",
    [
        *("image/321/3", "image/0/3", f"image/320/{SEED_LIMIT}", "image/320/" + "9" * 5000, "image/320/-1"),
        *("image/320/x", "image/9999999/3", "picture/320/3", "image/320/../320/3", "320/3"),
    ],
)
def test_what_is_no_drawing_is_not_found(client: Client, rest: str) -> None:
    assert client.get(f"/pictures/v{VERSION}/{rest}.webp").status_code == 404


def test_the_last_seed_has_a_drawing(client: Client) -> None:
    assert client.get(drawing_address("image", SEED_LIMIT - 1, 320)).status_code == 200
