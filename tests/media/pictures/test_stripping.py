"""Copies that look the same and say nothing."""

from io import BytesIO

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from media.pictures.limits import UnsupportedError
from media.pictures.opening import sniffed
from media.pictures.stripping import ALPHA_TABLE, COLOUR_TABLE, strip
from tests.media.pictures.samples import (
    SECRET,
    file_of,
    has_stealth,
    hidden_bytes,
    mean_difference,
    photograph,
    png_text,
    rotated_profile,
    with_stealth,
)

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
# What the markers and chunks that may hold text are called in each format.
CARRIERS = (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"caBX", b"tIME", b"Exif", b"EXIF", b"XMP ", b"ICCP", b"http")


def copy_of(source: BytesIO) -> Image.Image:
    return Image.open(BytesIO(strip(source)))


def gradient(mode: str = "RGBA") -> Image.Image:
    """Return a photograph that fades from nothing on the left to opaque on the right."""
    picture = photograph().convert("RGBA")
    fade = numpy.tile(numpy.linspace(0, 255, 256).astype(numpy.uint8), (384, 1))
    picture.putalpha(Image.fromarray(fade))
    return picture.convert(mode)


@pytest.mark.parametrize("name", FORMATS)
def test_a_copy_has_no_metadata_and_looks_the_same(name: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = SECRET
    options = {
        "pnginfo": png_text(parameters=SECRET),
        "comment": SECRET.encode(),
        "exif": exif.tobytes(),
        "xmp": f"<x>{SECRET}</x>".encode(),
        "quality": 90,
    }
    picture = photograph()
    source = file_of(picture, name, **options)
    assert SECRET.encode() in source.getvalue()
    copy = strip(source)
    image = Image.open(BytesIO(copy))
    assert (image.format, image.size) == (name, picture.size)
    assert mean_difference(image, Image.open(source)) < (4 if name == "GIF" else 1.6)
    assert [carrier for carrier in (SECRET.encode(), *CARRIERS) if carrier in copy] == []
    image.load()
    assert not image.info.keys() & {"comment", "exif", "xmp", "icc_profile", "parameters"}


def test_what_stands_behind_the_picture_is_not_copied() -> None:
    for name in FORMATS:
        source = BytesIO(file_of(photograph(), name).getvalue() + SECRET.encode())
        assert SECRET.encode() not in strip(source)


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGBA", "RGB"])
@pytest.mark.parametrize("compressed", [True, False])
def test_a_hidden_text_is_gone(name: str, mode: str, compressed: bool) -> None:
    hidden = with_stealth(photograph().convert(mode), compressed=compressed)
    source = file_of(hidden, name, lossless=True, exact=True)
    assert has_stealth(Image.open(source))
    copy = copy_of(source)
    assert (copy.mode, has_stealth(copy)) == ("RGB", False)
    assert mean_difference(copy, hidden) <= 1


@pytest.mark.parametrize("quality", [1, 50, 75, 90, 100])
def test_a_hidden_text_is_gone_from_lossy_webp_at_every_quality(quality: int) -> None:
    hidden = with_stealth(gradient())
    source = file_of(hidden, "WEBP", quality=quality)
    assert has_stealth(Image.open(source))
    assert not has_stealth(copy_of(source))


@pytest.mark.parametrize("name", ["PNG", "WEBP"])
def test_a_hidden_text_in_real_transparency_is_gone_and_the_transparency_stays(name: str) -> None:
    visible = gradient()
    hidden = with_stealth(visible)
    copy = copy_of(file_of(hidden, name, lossless=True, exact=True))
    assert (copy.mode, has_stealth(copy)) == ("RGBA", False)
    alpha, before = (numpy.asarray(image.getchannel("A"), dtype=int) for image in (copy, visible))
    assert (numpy.abs(alpha - before).max() <= 2, bool((alpha[:, -1] == 255).all())) == (True, True)
    pixels = numpy.asarray(copy)
    assert int(pixels[pixels[..., 3] == 0][:, :3].max()) == 0


def test_nothing_is_kept_under_what_is_transparent() -> None:
    picture = photograph().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size))
    assert copy_of(file_of(picture, "PNG")).getextrema() == ((0, 0),) * 4


def test_the_lowest_bits_of_a_copy_follow_from_the_higher_ones() -> None:
    assert [COLOUR_TABLE[value] == COLOUR_TABLE[value ^ 1] for value in range(256)] == [True] * 256
    assert [ALPHA_TABLE[value] == ALPHA_TABLE[value ^ 1] for value in range(256)] == [True] * 256
    assert (COLOUR_TABLE[0], COLOUR_TABLE[255], ALPHA_TABLE[0], ALPHA_TABLE[255]) == (0, 255, 0, 255)
    assert max(abs(COLOUR_TABLE[value] - value) for value in range(256)) == 1


