"""Measures `manage.py rankings rebuild` against one COUNT along the index that the ranking is counted by.

    .venv/bin/python -m tests.stress.rebuild --rows 1000000

On the live database: a rebuild changes nothing but what it counts anew. A first build finds no leaves, and has to find
out where they begin. The COUNT is index-only, by one process alone, as the rebuild is; and with workers as the server
has them.
"""

import os
from functools import partial
from time import perf_counter

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.databases import connected_to
from tests.stress.rounds import Samples

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from genonaut.ranking import Ranking  # noqa: E402 - after setup

NAME = "rebuild"
ROUNDS = 5
RANKINGS = ("content.ContentItem.newest", "content.ContentItem.best")
COUNT, COUNT_SHARED, REBUILD, FIRST = "COUNT, one process", "COUNT, workers allowed", "rebuild", "first build"


def count(name: str, *, is_shared: bool) -> float:
    """Return the seconds of a COUNT along a ranking's index; only one that is shared may have parallel workers."""
    ranking = ranking_of(name)
    key = ranking.key_columns[0]
    # All rows: no key is below the lowest. It is the first column of that index.
    statement = f'SELECT count(*) FROM "{ranking.owner.table}" AS item WHERE {key.of("item")} >= {key.lowest}'
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        if not is_shared:
            cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
        assert "Index Only Scan" in plan, plan
        begin = perf_counter()
        cursor.execute(statement)
        seconds = perf_counter() - begin
        cursor.execute("RESET ALL")
    return seconds


def ranking_of(name: str) -> Ranking:
    """Return a ranking by its name, `app.Model.order`."""
    label, _, order = name.rpartition(".")
    return apps.get_model(label).rankings[order]


def rebuild(name: str, *, is_first: bool = False) -> float:
    """Return the seconds of a rebuild, or of a first build, without the start of a process."""
    if is_first:
        with connection.cursor() as cursor:
            cursor.execute(f'DELETE FROM "{ranking_of(name).node._meta.db_table}"')
    begin = perf_counter()
    call_command("rankings", "rebuild", name, verbosity=0)
    return perf_counter() - begin


def measure(url: str, rows: int, *, rounds: int = ROUNDS) -> report.Result:
    """Measure in turns."""
    ways = {}
    for name in RANKINGS:
        ways |= {
            f"{COUNT}/{name}": partial(count, name, is_shared=False),
            f"{COUNT_SHARED}/{name}": partial(count, name, is_shared=True),
            f"{REBUILD}/{name}": partial(rebuild, name),
            f"{FIRST}/{name}": partial(rebuild, name, is_first=True),
        }
    samples = {name: Samples() for name in ways}
    with connected_to(url), Progress(rounds, " rounds", print) as progress:
        for name in RANKINGS:
            count(name, is_shared=False)
        for _ in range(rounds):
            for name, way in ways.items():
                samples[name].seconds.append(way())
            progress.advance(1)
    return {"rows": rows, "samples": report.packed(samples)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    lines = []
    for key, some in samples.items():
        way, _, name = key.partition("/")
        counts = [samples[f"{base}/{name}"] for base in (COUNT, COUNT_SHARED)]
        lines.append([name, way, report.milliseconds(some), *[report.times(some, base) for base in counts]])
    return f"""Rebuilding rankings
{result["rows"]:,} rows; medians with quartiles, ratios paired by round. The COUNT is index-only, along the index that
the ranking is counted by. Goal: a rebuild of one ranking in at most 4 times the COUNT. A first build finds no leaves.

{report.table(["ranking", "", "time", "to COUNT by one process", "to COUNT with workers"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
