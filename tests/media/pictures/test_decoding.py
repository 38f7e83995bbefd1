"""Any file as one still picture: modes, profiles, turns, transparency, and sizes that are reduced."""

import zlib
from io import BytesIO

import numpy
import pytest
from PIL import Image, ImageCms

from media.pictures.decoding import still_of
from media.pictures.limits import Limits
from tests.media.pictures.samples import (
    chunk,
    file_of,
    mean_difference,
    photograph,
    png_file,
    png_text,
    rotated_profile,
)

LIMITS = Limits()
ORIENTATION = 0x0112


def decoded(source: BytesIO, needed: int | None = None) -> Image.Image:
    return still_of(source, LIMITS, needed).image


def oriented(image: Image.Image, orientation: int, name: str) -> BytesIO:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return file_of(image, name, exif=exif.tobytes(), quality=95)


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        *(("PNG", mode) for mode in ("1", "L", "LA", "P", "RGB", "RGBA")),
        *(("JPEG", mode) for mode in ("L", "RGB", "CMYK")),
        *(("WEBP", mode) for mode in ("L", "RGB", "RGBA")),
        *(("AVIF", mode) for mode in ("L", "RGB", "RGBA")),
        *(("GIF", mode) for mode in ("1", "L", "P", "RGB")),
    ],
)
@pytest.mark.parametrize("needed", [None, 32])
def test_every_mode_of_every_format_gives_the_same_picture(name: str, mode: str, needed: int | None) -> None:
    picture = photograph()
    grey = mode in ("1", "L", "LA")
    expected = picture.convert("L").convert("RGB") if grey else picture
    still = still_of(file_of(picture.convert(mode), name), LIMITS, needed)
    assert (still.image.mode, still.image.info, still.width, still.height) == ("RGB", {}, 256, 384)
    assert still.image.width == (256 if needed is None else 64)
    small = [image.resize((16, 24), Image.Resampling.BOX) for image in (still.image, expected)]
    assert mean_difference(*small) < 6


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("needed", [None, 40])
def test_a_picture_is_turned_as_its_exif_says(orientation: int, name: str, needed: int | None) -> None:
    seen = Image.new("RGB", (200, 300), "white")
    seen.paste((255, 0, 0), (0, 0, 100, 100))  # top left
    seen.paste((0, 0, 255), (100, 200, 200, 300))  # bottom right
    # How a camera stores it: the inverse of the turn that the orientation demands.
    inverse = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = seen.transpose(Image.Transpose(inverse[orientation])) if orientation > 1 else seen
    still = still_of(oriented(stored, orientation, name), LIMITS, needed)
    assert (still.width, still.height) == (200, 300)
    assert mean_difference(still.image.resize((200, 300), Image.Resampling.NEAREST), seen) < 4


def test_damaged_exif_does_not_spoil_a_picture() -> None:
    picture = photograph()
    assert mean_difference(decoded(file_of(picture, "PNG", exif=b"Exif\0\0MM\0*\0\0\xff\xff broken")), picture) == 0


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "AVIF"])
@pytest.mark.parametrize("needed", [None, 40])
def test_a_colour_profile_becomes_srgb(name: str, needed: int | None) -> None:
    red = Image.new("RGB", (256, 256), (255, 0, 0))
    image = decoded(file_of(red, name, icc_profile=rotated_profile(), quality=95), needed)
    colour = image.getpixel((5, 5))
    # What the profile calls red is green; so red in the file is seen as green.
    assert (colour[0] < 12, colour[1] > 243, colour[2] < 12) == (True, True, True)


def test_a_profile_of_another_mode_is_applied_to_the_colours() -> None:
    grey = decoded(file_of(Image.new("L", (64, 64), 128), "PNG", icc_profile=rotated_profile())).getpixel((5, 5))
    assert max(abs(value - 128) for value in grey) < 3


@pytest.mark.parametrize("profile", [b"no profile at all", rotated_profile()[:200], b"\0" * 200])
def test_a_damaged_profile_is_passed_over(profile: bytes) -> None:
    picture = photograph()
    assert mean_difference(decoded(file_of(picture, "PNG", icc_profile=profile)), picture) == 0


def test_a_profile_that_is_srgb_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = photograph()
    assert mean_difference(decoded(file_of(picture, "PNG", icc_profile=profile)), picture) == 0


