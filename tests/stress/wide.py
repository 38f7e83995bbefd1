"""Measures ranks over as many nodes as a billion works have: the leaves of a million works are made that small.

    .venv/bin/python -m tests.stress.wide --rows 1000000

What a page by rank costs depends on the number of nodes, and on the rows of a leaf that it steps over. In a scratch
copy the ranking by time is built with leaves of few rows, so that there are as many as of a list that is longer by the
same factor; with inner nodes as they are, and with wider ones. Keys alone.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import NamedTuple

import django

from tests.stress import command, report
from tests.stress.databases import connected_to, scratch_copy
from tests.stress.rounds import Samples

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from content.models import ContentItem  # noqa: E402 - after setup
from genonaut.ranking import Rankings, RankQuery, Reader, TableRows, rebuild  # noqa: E402 - after setup

NAME = "wide"
ORDER = "newest"
PUBLIC = {"is_private": [False]}
PAGES = 20
SIZE = 50
LEAF_ROWS = Rankings.leaf_rows


class Shape(NamedTuple):
    """The rows of a leaf, and the leaves of an inner node."""

    leaf_rows: int
    fanout: int


SHAPES = (Shape(LEAF_ROWS, 64), Shape(20, 64), Shape(2, 64), Shape(20, 256), Shape(2, 700))


@contextmanager
def shaped(shape: Shape) -> Iterator[None]:
    """Let nodes have this shape."""
    before = Shape(Rankings.leaf_rows, Rankings.fanout)
    Rankings.leaf_rows, Rankings.fanout = shape
    try:
        yield
    finally:
        Rankings.leaf_rows, Rankings.fanout = before


def measure(url: str, rows: int) -> report.Result:
    """Build the ranking in each shape and read pages at half depth."""
    ranking = ContentItem.rankings[ORDER]
    result = []
    with scratch_copy(url) as copy, connected_to(copy):
        for shape in SHAPES:
            with shaped(shape):
                ranking.node.objects.all().delete()
                rebuild(ContentItem.rankings, [ORDER])
            inner = ranking.node.objects.filter(level=1).values("key_created_at", "key_id").distinct().count()
            result.append({**shape._asdict(), "inner": inner, "page": report.packed({"page": pages()})["page"]})
    return {"rows": rows, "shapes": result}


def pages() -> Samples:
    """Return the seconds of pages from half depth on."""
    ranking = ContentItem.rankings[ORDER]
    reader = Reader(ranking, lambda: RankQuery(ranking, PUBLIC, TableRows(ranking, PUBLIC)), NAME)
    middle = reader.totals().total // 2
    samples = Samples()
    for number in range(PAGES + 3):
        begin = perf_counter()
        reader.at_rank(middle + number, SIZE, is_descending=True)
        if number >= 3:
            samples.seconds.append(perf_counter() - begin)
    return samples


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    lines = [
        [
            f"{result['rows'] * LEAF_ROWS // shape['leaf_rows']:,}",
            f"{shape['fanout']}",
            f"{shape['inner']:,}",
            report.milliseconds(Samples(**shape["page"])),
        ]
        for shape in result["shapes"]
    ]
    return f"""Ranks over the nodes of a billion works
{result["rows"]:,} works; by leaves of fewer rows their ranking has as many nodes as that of so many works. A page of
{SIZE} keys at half depth, total included. `RANK_INDEX["FANOUT"]` is the leaves of an inner node.

{report.table(["nodes as of works", "FANOUT", "inner nodes", "page"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
