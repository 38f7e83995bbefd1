"""Measures pages over a table of works in 16 partitions against those over one table, and looks at their plans.

    .venv/bin/python -m tests.stress.partitions --rows 1000000

A copy of the database is partitioned by deploy/partitions/content_by_hash.sql. One server for each, asked in turns;
ratios are paired by round: of the time that passes, and of the processor time of site and database, which other load
hardly changes. Then every ranking is verified, the plans of its reads are looked at, and the copy's site is walked
(tests/walk), which compares its answers with SQL. With DATABASE_URL it measures another server than the embedded one.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from time import perf_counter

import django
import psycopg

from tests.stress import command, report
from tests.stress.databases import connected_to, manage, scratch_copy
from tests.stress.processor import REQUESTS, Site, processor_times
from tests.stress.rounds import Samples, interleaved
from tests.stress.servers import Reply, Server, serving
from tests.stress.systems import OUR_SERVER, PAGE_SIZE, count_public, last_full_page, our_cursor_page, ours_page
from tests.walk import SMALL, Plan, walk
from tests.walk.account import staff_token

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from content.models import ContentItem  # noqa: E402 - after setup
from genonaut.ranking import verify  # noqa: E402 - after setup
from tests.ranking.plans import complaints, plans  # noqa: E402 - after setup

NAME = "partitions"
PARTS = 16
ROUNDS = 40
# Of processor time, each of 40 requests.
PROCESSOR_ROUNDS = 5
CELL_SECONDS = 20
# One connection, which has the plans of all pages after its first rounds.
ONE_THREAD = {"WEB_THREADS": "1"}
WARM_UP = 10
GOAL = 1.3
API = "/api/v1/content/"
WHOLE, IN_PARTS = "one table", "partitions"
SCRIPT = report.ROOT / "deploy" / "partitions" / "content_by_hash.sql"
RANKINGS = ContentItem.rankings
# Rows that a read may step over: two leaves that have not been split yet, of each partition one more.
MOST_ROWS = 4 * RANKINGS.leaf_rows


def divide(url: str, parts: int = PARTS) -> dict[str, float]:
    """Partition the works of a database; return the seconds of each step."""
    moves, _, vacuum = SCRIPT.read_text().replace("int := 16", f"int := {parts}").partition("COMMIT;")
    seconds = {}
    begin = perf_counter()
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"{moves} COMMIT;")
        seconds["rows, indexes and foreign keys"] = perf_counter() - begin
        server.execute("DROP TABLE content_whole")
        server.execute(vacuum)
    seconds["VACUUM"] = perf_counter() - begin - sum(seconds.values())
    manage(url, "pgtrigger", "install")
    manage(url, "rankings", "rebuild", RANKINGS.label, "--verbosity", "0")
    seconds["triggers and rankings"] = perf_counter() - begin - sum(seconds.values())
    return seconds


def addresses(server: Server, public: int) -> dict[str, str | None]:
    """Return the pages that are asked for, by their names."""
    last = last_full_page(public)
    middle = max(1, last // 2)
    return {
        "gallery, first page": "/",
        "gallery, half depth": f"/?page={middle}",
        "gallery, last page": f"/?page={last}",
        "API, half depth": ours_page(middle, PAGE_SIZE),
        "API, cursor at half depth": our_cursor_page(server, max(1, middle - 1)),
        "API, half depth by quality": f"{API}?sort=quality_score&page={middle}&page_size={PAGE_SIZE}",
        "API, one type": f"{API}?content_type=video&page={max(1, middle // 8)}&page_size={PAGE_SIZE}",
    }


def measure(url: str, rows: int, *, parts: int = PARTS, rounds: int = ROUNDS, plan: Plan = SMALL) -> report.Result:
    """Measure both, and walk over the partitions."""
    with scratch_copy(url) as copy:
        seconds = divide(copy, parts)
        samples, processor = compare(url, copy, rounds)
        with connected_to(copy):
            drifts = [str(drift) for ranking in RANKINGS.values() for drift in verify(ranking)]
            complaints = list(all_complaints())
        result = {
            "rows": rows,
            "parts": parts,
            "seconds": seconds,
            "samples": report.packed(samples),
            "processor": report.packed(processor),
            "drifts": drifts,
            "complaints": complaints,
            "walk": [0],
        }
        # To walk takes longest: what was measured is there before.
        print(section(result), flush=True)
        with serving(copy, OUR_SERVER) as server:
            found = walk(f"http://127.0.0.1:{server.port}", copy, staff_token(copy), plan)
    return result | {"walk": [found.requests, *found.wrong, *found.errors]}


def compare(url: str, copy: str, rounds: int) -> tuple[dict[str, Samples], dict[str, Samples]]:
    """Return the seconds of each page over one table and over partitions, and those of the processors."""
    with ExitStack() as stack:
        cells: dict[str, tuple[Site, Callable[[], Reply]]] = {}
        for way, address in ((WHOLE, url), (IN_PARTS, copy)):
            server, public = stack.enter_context(serving(address, OUR_SERVER, ONE_THREAD)), count_public(address)
            paths = addresses(server, public).items()
            site = Site(server, address)
            cells |= {f"{name}/{way}": (site, partial(server.get, path)) for name, path in paths if path}
        asks = {name: ask for name, (_, ask) in cells.items()}
        for ask in [*asks.values()] * WARM_UP:
            ask()
        samples = interleaved(asks, rounds=rounds, cell_seconds=CELL_SECONDS)
        return samples, processor_times(cells, rounds=min(rounds, PROCESSOR_ROUNDS))


def all_complaints() -> Iterator[str]:
    """Yield what is wrong with the plans of reads of all rankings, of all works and of public ones of one type."""
    for ranking in RANKINGS.values():
        for facets in ({}, {"is_private": [False], "content_type": ["video"]}):
            for name, plan in plans(ranking, facets):
                found = complaints(plan, RANKINGS.table, most_rows=MOST_ROWS)
                yield from (f"{ranking.name}, {sorted(facets)}, {name}: {each}" for each in found)


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples, processor = (report.unpacked(result[name]) for name in ("samples", "processor"))
    names = dict.fromkeys(name.partition("/")[0] for name in samples)
    lines = [
        [name]
        + [report.milliseconds(samples[f"{name}/{way}"]) for way in (WHOLE, IN_PARTS)]
        + [report.times(each[f"{name}/{IN_PARTS}"], each[f"{name}/{WHOLE}"]) for each in (samples, processor)]
        for name in names
    ]
    requests, *wrong = result["walk"]
    steps = "; ".join(f"{step} {seconds:,.0f} s" for step, seconds in result["seconds"].items())
    faults = [f"- {fault}" for fault in (*result["drifts"], *result["complaints"], *wrong)]
    return f"""Works in partitions
{result["rows"]:,} works in {result["parts"]} partitions by the hash of the id, beside the same in one table; medians
with quartiles, ratios paired by round. Processor: the time of site and database together, by rounds of {REQUESTS}
requests of each page, once its plans are kept. Goal: at most {GOAL} times.

{report.table(["", "one table", f"{result['parts']} partitions", "partitions / one table", "processor"], lines)}

To partition: {steps}.
Wrong counts of rankings: {len(result["drifts"])}. Plans that read the table whole, sort it or step over many rows:
{len(result["complaints"])}. Answers of the walk that differ from SQL or did not come: {len(wrong)} of {requests:,}.
{chr(10).join(faults)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