@pytest.mark.parametrize("needed", [None, 64])
def test_16_bit_grey_is_scaled_and_not_clipped(needed: int | None) -> None:
    ramp = numpy.tile(numpy.linspace(0, 65_535, 256, dtype=numpy.uint16), (256, 1))
    image = decoded(file_of(Image.fromarray(ramp), "PNG"), needed)
    values = numpy.asarray(image)[0, :, 0].astype(int)
    assert (values.max() - values.min() > 250, bool((numpy.diff(values) >= 0).all())) == (True, True)
    assert abs(int(values[len(values) // 2]) - 128) < 3


@pytest.mark.parametrize("needed", [None, 32])
def test_transparency_is_flattened_on_white(needed: int | None) -> None:
    picture = Image.new("RGBA", (256, 256), (200, 0, 0, 0))
    picture.paste((0, 0, 200, 255), (0, 0, 128, 256))
    picture.paste((0, 0, 0, 128), (128, 0, 256, 128))
    image = decoded(file_of(picture, "PNG"), needed)
    at = [image.getpixel((image.width * x // 8, image.height * y // 8)) for x, y in ((1, 4), (6, 6), (6, 1))]
    assert at == [(0, 0, 200), (255, 255, 255), (127, 127, 127)]


def test_transparent_edges_keep_no_hidden_colour() -> None:
    picture = Image.new("RGBA", (256, 256), (255, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (127, 0, 256, 256))
    assert decoded(file_of(picture, "PNG"), 32).getextrema() == ((255, 255), (255, 255), (255, 255))


@pytest.mark.parametrize(("mode", "transparent"), [("P", 0), ("L", 0), ("RGB", (0, 0, 0))])
def test_a_colour_that_counts_as_transparent_is_flattened(mode: str, transparent: object) -> None:
    picture = Image.new("RGB", (64, 64))
    picture.paste((255, 0, 0), (32, 0, 64, 64))
    image = decoded(file_of(picture.convert(mode), "PNG", transparency=transparent))
    assert image.getpixel((5, 5)) == (255, 255, 255)
    assert image.getpixel((60, 5)) != (255, 255, 255)


@pytest.mark.parametrize(
    ("name", "options"), [("PNG", {}), ("WEBP", {"lossless": True}), ("GIF", {}), ("AVIF", {"quality": 95})]
)
def test_an_animation_gives_its_first_frame_and_its_length(name: str, options: dict[str, object]) -> None:
    frames = [Image.new("RGB", (64, 64), colour) for colour in ("red", "blue", "lime")]
    animation = {"save_all": True, "append_images": frames[1:], "duration": [100, 250, 400]}
    still = still_of(file_of(frames[0], name, **animation, **options), LIMITS)
    assert mean_difference(still.image, frames[0]) < 3
    assert (still.length.frames, still.length.duration) == (3, 0.75)


def test_a_still_has_one_frame_and_no_duration() -> None:
    length = still_of(file_of(photograph(), "PNG"), LIMITS).length
    assert (length.frames, length.duration) == (1, None)


def test_a_workflow_of_20_mib_does_not_keep_a_picture_closed() -> None:
    picture = photograph(64, 64)
    compressed = file_of(picture, "PNG", pnginfo=png_text(workflow="x" * 20_000_000))
    info = png_text()
    info.add_text("workflow", "x" * 20_000_000, zip=True)
    for source in (compressed, file_of(picture, "PNG", pnginfo=info)):
        assert mean_difference(decoded(source), picture) == 0


def test_strips_of_a_large_picture_fit_together() -> None:
    # 3,000 x 2,000 with a transparent value: wide enough that several strips are put together.
    rows = b"".join(b"\0" + bytes([row % 256]) * 3_000 for row in range(2_000))
    transparent = chunk(b"tRNS", b"\0\7")
    still = still_of(BytesIO(png_file(3_000, 2_000, zlib.compress(rows), transparent)), LIMITS, 100)
    means = numpy.asarray(still.image)[:, 0, 0].astype(float)
    factor = 3_000 // still.image.width
    values = [255.0 if row % 256 == 7 else row % 256 for row in range(2_000 - 2_000 % factor)]
    expected = numpy.array(values).reshape(-1, factor).mean(axis=1)
    assert numpy.abs(means[: len(expected)] - expected).max() < 1
