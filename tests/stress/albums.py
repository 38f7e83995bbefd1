"""Measures an album of all public works, four fifths of --rows, against a gallery of as many.

    .venv/bin/python -m tests.stress.albums --rows 1250000

Pages as HTML and as JSON; the works are in an order of chance. The album is deleted at the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from time import perf_counter

import psycopg

from tests.stress import command, report
from tests.stress.rounds import interleaved
from tests.stress.servers import serving
from tests.stress.systems import OUR_SERVER, last_full_page

NAME = "albums"
ROUNDS = 40
CELL_SECONDS = 20
# In an order of chance, in batches as a worker adds them, far enough apart for others between.
FILL = """
INSERT INTO albums_albumitem (album_id, content_id, position, note, audience, added_at)
SELECT %s, id, -1073741824 * (hashint8(id)::bigint + 2147483649), '', 2, now() FROM content_contentitem
WHERE NOT is_private AND level = 0 AND id > %s AND id <= %s
"""
BATCH_IDS = 50_000
PAGES = ("page 1", "half depth", "last page")


@contextmanager
def album_of_all(url: str) -> Iterator[tuple[int, int, float]]:
    """Make a public album of all public works; yield its id, its works and the seconds of adding them."""
    with psycopg.connect(url, autocommit=True) as connection:
        (pk,) = connection.execute(
            "INSERT INTO albums_album (owner_id, title, notes, query, is_public, created_at, updated_at)"
            " SELECT min(id), 'All', '', '', true, now(), now() FROM users_user RETURNING id"
        ).fetchone()
        try:
            (last,) = connection.execute("SELECT max(id) FROM content_contentitem").fetchone()
            begin = perf_counter()
            added = sum(
                connection.execute(FILL, [pk, first, first + BATCH_IDS]).rowcount for first in range(0, last, BATCH_IDS)
            )
            seconds = perf_counter() - begin
            connection.execute("VACUUM ANALYZE albums_albumitem")
            yield pk, added, seconds
        finally:
            connection.execute("DELETE FROM albums_albumitem WHERE album_id = %s", [pk])
            connection.execute("DELETE FROM albums_album WHERE id = %s", [pk])


def measure(url: str, rows: int, *, rounds: int = ROUNDS) -> report.Result:
    """Measure pages of the album and of the gallery."""
    with album_of_all(url) as (pk, works, seconds), serving(url, OUR_SERVER) as server:
        last = last_full_page(works)
        pages = dict(zip(PAGES, (1, max(1, last // 2), last), strict=True))
        lists = {
            "album, HTML": f"/albums/{pk}/?page=",
            "gallery, HTML": "/?page=",
            "album, JSON": f"/api/v1/albums/{pk}/items/?page=",
            "gallery, JSON": "/api/v1/content/?page=",
        }
        cells = {
            f"{name}/{page}": partial(server.get, f"{address}{number}")
            for name, address in lists.items()
            for page, number in pages.items()
        }
        samples = interleaved(cells, rounds=rounds, cell_seconds=CELL_SECONDS)
    return {
        "rows": rows,
        "works": works,
        "seconds": seconds,
        "lists": list(lists),
        "samples": report.packed(samples),
    }


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    lines = []
    for name in result["lists"]:
        cells = [samples[f"{name}/{page}"] for page in PAGES]
        ratios = [report.times(cell, cells[0]) for cell in cells[1:]]
        lines.append([name, *[report.milliseconds(cell) for cell in cells], *ratios])
    rate = report.number(result["works"] / max(result["seconds"], 0.001))
    return f"""An album of {result["works"]:,} works
Beside the gallery of as many; medians with quartiles, ratios paired by round. Goal: any page at most 2 times page 1.
Its works were added in batches, {rate} in a second.

{report.table(["", *PAGES, *[f"{page} / page 1" for page in PAGES[1:]]], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
