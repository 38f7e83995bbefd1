"""The text of a file to import, whatever program wrote it: which encoding it is in, and whether it is text at all."""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, TextIO

LINE_BYTES = 16 * 1024 * 1024
BLOCK_BYTES = 1024 * 1024
HEAD_BYTES = 4096
TO_CSV = "save it as “CSV UTF-8”"
# How files begin that are no text.
OTHER_KINDS = {
    b"PK\x03\x04": f"a workbook (xlsx, ods) or a zip archive: {TO_CSV}",
    b"PK\x05\x06": "an empty zip archive",
    b"\xd0\xcf\x11\xe0": f"a workbook (xls): {TO_CSV}",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"RIFF": "a WebP picture or another media file",
    b"%PDF": "a PDF",
    b"BZh": "compressed by bzip2: only gzip is read",
    b"\xfd7zXZ": "compressed by xz: only gzip is read",
    b"\x28\xb5\x2f\xfd": "compressed by zstd: only gzip is read",
    b"7z\xbc\xaf": "a 7z archive",
}
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class UnreadableFile(ValueError):
    """A file of which nothing can be imported; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a file: what it holds, or what is wrong with it."""

    number: int
    value: object = None
    problem: str = ""


def encoding_of(head: bytes) -> str:
    """Return the encoding of a text that begins so. Raises UnreadableFile if it is none."""
    for start, kind in OTHER_KINDS.items():
        if head.startswith(start):
            raise UnreadableFile(f"this is {kind}")
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if head.startswith(mark):
            return encoding
    # Every file to import begins with some ASCII; in UTF-16 every other byte of that is NUL.
    for encoding, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if len(head) > 3 and not any(head[first:8:2]) and all(head[1 - first : 8 : 2]):
            return encoding
    if b"\0" in head.partition(b"\n")[0]:
        raise UnreadableFile("this is no text: its first line has NUL bytes")
    return "utf-8"


def undecodable_lines(stream: IO[bytes]) -> tuple[int, int]:
    """Return how many lines are not UTF-8, and the number of the first; reads a file that is all UTF-8 fast."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = stream.tell()
    try:
        while block := stream.read(BLOCK_BYTES):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        stream.seek(start)
        wrong = [number for number, line in enumerate(stream, 1) if not is_utf8(line)]
        return len(wrong), wrong[0]
    return 0, 0


def is_utf8(line: bytes) -> bool:
    """Return whether a line is UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def check_encoding(stream: IO[bytes]) -> None:
    """Refuse a file of another encoding than UTF-8. Raises UnreadableFile.

    A single line that is not UTF-8 is damage, and refused alone; more of them are another encoding, which could only be
    guessed: names would be imported wrong.
    """
    count, first = undecodable_lines(stream)
    if count > 1:
        raise UnreadableFile(f"this is not UTF-8, from line {first} on and in {count:,} lines of it: {TO_CSV}")


def open_text(stream: IO[bytes], encoding: str) -> TextIO:
    """Return the file's text; bytes that are not UTF-8 become lone surrogates, which no record may hold."""
    errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
    return io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")


def text_lines(text: TextIO) -> Iterator[str]:
    """Read lines, which end with \\n, \\r or both; of one longer than LINE_BYTES only its start, itself too long."""
    while line := text.readline(LINE_BYTES + 1):
        rest = line
        while len(rest) > LINE_BYTES and rest[-1] not in "\r\n":
            rest = text.readline(LINE_BYTES + 1)
        yield line


def is_too_long(line: str) -> bool:
    """Return whether a line is longer than LINE_BYTES; most lines are too short to be counted."""
    return len(line) > LINE_BYTES // 4 and len(line.encode(errors="surrogateescape")) > LINE_BYTES
