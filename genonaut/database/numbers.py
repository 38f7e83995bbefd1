"""Numbers out of the database as arrays, by COPY in its binary format:
rows of Python values take several times as long."""

from collections.abc import Iterable, Iterator, Sequence
from struct import Struct
from typing import NamedTuple

import numpy as np
from django.db import connection
from numpy.typing import NDArray

# Before the rows of the format: a signature, flags and an empty extension. Behind them stands -1, in 2 bytes.
HEADER_BYTES = 19
# Bytes that are turned into numbers at a time.
CHUNK_BYTES = 10_000_000
TYPES = {"int8": "i8", "float8": "f8"}
# A row of an id and two arrays: the number of fields and the id's length, the id, the first array's length. An array of
# one dimension begins with five numbers of 4 bytes; each element has its length before it.
LIST_START = Struct(">hiqi")
ARRAY_BYTES = 20
ELEMENT_BYTES = 12


class Lists(NamedTuple):
    """Ids, where the list of each begins (and the last ends), and the columns of all lists."""

    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    numbers: NDArray[np.int64]
    scores: NDArray[np.float64]


def read_columns(query: str, params: Sequence[object], types: Sequence[str]) -> list[NDArray]:
    """Return the columns of a query, each of a type of TYPES and never NULL. One query."""
    fields = [
        part for n, kind in enumerate(types) for part in ((f"length{n}", ">i4"), (f"value{n}", f">{TYPES[kind]}"))
    ]
    row = np.dtype([("fields", ">i2"), *fields])
    columns: list[list[NDArray]] = [[np.zeros(0, TYPES[kind])] for kind in types]
    data = bytearray()
    for part in _parts(query, params):
        data += part
        if len(data) > CHUNK_BYTES:
            _take(data, row, columns)
    _take(data, row, columns)
    return [np.concatenate(column) for column in columns]


def _take(data: bytearray, row: np.dtype, columns: list[list[NDArray]]) -> None:
    """Move the whole rows of what was read into the columns."""
    rows = np.frombuffer(bytes(data), row, count=len(data) // row.itemsize)
    del data[: len(rows) * row.itemsize]
    for number, column in enumerate(columns):
        column.append(rows[f"value{number}"].astype(column[0].dtype))


def read_lists(query: str, params: Sequence[object]) -> Lists:
    """Return the rows of a query of an id (int8) and two arrays of as many elements (int8[], float8[]), at least one.

    One query.
    """
    data = b"".join(_parts(query, params))
    ids, numbers, scores = [], [], []
    place = 0
    while place + LIST_START.size < len(data):
        _fields, _length, pk, first_bytes = LIST_START.unpack_from(data, place)
        place += LIST_START.size
        count = (first_bytes - ARRAY_BYTES) // ELEMENT_BYTES
        numbers.append(_elements(data, place, count, "i8"))
        # The second array has its own length before it.
        place += first_bytes + 4
        scores.append(_elements(data, place, count, "f8"))
        place += first_bytes
        ids.append(pk)
    starts = np.cumsum([0, *map(len, numbers)], dtype=np.int64)
    columns = (np.concatenate([np.zeros(0, kind), *parts]) for kind, parts in (("i8", numbers), ("f8", scores)))
    return Lists(np.array(ids, np.int64), starts, *columns)


def _elements(data: bytes, place: int, count: int, kind: str) -> NDArray:
    element = np.dtype([("length", ">i4"), ("value", f">{kind}")])
    return np.frombuffer(data, element, count=count, offset=place + ARRAY_BYTES)["value"].astype(kind)


def _parts(query: str, params: Sequence[object]) -> Iterator[bytes]:
    """Yield what the server sends, without the header."""
    with connection.cursor() as cursor:
        # Django's cursor that counts queries takes no parameters here.
        statement = connection.ops.compose_sql(f"COPY ({query}) TO STDOUT (FORMAT binary)", params)
        with cursor.copy(statement) as copy:
            yield from _without_header(copy)


def _without_header(parts: Iterable[bytes]) -> Iterator[bytes]:
    is_first = True
    for part in parts:
        yield bytes(part)[HEADER_BYTES:] if is_first else bytes(part)
        is_first = False
