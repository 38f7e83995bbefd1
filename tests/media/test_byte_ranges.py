"""Byte ranges: what a header asks for, and parts of files."""

import io

import pytest

from media.byte_ranges import ByteRange, FilePart, UnsatisfiableError, read_range

DIGITS = bytes(range(48, 58))


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=3-5", (3, 6)),
        ("bytes=9-9", (9, 10)),
        ("bytes=9-99999999999", (9, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes= 1-2 ", (1, 3)),
    ],
)
def test_one_range_is_read(header: str, part: tuple[int, int]) -> None:
    assert read_range(header, 10) == part


@pytest.mark.parametrize(
    "header", ["", "bytes", "bytes=", "bytes=-", "bytes=5-3", "bytes=a-b", "bytes=1--2", "lines=0-3"]
)
def test_what_is_no_range_asks_for_the_whole(header: str) -> None:
    assert read_range(header, 10) is None


@pytest.mark.parametrize("header", ["bytes=0-1,3-4", "bytes=0-1, 0-1", "bytes=" + "9" * 5000 + "-", "bytes=٣-٤"])
def test_several_ranges_and_endless_digits_ask_for_the_whole(header: str) -> None:
    assert read_range(header, 10) is None


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=10-20", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_a_range_behind_the_end_cannot_be_had(header: str, size: int) -> None:
    with pytest.raises(UnsatisfiableError):
        read_range(header, size)


def test_a_part_reads_like_a_file_of_its_own() -> None:
    whole = io.BytesIO(DIGITS)
    part = FilePart(whole, ByteRange(2, 7))
    assert part.read() == b"23456"
    assert (part.seek(0, 2), part.read()) == (5, b"")
    assert (part.seek(1), part.read(2), part.tell()) == (1, b"34", 3)
    assert (part.seek(-1, 1), part.read(99)) == (2, b"456")
    assert part.seekable()
    assert part.readable()
    part.close()
    assert whole.closed
