"""Files that are too large, cut off, or not what they say: one named error, before they cost anything."""

import struct
import zlib
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from media.pictures.decoding import still_of
from media.pictures.limits import DamagedError, Limits, PictureError, TooLargeError, UnsupportedError
from media.pictures.stripping import strip
from tests.media.pictures.samples import chunk, file_of, photograph, png_file, png_text
from tests.processor_time import takes_less

LIMITS = Limits()
FORMATS = ("PNG", "JPEG", "WEBP", "AVIF", "GIF")
SEEDS = {name: file_of(photograph(48, 48), name).getvalue() for name in FORMATS}


def webp_that_declares(width: int, height: int) -> bytes:
    """Return a WebP whose canvas has a size that its small frame does not fill."""
    canvas = b"\0\0\0\0" + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + struct.pack("<I", 10) + canvas + SEEDS["WEBP"][12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.mark.parametrize(
    "content",
    [
        png_file(65_000, 65_000, zlib.compress(b"")),
        png_file(2**31 - 1, 2**31 - 1, zlib.compress(b"")),
        webp_that_declares(16_383, 16_383),
        SEEDS["GIF"][:6] + b"\xff\xff\xff\xff" + SEEDS["GIF"][10:],
    ],
    ids=["png", "largest png", "webp", "gif"],
)
@pytest.mark.parametrize("read", [lambda file: still_of(file, LIMITS, 320), strip])
def test_a_file_that_declares_too_many_pixels_is_refused(content: bytes, read: object) -> None:
    with pytest.raises(TooLargeError, match="pixels, more than the allowed 100,000,000"):
        read(BytesIO(content))


def test_900_megapixels_of_nothing_are_refused_before_they_are_unpacked() -> None:
    row = b"\0" + bytes(30_000)
    packer = zlib.compressobj(1)
    pixels = b"".join(packer.compress(row) for _ in range(30_000)) + packer.flush()
    assert len(pixels) < 5_000_000
    file = png_file(30_000, 30_000, pixels)

    def refuse() -> None:
        with pytest.raises(TooLargeError, match="30,000 x 30,000"):
            still_of(BytesIO(file), LIMITS, 320)

    assert takes_less(refuse, 0.5)


def test_limits_are_those_of_the_caller() -> None:
    file = file_of(photograph(64, 64), "PNG")
    for limits, message in ((Limits(pixels=4_095), "64 x 64 pixels"), (Limits(bytes=100), "bytes, more than the al")):
        with pytest.raises(TooLargeError, match=message):
            still_of(file, limits)
    assert still_of(file, Limits(pixels=4_096)).width == 64


@pytest.mark.parametrize("name", ["PNG", "WEBP", "GIF", "AVIF"])
def test_an_animation_of_too_many_frames_is_refused(name: str) -> None:
    frames = [Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in range(0, 250, 50)]
    file = file_of(frames[0], name, save_all=True, append_images=frames[1:], duration=100)
    assert still_of(file, Limits(frames=5)).length.frames == 5
    for read in (still_of, strip):
        with pytest.raises(TooLargeError, match="has 5 frames, more than the allowed 4"):
            read(file, Limits(frames=4))


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_that_is_cut_off_is_damaged(name: str) -> None:
    content = file_of(photograph(), name).getvalue()
    for read in (lambda file: still_of(file, LIMITS, 320), strip):
        with pytest.raises(DamagedError, match=r"^is damaged: ."):
            read(BytesIO(content[: len(content) // 2]))


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n", b"RIFF", b"text", b"<svg/>", b"BM" + bytes(60)])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    for read in (lambda file: still_of(file, LIMITS, 320), strip):
        with pytest.raises((UnsupportedError, DamagedError)):
            read(BytesIO(content))


def test_texts_that_unpack_to_too_much_are_refused() -> None:
    info = png_text()
    info.add_text("workflow", "x" * 40_000_000, zip=True)
    with pytest.raises(DamagedError, match="Decompressed data too large"):
        still_of(file_of(photograph(64, 64), "PNG", pnginfo=info), LIMITS)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_bytes_that_are_changed_give_a_picture_or_a_named_error(name: str, data: st.DataObject) -> None:
    content = bytearray(SEEDS[name])
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=6)):
        content[place] = data.draw(st.integers(0, 255))
    for read in (lambda file: still_of(file, Limits(pixels=1_000_000), 20), lambda file: strip(file, Limits(10_000))):
        try:
            read(BytesIO(bytes(content)))
        except PictureError as error:
            assert str(error)


def test_an_unknown_chunk_is_passed_over() -> None:
    picture = photograph(32, 32)
    content = file_of(picture, "PNG").getvalue()
    end = content.rindex(b"IEND") - 4
    with_more = content[:end] + chunk(b"comf", b"prompt\0{}") + content[end:]
    assert still_of(BytesIO(with_more), LIMITS).image.tobytes() == picture.tobytes()
