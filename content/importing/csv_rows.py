"""Rows of CSV as spreadsheets write it: any usual delimiter, any spelling of the header, decimal commas."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NoReturn

from content.file_texts import LINE_BYTES, Line, UnreadableFile
from content.importing.records import CHECKS, TATE_FIELDS, TATE_ONLY, BadRecord

# Cells of these columns are JSON (a number, true/false, an object, a list); the rest are text.
JSON_COLUMNS = frozenset({"quality_score", "is_private", "metadata"})
TAG_SEPARATOR = ";"
DELIMITERS = ",;\t|"
KNOWN = frozenset(CHECKS) | TATE_FIELDS
# The line by which Excel is told the delimiter, and which it writes itself.
SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
DECIMAL_COMMA = re.compile(r"\d*,\d+")
# Of the whole process, which has no other limit to keep.
csv.field_size_limit(LINE_BYTES)


class Table:
    """Rows below a header; `line_number` is the number of the last line that was read. Raises UnreadableFile."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = iter(lines)
        self.skipped = 0
        first = self._next_line()
        named = SEPARATOR_LINE.fullmatch(first.strip("\ufeff\r\n"))
        if named:
            first = self._next_line()
        delimiter = named[1] if named else best_delimiter(first)
        self.reader = csv.reader(chain([first], self.lines), delimiter=delimiter, strict=True)
        self.header = self._read_header(first)

    @property
    def line_number(self) -> int:
        """The number of the last line that was read."""
        return self.skipped + self.reader.line_num

    def _next_line(self) -> str:
        """Return the next line that is not blank, the empty text at the end."""
        for line in self.lines:
            if line.strip("\ufeff\r\n\t ,;|"):
                # The reader counts this one.
                return line
            self.skipped += 1
        return ""

    def _read_header(self, first: str) -> list[str]:
        try:
            header = [column_name(cell) for cell in next(self.reader, [])]
        except csv.Error as error:
            raise UnreadableFile(f"its header is not valid CSV: {error}") from None
        names = [name for name in header if name]
        if not names:
            return header
        if "title" not in names:
            hint = (
                "it looks like JSON: name it .jsonl" if first.lstrip("\ufeff ")[:1] in ("{", "[") else f"{first[:60]!r}"
            )
            raise UnreadableFile(f"no column is named title; its first line: {hint}")
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise UnreadableFile(f"the header names a column twice: {twice}")
        known = TATE_FIELDS if TATE_ONLY.intersection(names) else CHECKS.keys()
        if unknown := [name for name in names if name not in known]:
            raise UnreadableFile(f"the header has an unknown field: {', '.join(unknown)[:100]}")
        return header

    def __iter__(self) -> Iterator[Line]:
        """Read the rows below the header as objects of the header's names; an empty cell is a field left out."""
        while True:
            number = self.line_number + 1
            try:
                row = next(self.reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield Line(number, problem=self._problem(number, error))
                continue
            if any(cell.strip() for cell in row):
                yield self._line(number, row)

    def _problem(self, number: int, error: csv.Error) -> str:
        if self.line_number == number:
            return f"not valid CSV: {error}"
        lost = f"{self.line_number - number + 1:,} lines, to line {self.line_number:,}, were not read"
        return f"not valid CSV, a quote is not closed where it should be ({error}): {lost}"

    def _line(self, number: int, row: list[str]) -> Line:
        width = len(self.header)
        if len(row) < width or any(cell.strip() for cell in row[width:]):
            spans = f" (the row ends on line {self.line_number:,})" if self.line_number > number else ""
            return Line(number, problem=f"{len(row)} columns where the header has {width}{spans}")
        cells = [(name, cell) for name, cell in zip(self.header, row, strict=False) if cell.strip()]
        if any(not name for name, _ in cells):
            return Line(number, problem="a cell stands below no name of the header")
        try:
            return Line(number, {name: cell_value(name, cell) for name, cell in cells})
        except BadRecord as problem:
            return Line(number, problem=str(problem))


def best_delimiter(header: str) -> str:
    """Return the delimiter by which a header names most fields, then has most columns."""
    return max(DELIMITERS, key=lambda delimiter: known_names(header, delimiter))


def known_names(header: str, delimiter: str) -> tuple[int, int]:
    """Return how many fields a header names, and how many columns it has."""
    names = names_in(header, delimiter)
    return len(KNOWN.intersection(names)), len(names)


def names_in(header: str, delimiter: str) -> list[str]:
    """Return the names in a line, none if it is not CSV."""
    try:
        return [column_name(cell) for cell in next(csv.reader([header], delimiter=delimiter), [])]
    except csv.Error:
        return []


def column_name(cell: str) -> str:
    """Return the field that a cell of the header names, in whatever case, with spaces or hyphens for underscores."""
    return re.sub(r"[\s-]+", "_", cell.strip("\ufeff \t\r\n\xa0").lower())


def is_header(line: str) -> bool:
    """Return whether a line could be the header of a table, and not JSON."""
    return line.lstrip("\ufeff ")[:1] not in ("{", "[") and "title" in names_in(line, best_delimiter(line))


def cell_value(column: str, cell: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a cell holds; raise BadRecord if it is no JSON where JSON is due."""
    if column == "tags" and not cell.lstrip().startswith("["):
        return [tag for tag in cell.split(TAG_SEPARATOR) if tag.strip()]
    if column not in JSON_COLUMNS and column != "tags":
        return cell
    if column == "quality_score" and DECIMAL_COMMA.fullmatch(cell.strip()):
        whole, part = cell.strip().split(",")
        cell = f"{whole or 0}.{part}"
    try:
        return json.loads(cell.lower() if column == "is_private" else cell, parse_constant=refuse_constant)
    except RecursionError:
        raise BadRecord(f"{column}: JSON nested too deep") from None
    except ValueError as error:
        raise BadRecord(f"{column}: not valid JSON: {fault(error)}") from None


def fault(error: ValueError) -> str:
    """Return what is wrong with JSON, and at which character."""
    return f"{error.msg} (character {error.pos + 1})" if isinstance(error, json.JSONDecodeError) else str(error)


def refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and Infinity, which Python reads but JSON does not have."""
    raise BadRecord(f"not valid JSON: {name} is no JSON number")
