"""Numbers as arrays: what COPY's binary format says is what rows of Python values say."""

import numpy as np
import pytest
from django.db import connection

from genonaut.database import numbers
from genonaut.database.numbers import read_columns, read_lists

ROWS = "SELECT n::int8, (n - 2.5)::float8 FROM generate_series(1, %s) AS n"


@pytest.mark.parametrize("rows", [0, 1, 5, 1_000])
def test_columns_are_those_of_the_rows_however_they_are_cut(
    db: None, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(numbers, "CHUNK_BYTES", 100)
    whole, parts = read_columns(ROWS, [rows], ("int8", "float8"))
    assert (whole.dtype, parts.dtype) == (np.int64, np.float64)
    assert (whole.tolist(), parts.tolist()) == (list(range(1, rows + 1)), [n - 2.5 for n in range(1, rows + 1)])


def test_lists_are_those_of_the_rows(db: None) -> None:
    query = """SELECT n::int8, ARRAY(SELECT generate_series(1, n))::int8[], ARRAY(SELECT m / 4.0 FROM
    generate_series(1, n) AS m)::float8[] FROM generate_series(1, %s) AS n"""
    lists = read_lists(query, [3])
    with connection.cursor() as cursor:
        cursor.execute(query, [3])
        rows = cursor.fetchall()
    spans = list(zip(lists.starts[:-1], lists.starts[1:], strict=True))
    assert [
        (pk, lists.numbers[a:b].tolist(), lists.scores[a:b].tolist())
        for pk, (a, b) in zip(lists.ids.tolist(), spans, strict=True)
    ] == rows
    assert read_lists(query, [0]).starts.tolist() == [0]
