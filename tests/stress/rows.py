"""Measures the same lists at three sizes of the same data: 1 %, 10 % and all of --rows, over HTTP.

    .venv/bin/python -m tests.stress.rows --rows 1000000

One server for each size (one worker), all asked in turns; ratios are to the smallest size, paired by round.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import django

from tests.stress import command, report
from tests.stress.databases import database_of, staff_cookie
from tests.stress.rounds import interleaved
from tests.stress.servers import Reply, Server, serving
from tests.stress.systems import (
    OUR_SERVER,
    PAGE_SIZE,
    THEIRS,
    System,
    all_serving,
    count_all,
    count_public,
    last_full_page,
    our_cursor_page,
    ours_page,
    place_at,
)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from genonaut.management.commands.seed import FEWEST  # noqa: E402 - after setup

NAME = "rows"
ROUNDS = 30
CELL_SECONDS = 6
API = "/api/v1/content/"
ADMIN = "/admin/content/contentitem/"
# What the admin says on the nearest page that it has, when another was asked for.
OTHER_PAGE = b"does not exist: this is page"


def sizes(rows: int) -> list[int]:
    """Return the sizes that are measured, smallest first."""
    return sorted({max(FEWEST, rows // 100), max(FEWEST, rows // 10), rows})


def addresses(server: Server, public: int, total: int) -> dict[str, str | None]:
    """Return what is asked for by its name; None is not reached. Cursors are each server's own."""
    last, admin_last = last_full_page(public), last_full_page(total)
    middle = max(1, last // 2)
    return {
        "ours, API, first page": ours_page(1, PAGE_SIZE),
        "ours, API, middle page": ours_page(middle, PAGE_SIZE),
        "ours, API, last page": ours_page(last, PAGE_SIZE),
        "ours, API, total alone": ours_page(1, 1),
        "ours, API, cursor page at half depth": our_cursor_page(server, max(1, middle - 1)),
        "ours, API, page 10 by quality": f"{API}?sort=quality_score&page=10",
        "ours, API, cursor page by quality": our_cursor_page(server, 2, query="&sort=quality_score"),
        "ours, API, page 2 of one type": f"{API}?content_type=video&page=2",
        "ours, gallery, first page": "/",
        "ours, gallery, middle page": f"/?page={middle}",
        "ours, gallery, last page": f"/?page={last}",
        "ours, admin, first page": ADMIN,
        "ours, admin, last page": f"{ADMIN}?p={admin_last}",
    }


def addresses_of(system: System, url: str, public: int) -> Iterator[tuple[str, str]]:
    """Give the addresses of another system, by name: its first, middle and last page, or the cursor at half depth."""
    last = last_full_page(public)
    middle = max(1, last // 2)
    if system.page is not None:
        for name, number in (("first", 1), ("middle", middle), ("last", last)):
            yield f"{system.name}, {name} page", system.page(number, PAGE_SIZE)
    if system.cursor is not None:
        yield f"{system.name}, cursor page at half depth", system.cursor(place_at(url, (middle - 1) * PAGE_SIZE))


def ask(server: Server, path: str | None, cookie: str) -> Reply:
    """Ask for a path, in the admin as staff; a page other than the one asked for counts as not found."""
    if path is None:
        return Reply(0.0, 400, b"")
    reply = server.get(path, {"Cookie": cookie} if path.startswith(ADMIN) else None)
    return Reply(reply.seconds, 404, b"") if OTHER_PAGE in reply.body else reply


def measure(url: str, rows: int) -> report.Result:
    """Measure every list at every size; `url` is the largest."""
    return measured({size: url if size == rows else database_of(size) for size in sizes(rows)})


def measured(urls: dict[int, str], *, systems: Sequence[System] = THEIRS, rounds: int = ROUNDS) -> report.Result:
    """Measure the databases, by their sizes, and the others beside us."""
    cells: dict[str, Callable[[], Reply]] = {}
    with ExitStack() as stack:
        for size, url in urls.items():
            server, cookie, public = stack.enter_context(serving(url, OUR_SERVER)), staff_cookie(url), count_public(url)
            paths = addresses(server, public, count_all(url))
            cells |= {f"{name}/{size}": partial(ask, server, path, cookie) for name, path in paths.items()}
            others = stack.enter_context(all_serving(url, systems))
            for system in systems:
                get = others[system.name].get
                cells |= {f"{name}/{size}": partial(get, path) for name, path in addresses_of(system, url, public)}
        samples = interleaved(cells, rounds=rounds, cell_seconds=CELL_SECONDS)
    return {"sizes": sorted(urls), "samples": report.packed(samples)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    smallest, *larger = result["sizes"]
    names = list(dict.fromkeys(name.partition("/")[0] for name in samples))
    lines = [
        [name]
        + [report.milliseconds(samples[f"{name}/{size}"]) for size in result["sizes"]]
        + [report.times(samples[f"{name}/{size}"], samples[f"{name}/{smallest}"]) for size in larger]
        for name in names
    ]
    head = ["", *[f"{size:,} rows" for size in result["sizes"]], *[f"{size:,} / {smallest:,}" for size in larger]]
    return f"""Latency against rows
{PAGE_SIZE} items a page; medians with quartiles, ratios paired by round; the last page is the last full one.
Goal: at most 1.5 from the smallest to the largest.

{report.table(head, lines)}

![Latency against rows](images/latency-rows.svg)
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
