"""Files of items to import: JSON Lines or CSV, plain or gzip, read line by line so that any size fits."""

import gzip
import json
import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO

from content.file_texts import (
    HEAD_BYTES,
    LINE_BYTES,
    Line,
    UnreadableFile,
    check_encoding,
    encoding_of,
    is_too_long,
    open_text,
    text_lines,
)
from content.importing.csv_rows import Table, fault, is_header, refuse_constant
from content.importing.records import BadRecord

GZIP_MAGIC = b"\x1f\x8b"
DAMAGES = (EOFError, zlib.error, gzip.BadGzipFile)
TABLE_ENDINGS = (".csv", ".tsv", ".tab")


class CollectionFile:
    """One file to import; iterating gives its lines, and `position` tells how many of its `size` bytes are read.

    Both count compressed bytes where the file is compressed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.position = 0

    def __iter__(self) -> Iterator[Line]:
        """Read the file; one that is cut off or damaged ends with a line that says so. Raises UnreadableFile."""
        number = 0
        try:
            with self.path.open("rb") as stream:
                encoding = self._encoding(stream)
                with open_text(uncompressed(stream), encoding) as text:
                    for line in self._lines(text_lines(text)):
                        number, self.position = line.number, stream.tell()
                        yield line
        except DAMAGES as error:
            yield Line(number + 1, problem=f"the compressed file is cut off or damaged from here on: {error}")
        except UnicodeDecodeError as error:
            yield Line(number + 1, problem=f"the file is cut off or damaged from here on: {error.encoding} ends")
        except OSError as error:
            raise UnreadableFile(f"it cannot be read: {error.strerror}") from error

    def _encoding(self, stream: IO[bytes]) -> str:
        """Return the encoding of the file, and be back at its start."""
        try:
            encoding = encoding_of(uncompressed(stream).read(HEAD_BYTES))
            stream.seek(0)
            if encoding.startswith("utf-8"):
                check_encoding(uncompressed(stream))
        except DAMAGES:
            # Said once the lines before the damage are read.
            encoding = "utf-8"
        stream.seek(0)
        return encoding

    def _lines(self, lines: Iterator[str]) -> Iterator[Line]:
        """Read the lines as a table or as JSON, by the file's name, else by its first line."""
        first = next(lines, "")
        every = chain([first], lines) if first else lines
        name = self.path.name.lower().removesuffix(".gz")
        return iter(Table(every)) if name.endswith(TABLE_ENDINGS) or is_header(first) else json_lines(every)


def uncompressed(stream: IO[bytes]) -> IO[bytes]:
    """Return the content of a file, compressed or not."""
    return gzip.GzipFile(fileobj=stream) if stream.peek(2)[:2] == GZIP_MAGIC else stream


def json_lines(lines: Iterator[str]) -> Iterator[Line]:
    """Read one JSON value a line; blank lines are passed over. Raises UnreadableFile for JSON over several lines."""
    for number, line in enumerate(lines, 1):
        text = line.strip("\ufeff\r\n\t ")
        if number == 1 and (text in ("[", "{") or (text.startswith("[{") and text.endswith(("{", ",")))):
            kind = "an array" if text[0] == "[" else "an object"
            raise UnreadableFile(f"this is {kind} over several lines: JSON Lines have one object in each (jq -c)")
        if not text:
            continue
        try:
            yield Line(number, json_value(text))
        except BadRecord as problem:
            yield Line(number, problem=str(problem))


def json_value(line: str) -> object:
    """Return the value that a line of JSON holds; raise BadRecord if it is none."""
    if is_too_long(line):
        raise BadRecord(f"longer than {LINE_BYTES:,} bytes")
    try:
        return json.loads(line, parse_constant=refuse_constant)
    except RecursionError:
        raise BadRecord("JSON nested too deep") from None
    except ValueError as error:
        raise BadRecord(f"not valid JSON: {fault(error)}") from None
