"""Files that are cut off, that lie about their lengths, and that are meant to exhaust their reader."""

import io
import struct
import zlib
from collections.abc import Callable

import pytest

from media.generation_data.blocks import Carrier, Facts
from media.generation_data.carriers import DamagedFileError, UnknownFormatError, read_facts, read_stealth
from tests.media.generation_data import files
from tests.processor_time import least_seconds, takes_less
from tests.stress import fuzz_generation_data as fuzz

MEGABYTE = 1 << 20
MUTATIONS = 2_000
# At every length up to here, then at some: all headers and texts of the files lie within.
DENSE_BYTES = 1_200
SPARSE_STEP = 197


class Counted(io.BytesIO):
    """A file that counts the bytes that are read from it."""

    bytes_read = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read and count."""
        data = super().read(size)
        self.bytes_read += len(data)
        return data


def facts(data: bytes) -> Facts:
    """Return the facts of a file."""
    return read_facts(io.BytesIO(data))


def damage(data: bytes) -> str:
    """Return how reading a file ends."""
    try:
        return "; ".join(facts(data).warnings)
    except (DamagedFileError, UnknownFormatError) as error:
        return type(error).__name__


@pytest.mark.parametrize("name", fuzz.samples())
def test_a_file_cut_off_at_any_length_is_read_or_refused(name: str) -> None:
    data = fuzz.samples()[name]
    whole = {(block.carrier, block.key): block.data for block in facts(data).blocks}
    for length in [*range(min(len(data), DENSE_BYTES)), *range(DENSE_BYTES, len(data), SPARSE_STEP)]:
        try:
            known = facts(data[:length])
        except (DamagedFileError, UnknownFormatError):
            continue
        # A block that is there is there as a whole.
        assert all(whole[block.carrier, block.key] == block.data for block in known.blocks)


def test_mutated_files_are_read_or_refused() -> None:
    ends = fuzz.run(0, MUTATIONS)
    assert sum(ends.values()) == MUTATIONS
    assert min(ends[end] for end in ("read", "warnings", "DamagedFileError", "UnknownFormatError")) > MUTATIONS // 50


@pytest.mark.parametrize(
    ("data", "end"),
    [
        (files.png()[:20], "DamagedFileError"),
        (files.png()[:8], "DamagedFileError"),
        (files.png(size=(0, 5)), "DamagedFileError"),
        (files.png(size=(2**31, 5), pixels=b""), "DamagedFileError"),
        (files.jpeg()[:4], "DamagedFileError"),
        (files.saved("WEBP")[:16], "DamagedFileError"),
        (files.saved("AVIF")[:40], "DamagedFileError"),
        (files.mp4()[:90], "DamagedFileError"),
        (files.webm({})[:60], "DamagedFileError"),
        (files.wav()[:20], "DamagedFileError"),
        (files.opus({})[:30], "UnknownFormatError"),
        (files.id3((b"TIT2", b"\3x")), "DamagedFileError"),
        (b"OggS" + bytes(60), "DamagedFileError"),
        (b"<svg width='3'", "DamagedFileError"),
    ],
)
def test_a_file_without_its_size_is_refused(data: bytes, end: str) -> None:
    assert damage(data) in (end, "DamagedFileError")


@pytest.mark.parametrize(
    ("data", "warning"),
    [
        (files.png(struct.pack(">I", 2**32 - 1) + b"tEXt" + bytes(9)), "A chunk of the PNG file is damaged"),
        (files.png(struct.pack(">I", 900) + b"tEXtkey\0value"), "A chunk tEXt is cut off."),
        (files.png(struct.pack(">I", 9) + b"\0\1\2\3" + bytes(20)), "A chunk of the PNG file is damaged"),
        (files.png(files.chunk(b"zTXt", b"k\0\0no zlib")), "A chunk zTXt is damaged"),
        (files.png(files.chunk(b"iTXt", b"k\0\1\0\0\0" + zlib.compress(b"x" * 99)[:-5])), "A chunk iTXt is cut off."),
        (files.png(files.chunk(b"eXIf", b"II*\0\xff\xff\xff\xff")), "The EXIF block is damaged or cut off."),
        (files.png(files.chunk(b"eXIf", b"PNG?")), "The EXIF block is no TIFF."),
        (files.png(files.chunk(b"eXIf", files.comment_exif(bytes(90))[:-3])), "The EXIF tag 9286 is cut off."),
        (files.mp4(struct.pack(">I", 2**31) + b"udta"), "A box is damaged or cut off."),
        (files.mp4(struct.pack(">I", 3) + b"udta"), "A box is damaged or cut off."),
        (files.flac({b"a": b"b"}).replace(b"\3\0\0\0a=b", b"\xff\0\0\0a=b"), "The block of comments is damaged"),
        (files.gif()[:-9], "The GIF is cut off, damaged, or over the limit."),
        (files.saved("WEBP") [:-4], "The RIFF file is cut off."),
        (files.svg(b"<![CDATA[x"), "The metadata of the SVG file are cut off."),
        (files.wav((b"LIST", b"INFOICMT\xff\0\0\0")), "A list is damaged."),
        (files.mp3(files.id3((b"TIT2", b"\3x")).replace(b"TIT2\0\0\0\2", b"TIT2\0\0\x7f\2")), "The ID3 tag is damaged"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_block_is_a_warning(data: bytes, warning: str) -> None:
    known = facts(data)
    assert (known.warnings[0].startswith(warning), known.blocks) == (True, ())


def test_pixels_are_not_read() -> None:
    tail = files.chunk(b"comf", b"prompt\0{}")
    picture = Counted(files.png(after=files.chunk(b"IDAT", bytes(3 * MEGABYTE)) * 2 + tail))
    movie = Counted(files.mp4(files.key_tags({b"prompt": b"{}"}), frames=bytes(3 * MEGABYTE)))
    for file in (picture, movie):
        assert [block.key for block in read_facts(file).blocks] == ["prompt"]
        assert file.bytes_read < 64_000


def test_a_text_of_one_and_a_half_megabytes() -> None:
    workflow = b'{"nodes": [' + b'{"id": 1}, ' * 140_000 + b"0]}"
    for is_packed in (False, True):
        known = facts(files.png(files.international_text(b"workflow", workflow, is_packed)))
        assert (known.blocks[0].data, known.warnings) == (workflow, ())
    assert [block.data for block in facts(files.mp4(files.key_tags({b"workflow": workflow}))).blocks] == [workflow]


def test_decompressed_texts_end_at_their_limits() -> None:
    bomb = files.international_text(b"bomb", bytes(17 * MEGABYTE), True)
    known = facts(files.png(bomb + files.text(b"next", b"x")))
    assert ([block.key for block in known.blocks], len(known.warnings)) == (["next"], 1)
    large = files.international_text(b"large", bytes(15 * MEGABYTE), True)
    known = facts(files.png(large * 9))
    assert (len(known.blocks), len(known.warnings)) == (4, 1)


def test_many_bombs_cost_no_more_than_some() -> None:
    bomb = files.international_text(b"bomb", bytes(17 * MEGABYTE), True)
    cut = files.chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(15 * MEGABYTE))[:-9] + bytes(9))
    many = files.png((bomb + cut) * 100)
    assert takes_less(lambda: [block.text for block in facts(many).blocks], 2)


def test_many_blocks_end_at_their_limit() -> None:
    known = facts(files.png(files.text(b"a", b"b") * 5_000))
    assert (len(known.blocks), len(known.warnings)) == (4_000, 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda size: files.png(files.chunk(b"abCd", b"") * (size // 12)),
        lambda size: files.jpeg(b"\xff" * size),
        lambda size: files.jpeg(files.segment(0xFE, b"") * (size // 4)),
        lambda size: files.mp4(files.box(b"udta", files.box(b"\xa9cmt", b"") * (size // 8))),
        lambda size: files.mp4(files.box(b"trak") * (size // 8)),
        lambda size: b"\x1a\x45\xdf\xa3\x80\x18\x53\x80\x67\xff" + b"\xec\x80" * (size // 2),
        lambda size: files.gif()[:-1] + b"\x21\xfe\0" * (size // 3),
        lambda size: b"fLaC\0\0\0\x22" + bytes(34) + b"\1\0\0\0" * (size // 4),
        lambda size: files.mp3(b"\xff" * size),
        lambda size: files.mp3(b"ID3\4\0\0" + files.seven_bits(size) + b"TXXX\0\0\0\0\0\0" * (size // 10)),
        lambda size: files.pages([b"OpusHead" + bytes(11)], [0]) + b"OggS" + bytes(23) * (size // 23),
        lambda size: b"OggS" * (size // 4),
        lambda size: files.svg(b"<metadata" * (size // 9)),
        lambda size: b"<!---->" * (size // 7),
        lambda size: b"<svg " + b"a='' " * (size // 5) + b">" + b"<metadata/>" * (size // 11),
        lambda size: files.svg(b"<![CDATA[</metadata>" * (size // 20)),
        lambda size: files.svg(b"<![CDATA[</metadata>]]>" * (size // 23)),
        lambda size: "é".encode() * (size // 2),
        lambda size: files.png(files.text(b"a", b"\xe9" * size)),
        lambda size: files.png(
            files.chunk(b"eXIf", files.comment_exif(b"UNICODE\0" + "夜".encode("utf-16-be") * (size // 2)))
        ),
    ],
)
def test_time_is_linear(make: Callable[[int], bytes]) -> None:
    def spent(size: int) -> float:
        data = make(size)
        return least_seconds(lambda: damage(data))

    short, long = spent(100_000), spent(200_000)
    # What takes some milliseconds is not measured exactly; squares of 200,000 take minutes.
    assert long < max(3 * short, 1)


def test_boxes_in_boxes_do_not_exhaust_the_stack() -> None:
    nested = b""
    for _ in range(5_000):
        nested = files.box(b"stbl", nested)
    assert damage(files.mp4(files.box(b"trak", files.box(b"mdia", files.box(b"minf", nested))))) == ""
    tags = b""
    for _ in range(3_000):
        tags = b"\x67\xc8" + (len(tags) | 1 << 56).to_bytes(8, "big") + tags
    assert damage(files.webm({}) + files.element(0x1254C367, files.element(0x7373, tags))) == ""


def test_an_item_without_numbers_is_not_counted_out() -> None:
    places = bytes(4) + b"\0\0" + struct.pack(">H", 500) + struct.pack(">HHH", 1, 0, 65_535) * 500
    meta = files.box(b"meta", bytes(4), files.box(b"iloc", places))
    file = files.box(b"ftyp", b"avif", bytes(4)) + meta
    assert damage(file) == "DamagedFileError"
    assert takes_less(lambda: damage(file), 0.5)


def test_durations_that_are_none() -> None:
    nan = files.webm({}).replace(struct.pack(">d", 3000), struct.pack(">d", float("nan")))
    no_scale = files.mp4().replace(struct.pack(">II", 1000, 2500), struct.pack(">II", 0, 2500))
    assert [facts(data).duration for data in (nan, no_scale)] == [None, None]


def test_stealth_of_too_many_pixels_is_not_looked_for() -> None:
    data = files.png(size=(40_001, 1_000), pixels=b"")
    assert read_stealth(io.BytesIO(data), facts(data)) is None
    # What its length says does not count.
    small = files.png(files.text(b"a", b"b"))
    wrong = facts(small)
    assert (wrong.blocks[0].carrier, read_stealth(io.BytesIO(small), wrong)) == (Carrier.PNG_TEXT, None)
