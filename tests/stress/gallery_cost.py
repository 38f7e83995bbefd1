"""Compares what a page of the gallery costs in CPU: ours, an older build's, and a stock ListView's with a Paginator.

    git worktree add /tmp/before 412372f && ln -s "$PWD/.venv" "$PWD/.env" /tmp/before
    (cd /tmp/before && .venv/bin/python manage.py collectstatic --noinput)
    .venv/bin/python -m tests.stress.gallery_cost --rows 1000000 --before /tmp/before

It keeps a database of so many rows (tests/stress/databases.py). Each build has a process, and they take turns, 50
cards a page, through all middleware. The CPU is that of the process; beside it stands what PostgreSQL's own processes
took, which must run on this machine: the mean, for their clock is coarse.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from math import nan
from pathlib import Path
from statistics import mean, median
from typing import NamedTuple

import psutil
import psycopg

from tests.stress.databases import database_of

ROOT = Path(__file__).resolve().parent.parent.parent
WORKER = Path(__file__).with_name("gallery_worker.py")
WARM_UP_ROUNDS = 3
# Requests of one contender in a row: enough for the clock, few enough that all meet the same machine.
IN_A_ROW = 5
# What is compared with.
BEFORE, STOCK, PAGE = "before: page", "stock ListView, page 1", "page"
# Deep enough to have neighbours on both sides; the first page of a stock list is its cheapest.
OURS = {
    PAGE: "/?page=20",
    "fragment": "/fragments/works/?page=20",
    "first page": "/",
    "admin's list": "/admin/content/contentitem/",
}


class Cost(NamedTuple):
    """CPU milliseconds of one request."""

    process: float
    database: float


class Contender(NamedTuple):
    """A process of a build, and what is asked of it."""

    process: subprocess.Popen
    path: str

    def cost(self, server: psycopg.Connection) -> Cost:
        """Return the cost of one request, the mean of some in a row."""
        before = database_seconds(server)
        self.process.stdin.write(f"{self.path} {IN_A_ROW}\n")
        self.process.stdin.flush()
        milliseconds = float(self.process.stdout.readline())
        after = database_seconds(server)
        spent = sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
        return Cost(milliseconds, spent * 1000 / IN_A_ROW)


def database_seconds(server: psycopg.Connection) -> dict[int, float]:
    """Return the CPU seconds of each of the server's processes that serve the database."""
    query = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    seconds = {}
    for (pid,) in server.execute(query).fetchall():
        with suppress(psutil.NoSuchProcess):
            times = psutil.Process(pid).cpu_times()
            seconds[pid] = times.user + times.system
    return seconds


@contextmanager
def worker(build: Path, url: str, *arguments: str) -> Iterator[subprocess.Popen]:
    """Run a worker in a build's directory; end it afterwards."""
    # Parallel workers, which stock lists alone use, would end before their CPU is read.
    alone = f"{url}{'&' if '?' in url else '?'}options=-c%20max_parallel_workers_per_gather=0"
    environment = {**os.environ, "DATABASE_URL": alone, "LOG_LEVEL": "ERROR"}
    command = [str(build / ".venv/bin/python"), str(WORKER), *arguments]
    with subprocess.Popen(
        command, cwd=build, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        yield process
        process.stdin.close()


def measured(contenders: dict[str, Contender], server: psycopg.Connection, rounds: int) -> list[dict[str, Cost]]:
    """Return the cost of each contender in each round."""
    everything = [
        {name: contender.cost(server) for name, contender in contenders.items()} for _ in range(rounds + WARM_UP_ROUNDS)
    ]
    return everything[WARM_UP_ROUNDS:]


def report(rounds: list[dict[str, Cost]]) -> None:
    """Print medians, and ratios inside a round, so that a slow moment of the machine slows both sides."""
    print(f"{'':24}{'process':>10}{'it / before':>13}{'stock / it':>12}{'database':>13}{'stock / it, both':>18}")
    for name in rounds[0]:
        value = median(costs[name].process for costs in rounds)
        before = median(costs[name].process / costs[BEFORE].process for costs in rounds) if BEFORE in rounds[0] else nan
        stock = median(costs[STOCK].process / costs[name].process for costs in rounds)
        database = {key: mean(costs[key].database for costs in rounds) for key in (name, STOCK)}
        both = (median(costs[STOCK].process for costs in rounds) + database[STOCK]) / (value + database[name])
        print(f"{name:24}{value:>7.2f} ms{before:>13.3f}{stock:>12.2f}{database[name]:>10.2f} ms{both:>18.2f}")


def main() -> None:
    """Measure and print medians and ratios."""
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--before", type=Path, help="the directory of an older build, its static files collected")
    options = parser.parse_args()
    url = database_of(options.rows)
    with ExitStack() as processes:
        ours = processes.enter_context(worker(ROOT, url, "tests.stress.compared_urls"))
        contenders = {name: Contender(ours, path) for name, path in OURS.items()}
        contenders[STOCK] = Contender(ours, "/compared/gallery/")
        if options.before:
            older = processes.enter_context(worker(options.before, url))
            contenders |= {f"before: {name}": Contender(older, path) for name, path in OURS.items()}
        server = processes.enter_context(psycopg.connect(url, autocommit=True))
        print(f"{options.rows:,} rows, CPU per request")
        report(measured(contenders, server, options.rounds))


if __name__ == "__main__":
    sys.exit(main())
