"""Thumbnails: their sizes, and that they hold a picture and nothing else."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from media.pictures.decoding import still_of
from media.pictures.limits import Limits
from media.pictures.preparing import prepare
from media.pictures.thumbnails import encoded, fitted, thumbnails_of
from tests.media.pictures.samples import (
    SECRET,
    file_of,
    has_stealth,
    mean_difference,
    photograph,
    png_text,
    rotated_profile,
    with_stealth,
    written,
)


def thumbnails(source: BytesIO, *widths: int) -> dict[int, Image.Image]:
    files = thumbnails_of(still_of(source, Limits(), max(widths)), widths)
    return {width: Image.open(BytesIO(content)) for width, content in files.items()}


@pytest.mark.parametrize(
    ("width", "height", "wanted", "size"),
    [
        (1024, 1536, 320, (320, 480)),
        (1024, 1536, 640, (640, 960)),
        (200, 300, 320, (200, 300)),
        (30_000, 10, 320, (320, 1)),
        (10, 30_000, 320, (3, 8192)),
        (1, 1, 320, (1, 1)),
    ],
)
def test_a_thumbnail_keeps_the_shape_and_is_never_larger(
    width: int, height: int, wanted: int, size: tuple[int, int]
) -> None:
    assert fitted(width, height, wanted) == size


def test_each_width_is_made_once_and_the_picture_never_enlarged() -> None:
    assert [
        (width, image.size) for width, image in thumbnails(file_of(photograph(), "PNG"), 128, 320, 640).items()
    ] == [
        (256, (256, 384)),
        (128, (128, 192)),
    ]


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("size", [(700, 1050), (1400, 700)])
def test_thumbnails_look_like_the_picture(name: str, size: tuple[int, int]) -> None:
    picture = photograph(*size)
    for width, image in thumbnails(file_of(picture, name), 96, 320).items():
        assert (image.format, image.mode, image.width) == ("WEBP", "RGB", width)
        assert mean_difference(image, picture.resize(image.size, Image.Resampling.LANCZOS)) < 5


@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
def test_a_thumbnail_has_no_metadata(name: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    options = {
        "pnginfo": png_text(parameters=SECRET),
        "comment": SECRET.encode(),
        "exif": exif.tobytes(),
        "xmp": SECRET.encode(),
        "icc_profile": rotated_profile(),
    }
    source = file_of(photograph(), name, **options)
    assert SECRET.encode() in source.getvalue()
    for width in (64, 640):
        (content,) = thumbnails_of(still_of(source, Limits(), width), [width]).values()
        assert content[12:16] == b"VP8 "  # the plain kind, which has no place for anything else
        assert len(content) == 20 + int.from_bytes(content[16:20], "little")


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "RGB"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_hidden_text_does_not_reach_a_thumbnail(name: str, mode: str, compressed: bool) -> None:
    hidden = with_stealth(photograph().convert(mode), compressed=compressed)
    source = file_of(hidden, name, lossless=True, exact=True)
    assert has_stealth(Image.open(source))
    images = thumbnails(source, 128, 256)
    assert [has_stealth(image) for image in images.values()] == [False, False]


def test_the_same_file_gives_the_same_bytes(tmp_path: Path) -> None:
    path = written(tmp_path / "a.png", file_of(photograph(1000, 700), "PNG"))
    assert prepare(path) == prepare(path)


def test_encoding_ignores_what_hangs_on_the_image() -> None:
    picture = photograph(64, 64)
    plain = encoded(picture)
    picture.info = {"exif": SECRET.encode(), "xmp": SECRET.encode(), "icc_profile": rotated_profile()}
    assert encoded(picture) == plain


def test_prepare_says_all_that_is_kept(tmp_path: Path) -> None:
    prepared = prepare(written(tmp_path / "a.jpg", file_of(Image.new("RGB", (1000, 500), (10, 20, 30)), "PNG")))
    assert (prepared.width, prepared.height, prepared.colour) == (1000, 500, "#0a141e")
    assert (prepared.duration, prepared.frames, sorted(prepared.thumbnails)) == (None, 1, [320, 640])


def test_a_picture_without_alpha_and_a_transparent_one_are_both_plain_webp() -> None:
    (content,) = thumbnails_of(still_of(file_of(Image.new("RGBA", (64, 64)), "PNG"), Limits()), [64]).values()
    assert Image.open(BytesIO(content)).getpixel((9, 9)) == (255, 255, 255)
