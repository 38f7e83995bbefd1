"""Measures readers beside 1,000,000 interactions an hour: pages in turn with and without them.

    .venv/bin/python -m tests.stress.deeds --rows 100000

In a scratch copy of the database. 40 members view, like, bookmark, rate and share works, by the functions that the
views of the site call, 278 a second. Every few seconds they stop and go on; each page is asked for in both. Goal: no
page takes 1.5 times as long beside them.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import sleep

import psycopg

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.databases import scratch_copy
from tests.stress.rounds import Samples
from tests.stress.servers import Server, serving
from tests.stress.systems import OUR_SERVER

NAME = "deeds"
AN_HOUR = 1_000_000
# A round asks for each page so often, quiet and then beside the deeds; the first rounds warm both up.
ROUNDS, ASKED = 12, 5
WARM_UP_ROUNDS = 2
SETTLE_SECONDS = 1.0
MOST_RATIO = 1.5
QUIET, BUSY = "quiet", "busy"
DEEDS = "from tests.stress.deeds_rounds import do_deeds; do_deeds({rate})"


@contextmanager
def members(url: str, rate: float) -> Iterator[subprocess.Popen]:
    """Run the process of the members, who wait for a line "go" or "stop"."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v0", "-c", DEEDS.format(rate=rate)],
        env={**os.environ, "DATABASE_URL": url},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield process
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


def tell(process: subprocess.Popen, word: str) -> int:
    """Have the members go on or stop; return how many deeds they have done by now."""
    process.stdin.write(f"{word}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def pages_of(url: str, rows: int) -> dict[str, str]:
    """Return the addresses of the pages; four fifths of the works are public."""
    with psycopg.connect(url) as connection:
        (work,) = connection.execute(
            "SELECT max(id) FROM content_contentitem WHERE NOT is_private AND level = 0 AND content_type = 'image'"
        ).fetchone()
    return {
        "gallery": "/",
        "gallery, half depth": f"/?page={max(1, rows // 125)}",
        "gallery, most liked": "/?sort=likes",
        "gallery, popular": "/?sort=popular",
        "a work": f"/content/{work}/",
        "API": "/api/v1/content/",
    }


def ask(server: Server, pages: dict[str, str], mode: str, samples: dict[str, Samples]) -> None:
    """Ask for each page some times; add the seconds."""
    for name, path in pages.items():
        for _ in range(ASKED):
            reply = server.get(path)
            assert reply.status == 200, (path, reply.status)
            samples[f"{name}/{mode}"].seconds.append(reply.seconds)


def measure(url: str, rows: int, *, rounds: int = ROUNDS, an_hour: int = AN_HOUR) -> report.Result:
    """Measure pages in both ways, and how many deeds there were in a second."""
    with scratch_copy(url) as copy, serving(copy, OUR_SERVER) as server, members(copy, an_hour / 3_600) as process:
        pages = pages_of(copy, rows)
        samples = {f"{name}/{mode}": Samples() for name in pages for mode in (QUIET, BUSY)}
        done = seconds = 0.0
        with Progress(rounds, " rounds", print) as progress:
            for number in range(-WARM_UP_ROUNDS, rounds):
                into = samples if number >= 0 else {name: Samples() for name in samples}
                ask(server, pages, QUIET, into)
                before = tell(process, "go")
                sleep(SETTLE_SECONDS)
                ask(server, pages, BUSY, into)
                after = tell(process, "stop")
                if number >= 0:
                    done += after - before
                    seconds += sum(sum(found.seconds[-ASKED:]) for name, found in into.items() if BUSY in name)
                    seconds += SETTLE_SECONDS
                    progress.advance(1)
    return {"rows": rows, "pages": list(pages), "rate": done / seconds, "samples": report.packed(samples)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    lines = []
    for name in result["pages"]:
        quiet, busy = (samples[f"{name}/{mode}"] for mode in (QUIET, BUSY))
        lines.append([name, report.milliseconds(quiet), report.milliseconds(busy), report.times(busy, quiet)])
    return f"""Readers beside 1,000,000 interactions an hour
{result["rows"]:,} works; 40 members did {result["rate"]:,.0f} deeds a second (an hour of a million has 278):
views, likes, bookmarks, ratings, shares. Medians with quartiles, ratios paired. Goal: no page over {MOST_RATIO} times.

{report.table(["", "alone", "beside them", "times"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
