"""Measures a page at four depths and a cursor page, ours beside the libraries, end to end over HTTP.

    .venv/bin/python -m tests.stress.depth --rows 1000000

Every system serves the same rows from a process of its own (one worker); one client asks all of them in turns. The
total is a page of one row. At depth the others' pages take seconds, and get few rounds.
"""

from collections.abc import Callable, Sequence
from functools import partial
from random import Random

from tests.stress import command, report
from tests.stress.rounds import Samples, interleaved
from tests.stress.servers import Reply, Server
from tests.stress.systems import (
    OURS,
    PAGE_SIZE,
    THEIRS,
    Place,
    System,
    all_serving,
    count_public,
    last_full_page,
    our_cursor_page,
    place_at,
)

NAME = "depth"
ROUNDS = 40
# What a cell may take in all: at 10 million rows an OFFSET page takes seconds.
CELL_SECONDS = 12
ANY, TOTAL, CURSOR = "any page", "total alone", "cursor at half depth"
# All are asked for the same pages in the same order.
SEED = 1


def depths(pages: int) -> dict[str, int]:
    """Return the page numbers that are measured, by name."""
    return {"page 1": 1, "1 %": max(1, pages // 100), "half depth": max(1, pages // 2), "last page": pages}


def cells_of(
    system: System, server: Server, pages: dict[str, int], place: Place
) -> dict[tuple[str, str], Callable[[], Reply]]:
    """Return what is asked of a system, by system and column."""
    paths: dict[str, str | None] = {}
    if system.page is not None:
        paths = {column: system.page(number, PAGE_SIZE) for column, number in pages.items()}
        paths[TOTAL] = system.page(1, 1)
    if system.cursor is not None:
        paths[CURSOR] = system.cursor(place)
    elif system is OURS:
        paths[CURSOR] = our_cursor_page(server, max(1, pages["half depth"] - 1))
    cells = {(system.name, column): partial(server.get, path) for column, path in paths.items() if path}
    if system.page is not None:
        cells[(system.name, ANY)] = partial(any_page, system.page, server, Random(SEED), pages["last page"])
    return cells


def any_page(address: Callable[[int, int], str], server: Server, random: Random, last: int) -> Reply:
    """Ask for a page that nobody has asked for lately."""
    return server.get(address(random.randint(1, last), PAGE_SIZE))


def measure(url: str, rows: int, *, systems: Sequence[System] = (OURS, *THEIRS), rounds: int = ROUNDS) -> report.Result:
    """Measure every system at every depth."""
    public = count_public(url)
    pages = depths(last_full_page(public))
    place = place_at(url, (max(1, pages["half depth"] - 1)) * PAGE_SIZE - 1)
    with all_serving(url, systems) as servers:
        cells = {}
        for system in systems:
            cells |= cells_of(system, servers[system.name], pages, place)
        samples = interleaved(cells, rounds=rounds, cell_seconds=CELL_SECONDS)
    named = {f"{system}/{column}": some for (system, column), some in samples.items()}
    return {"rows": rows, "public": public, "pages": pages, "samples": report.packed(named)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    columns = [*result["pages"], ANY, TOTAL, CURSOR]
    names = list(dict.fromkeys(name.partition("/")[0] for name in samples))

    def of(name: str, column: str) -> Samples:
        return samples.get(f"{name}/{column}", Samples())

    lines = [[name, *[report.milliseconds(of(name, column)) for column in columns]] for name in names]
    ours = [
        [column, report.times(of(OURS.name, column), of(OURS.name, "page 1"))]
        + [report.times(of(name, column), of(OURS.name, column)) for name in names[1:]]
        for column in columns
    ]
    numbers = ", ".join(f"{name}: {number:,}" for name, number in result["pages"].items())
    return f"""Latency against depth
{result["public"]:,} public items of {result["rows"]:,}, newest first, {PAGE_SIZE} a page; {numbers}.
The last page is the last full one; any page is another one each time. Medians with quartiles; – where a system has no
such page.

{report.table(["", *columns], lines)}

![Latency against depth](images/latency-depth.svg)

How many times as long, paired by round: ours against our page 1, then the others against ours at the same depth.

{report.table(["", "ours / our page 1", *[f"{name} / ours" for name in names[1:]]], ours)}

DRF's CursorPagination tells rows of one moment apart by offset, up to 1,000 of them; further ones it skips.
django-cursor-pagination orders NULLS LAST, which no plain descending index serves. fastapi-pagination counts for its
cursor pages too.
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
