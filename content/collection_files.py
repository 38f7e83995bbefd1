"""Files of items to import: JSON Lines or CSV, plain or gzip, read line by line so that any size fits."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from content.records import BadRecord

LINE_BYTES = 16 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
# Cells of these columns are JSON (a number, true/false, an object, a list); the rest are text.
JSON_COLUMNS = frozenset({"quality_score", "is_private", "seed", "metadata"})
TAG_SEPARATOR = ";"


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a file: what it holds, or what is wrong with it."""

    number: int
    value: object = None
    problem: str = ""


class CollectionFile:
    """One file to import; iterating gives its lines, and `position` tells how many of its `size` bytes are read.

    Both count compressed bytes where the file is compressed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self.position = 0

    def __iter__(self) -> Iterator[Line]:
        """Read the file; a compressed one that is cut off or damaged ends with a line that says so."""
        number = 0
        with self.path.open("rb") as stream:
            is_gzip = stream.peek(2)[:2] == GZIP_MAGIC
            content = gzip.GzipFile(fileobj=stream) if is_gzip else stream
            lines = csv_lines(content) if self.is_csv() else json_lines(content)
            try:
                for line in lines:
                    number, self.position = line.number, stream.tell()
                    yield line
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                yield Line(number + 1, problem=f"the compressed file is cut off or damaged from here on: {error}")

    def is_csv(self) -> bool:
        """Tell by the name: `.csv` or `.csv.gz`, in any case; everything else is JSON Lines."""
        return self.path.name.lower().removesuffix(".gz").endswith(".csv")


def raw_lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Read lines; of one longer than LINE_BYTES only its start, one byte more than allowed."""
    while line := stream.readline(LINE_BYTES + 1):
        rest = line
        while len(rest) > LINE_BYTES and not rest.endswith(b"\n"):
            rest = stream.readline(LINE_BYTES + 1)
        yield line


def json_lines(stream: IO[bytes]) -> Iterator[Line]:
    """Read one JSON value a line; blank lines are passed over."""
    for number, line in enumerate(raw_lines(stream), 1):
        if not line.strip():
            continue
        try:
            yield Line(number, json_value(line))
        except BadRecord as problem:
            yield Line(number, problem=str(problem))


def json_value(line: bytes) -> object:
    """Return the value that a line of JSON holds; raise BadRecord if it is none."""
    if len(line) > LINE_BYTES:
        raise BadRecord(f"longer than {LINE_BYTES:,} bytes")
    try:
        return json.loads(line.rstrip().decode("utf-8-sig"), parse_constant=refuse_constant)
    except UnicodeDecodeError as error:
        raise BadRecord(f"not UTF-8 (byte {error.start + 1} of the line)") from None
    except RecursionError:
        raise BadRecord("JSON nested too deep") from None
    except ValueError as error:
        raise BadRecord(f"not valid JSON: {fault(error)}") from None


def fault(error: ValueError) -> str:
    """Return what is wrong with JSON, and at which character."""
    return f"{error.msg} (character {error.pos + 1})" if isinstance(error, json.JSONDecodeError) else str(error)


def refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads but JSON does not have."""
    raise BadRecord(f"not valid JSON: {name} is no JSON number")


def csv_lines(stream: IO[bytes]) -> Iterator[Line]:
    """Read the rows below the header as objects of the header's names; an empty cell is a field left out."""
    csv.field_size_limit(LINE_BYTES)
    # Bytes that are not UTF-8 become lone surrogates here, which no record may hold: that row alone is refused.
    text = (line.decode("utf-8", errors="surrogateescape") for line in raw_lines(stream))
    reader = csv.reader(text, strict=True)
    header: list[str] | None = None
    while True:
        number = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield Line(number, problem=f"not valid CSV: {error}")
            continue
        if header is None:
            header = [name.strip().lower() for name in row]
            header[:1] = [name.removeprefix("\ufeff") for name in header[:1]]
        elif row:
            yield csv_line(number, header, row)


def csv_line(number: int, header: list[str], row: list[str]) -> Line:
    """Return a row as an object."""
    if len(set(header)) != len(header):
        return Line(number, problem="the header names a column twice")
    if len(row) != len(header):
        return Line(number, problem=f"{len(row)} columns where the header has {len(header)}")
    try:
        cells = zip(header, row, strict=True)
        return Line(number, {name: cell_value(name, cell) for name, cell in cells if cell.strip()})
    except BadRecord as problem:
        return Line(number, problem=str(problem))


def cell_value(column: str, cell: str) -> object:
    """Return what a cell holds; raise BadRecord if it is no JSON where JSON is due."""
    if column == "tags" and not cell.lstrip().startswith("["):
        return [tag for tag in cell.split(TAG_SEPARATOR) if tag.strip()]
    if column not in JSON_COLUMNS and column != "tags":
        return cell
    try:
        return json.loads(cell.lower() if column == "is_private" else cell, parse_constant=refuse_constant)
    except RecursionError:
        raise BadRecord(f"{column}: JSON nested too deep") from None
    except ValueError as error:
        raise BadRecord(f"{column}: not valid JSON: {fault(error)}") from None
