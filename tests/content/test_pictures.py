"""Pictures: what is drawn, kept and sent."""

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageStat
from pytest_django.fixtures import Settings

from content.painting import STYLES, paint
from content.pictures import CARD, DETAIL, POOL_SIZE, SIZES, VERSION, PictureSize, picture_file, picture_url


@pytest.fixture(autouse=True)
def pictures_dir(settings: Settings, tmp_path: Path) -> Path:
    """An empty folder for the pictures of one test."""
    settings.PICTURES_DIR = tmp_path / "pictures"
    return settings.PICTURES_DIR


def address(width: int | str, number: int | str) -> str:
    return f"/pictures/v{VERSION}/{width}/{number}.webp"


@pytest.mark.parametrize("size", [CARD, DETAIL])
def test_a_picture_has_the_size_that_callers_are_told(size: PictureSize) -> None:
    with Image.open(picture_file(1, size)) as image:
        assert (image.format, image.size) == ("WEBP", (size.width, size.height))


def test_all_sizes_have_one_shape() -> None:
    assert {size.width * 3 == size.height * 4 for size in SIZES.values()} == {True}


@pytest.mark.parametrize("number", range(len(STYLES)))
def test_the_same_number_is_the_same_picture_and_the_next_of_its_style_another(number: int) -> None:
    first, again, other = (paint(n, 80, 60).tobytes() for n in (number, number, number + len(STYLES)))
    assert first == again
    assert first != other


@pytest.mark.parametrize("number", range(2 * len(STYLES)))
def test_a_picture_is_neither_empty_nor_flat(number: int) -> None:
    assert max(ImageStat.Stat(paint(number, 160, 120)).stddev) > 8


@pytest.mark.parametrize("number", range(len(STYLES)))
@pytest.mark.parametrize("shape", [(160, 90), (90, 160), (120, 120)], ids=str)
def test_pictures_of_every_shape_are_filled_to_their_edges(number: int, shape: tuple[int, int]) -> None:
    width, height = shape
    picture = paint(number, width, height)
    for box in ((0, 0, width // 6, height), (width * 5 // 6, 0, width, height)):
        assert max(ImageStat.Stat(picture.crop(box)).stddev) > 5


@pytest.mark.parametrize("number", range(len(STYLES)))
def test_a_card_and_a_detail_show_the_same_picture(number: int) -> None:
    card, detail = paint(number, 80, 60), paint(number, 240, 180).resize((80, 60), Image.Resampling.BOX)
    difference = sum(abs(a - b) for a, b in zip(card.tobytes(), detail.tobytes(), strict=True)) / (80 * 60 * 3)
    assert difference < 10  # of 255


def test_seeds_that_differ_by_the_pool_share_a_picture() -> None:
    assert picture_url(5, CARD) == picture_url(5 + 7 * POOL_SIZE, CARD)
    assert picture_url(5, CARD) != picture_url(6, CARD)


@pytest.mark.parametrize("size", [CARD, DETAIL])
def test_the_address_is_the_one_that_is_routed(size: PictureSize) -> None:
    assert picture_url(POOL_SIZE + 3, size) == reverse("content:picture", args=[size.width, 3])


def test_a_picture_is_drawn_once_and_kept(pictures_dir: Path) -> None:
    path = picture_file(3, CARD)
    os.utime(path, (1, 1))
    assert picture_file(3, CARD).stat().st_mtime == 1
    assert [p for p in pictures_dir.rglob("*") if p.is_file()] == [path]


def test_workers_that_draw_the_same_picture_at_once_leave_one_whole_file(pictures_dir: Path) -> None:
    with ThreadPoolExecutor(8) as workers:
        images = set(workers.map(lambda _: picture_file(7, CARD).read_bytes(), range(8)))
    assert len(images) == 1
    assert len([p for p in pictures_dir.rglob("*") if p.is_file()]) == 1


def test_a_picture_that_cannot_be_written_leaves_no_part_behind(
    pictures_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        picture_file(3, CARD)
    assert [p for p in pictures_dir.rglob("*") if p.is_file()] == []


def test_the_reply_is_a_webp_that_every_cache_may_keep(client: Client) -> None:
    reply = client.get(picture_url(3, CARD))
    assert reply.status_code == 200
    assert reply["Content-Type"] == "image/webp"
    assert int(reply["Content-Length"]) == len(reply.content)
    assert set(reply["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
    assert "Vary" not in reply
    assert "Set-Cookie" not in reply
    with Image.open(io.BytesIO(reply.content)) as image:
        assert image.size == CARD


def test_head_gives_the_length_without_the_picture(client: Client) -> None:
    whole, head = client.get(picture_url(3, CARD)), client.head(picture_url(3, CARD))
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == whole["Content-Length"]


@pytest.mark.parametrize(
    ("width", "number"),
    [
        (321, 3),
        (0, 3),
        (320, POOL_SIZE),
        (320, 10**30),
        (10**30, 3),
        (320, "9" * 5000),
        (320, "-1"),
        (320, "x"),
        (320, "../320/3"),
    ],
)
def test_a_picture_outside_the_pool_is_not_found(client: Client, width: int | str, number: int | str) -> None:
    assert client.get(address(width, number)).status_code == 404


def test_the_last_picture_of_the_pool_is_found(client: Client) -> None:
    assert client.get(address(320, POOL_SIZE - 1)).status_code == 200


def test_pictures_are_read_only(client: Client) -> None:
    assert client.post(picture_url(3, CARD)).status_code == 405