@settings(max_examples=5, deadline=None)
@given(st.binary(min_size=40, max_size=1_000))
def test_pictures_that_differ_in_lowest_bits_alone_have_one_copy(data: bytes) -> None:
    for mode in ("RGB", "RGBA"):
        picture = gradient(mode)
        other = with_stealth(picture, data.hex(), compressed=False)
        assert hidden_bytes(other) != hidden_bytes(picture)
        assert strip(file_of(picture, "PNG")) == strip(file_of(other, "PNG"))


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_a_profile_becomes_srgb_and_is_not_kept(name: str) -> None:
    red = Image.new("RGB", (64, 64), (255, 0, 0))
    copy = copy_of(file_of(red, name, icc_profile=rotated_profile(), quality=95))
    assert "icc_profile" not in copy.info
    assert mean_difference(copy, Image.new("RGB", (64, 64), (0, 255, 0))) < 4


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "AVIF"])
def test_a_copy_is_turned_upright(name: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = file_of(photograph(), name, exif=exif.tobytes(), quality=95)
    copy = copy_of(source)
    assert copy.getexif().get(0x0112) is None
    assert mean_difference(copy, Image.open(source).transpose(Image.Transpose.ROTATE_270)) < 1.6


@pytest.mark.parametrize(("name", "mode"), [("PNG", "1"), ("PNG", "P"), ("PNG", "LA"), ("JPEG", "L"), ("JPEG", "CMYK")])
def test_other_modes_are_copied_as_colours(name: str, mode: str) -> None:
    source = file_of(photograph().convert(mode), name)
    copy = copy_of(source)
    assert mean_difference(copy, Image.open(source)) < 2


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF", "AVIF"])
def test_an_animation_keeps_its_frames_its_times_and_its_loop(name: str) -> None:
    frames = [photograph(seed=seed) for seed in (1, 2, 3)]
    times = [100, 250, 400]
    options = {"save_all": True, "append_images": frames[1:], "duration": times, "quality": 95}
    source = file_of(frames[0], name, loop=3, comment=SECRET.encode(), **options)
    copy = copy_of(source)
    original = Image.open(source)
    assert (copy.format, copy.n_frames, copy.info.get("loop")) == (name, 3, original.info.get("loop"))
    for number in range(3):
        copy.seek(number), original.seek(number)
        copy.load(), original.load()
        assert copy.info["duration"] == times[number]
        assert "comment" not in copy.info
        assert mean_difference(copy, original) < 6


@pytest.mark.parametrize("name", ["PNG", "WEBP", "AVIF"])
def test_frames_may_be_opaque_or_transparent(name: str) -> None:
    frames = [Image.new("RGBA", (64, 64), colour) for colour in ("red", (0, 0, 0, 0), "blue", (0, 0, 0, 0))]
    for frame in frames:
        frame.paste((0, 200, 0, 255), (0, 0, 20, 20))
    options = {"save_all": True, "append_images": frames[1:], "duration": 100, "blend": 0, "lossless": True}
    copy = copy_of(file_of(frames[0], name, **options))
    assert copy.n_frames == 4
    for number, frame in enumerate(frames):
        copy.seek(number)
        shown = copy.convert("RGBA")
        assert shown.getpixel((50, 50))[3] == frame.getpixel((50, 50))[3]
        assert mean_difference(shown.crop((2, 2, 18, 18)), frame.crop((2, 2, 18, 18))) < 3


def test_a_transparent_gif_stays_so() -> None:
    picture = Image.new("RGBA", (64, 64))
    picture.paste((0, 200, 0, 255), (0, 0, 20, 20))
    copy = copy_of(file_of(picture, "GIF")).convert("RGBA")
    assert (copy.getpixel((50, 50))[3], copy.getpixel((9, 9))) == (0, (0, 201, 0, 255))


def test_the_default_picture_of_an_animated_png_is_none_of_its_frames() -> None:
    frames = [photograph(64, 64, seed=seed) for seed in (1, 2, 3)]
    options = {"save_all": True, "append_images": frames[1:], "default_image": True, "duration": 100}
    copy = copy_of(file_of(frames[0], "PNG", **options))
    assert copy.n_frames == 2
    assert mean_difference(copy, frames[1]) <= 1


@pytest.mark.parametrize("options", [{}, {"icc_profile": b"x" * 5_000}, {"save_all": True}])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_lossless_webp_stays_lossless(mode: str, options: dict[str, object]) -> None:
    picture = gradient(mode)
    more = [picture.transpose(Image.Transpose.ROTATE_180)] if options.get("save_all") else []
    copy = strip(file_of(picture, "WEBP", lossless=True, append_images=more, **options))
    assert (b"VP8L" in copy, b"VP8 " in copy) == (True, False)
    assert copy_of(BytesIO(copy)).tobytes() == Image.open(BytesIO(copy)).tobytes()


def test_a_jpeg_is_not_made_much_larger() -> None:
    for quality in (40, 75, 95):
        source = file_of(photograph(), "JPEG", quality=quality)
        assert len(strip(source)) < 1.15 * len(source.getvalue())


def test_a_copy_of_a_copy_is_the_same() -> None:
    copy = strip(file_of(photograph(), "PNG"))
    assert strip(BytesIO(copy)) == copy


@pytest.mark.parametrize("content", [b"words", b"<svg/>", b"fLaC" + bytes(60)])
def test_other_formats_are_refused(content: bytes) -> None:
    assert sniffed(BytesIO(content)) is None
    with pytest.raises(UnsupportedError, match="is of a format that cannot be copied without its metadata"):
        strip(BytesIO(content))
