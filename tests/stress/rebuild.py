"""Measures `manage.py rankings rebuild` against one index-only COUNT of the same table.

    .venv/bin/python -m tests.stress.rebuild --rows 1000000

On the live database: a rebuild changes nothing but what it counts anew. The COUNT runs as the planner has it, with
workers, and by one process alone, as the rebuild does.
"""

from functools import partial
from time import perf_counter

from django.core.management import call_command
from django.db import connection

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.databases import connected_to
from tests.stress.rounds import Samples

NAME = "rebuild"
ROUNDS = 5
COUNT, COUNT_ALONE = "COUNT, workers allowed", "COUNT, one process"
RANKINGS = ("content.ContentItem.newest", "content.ContentItem.best")


def count(workers: int | None) -> float:
    """Return the seconds of an index-only COUNT; None leaves the number of parallel workers to the server."""
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute("RESET max_parallel_workers_per_gather")
        if workers is not None:
            cursor.execute("SELECT set_config('max_parallel_workers_per_gather', %s, false)", [str(workers)])
        begin = perf_counter()
        cursor.execute("SELECT count(*) FROM content_contentitem")
        seconds = perf_counter() - begin
        cursor.execute("RESET ALL")
    return seconds


def rebuild(ranking: str) -> float:
    """Return the seconds of a rebuild, without the start of a process."""
    begin = perf_counter()
    call_command("rankings", "rebuild", ranking, verbosity=0)
    return perf_counter() - begin


def measure(url: str, rows: int, *, rounds: int = ROUNDS) -> report.Result:
    """Measure in turns."""
    ways = {COUNT: lambda: count(None), COUNT_ALONE: lambda: count(0)}
    ways |= {f"rankings rebuild {ranking}": partial(rebuild, ranking) for ranking in RANKINGS}
    samples = {name: Samples() for name in ways}
    with connected_to(url), Progress(rounds, " rounds", print) as progress:
        count(None)
        for _ in range(rounds):
            for name, way in ways.items():
                samples[name].seconds.append(way())
            progress.advance(1)
    return {"rows": rows, "samples": report.packed(samples)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    lines = [
        [
            name,
            report.milliseconds(some),
            report.times(some, samples[COUNT]),
            report.times(some, samples[COUNT_ALONE]),
        ]
        for name, some in samples.items()
    ]
    return f"""Rebuilding rankings
{result["rows"]:,} rows; medians with quartiles, ratios paired by round. Goal: one ranking in at most 4 times the COUNT.

{report.table(["", "time", "to COUNT with workers", "to COUNT by one process"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
