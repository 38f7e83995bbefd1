"""Compares what asking for a job, claiming it and ending it take beside no job and beside 100,000 that have ended.

    .venv/bin/python -m tests.stress.queue --ended 100000 --rounds 200

It has a PostgreSQL server of its own, with a database for each, which are gone afterwards. A process of each takes
turns with the other's. Goal: no step takes more than 1.2 times as long.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median

# Else the settings would start the server of the site's own data.
os.environ.setdefault("DATABASE_URL", "postgresql://none@/none")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")

import psycopg
from psycopg import sql

from tests.clusters import data_folder, shared

STEPS = ("ask", "claim", "end")
WARM_UP_ROUNDS = 20
# A job after the other, as long as the other side writes a line for each; both sides run the same code.
ROUNDS = "from tests.stress.queue_rounds import answer; answer()"


def main() -> None:
    """Measure and print medians, and the ratio inside a round."""
    parser = ArgumentParser(prog="python -m tests.stress.queue", description=__doc__.split("\n")[0])
    parser.add_argument("--ended", type=int, default=100_000, help="jobs that have ended (default: 100,000)")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    with data_folder() as data, shared(data) as url:
        full = add_database(url, "full")
        for each, ended in ((url, 0), (full, options.ended)):
            manage(each, "migrate")
            manage(each, "shell", "-c", f"from tests.stress.queue_rounds import fill; fill({ended})")
        with worker(url) as empty_side, worker(full) as full_side:
            times = [(one_round(empty_side), one_round(full_side)) for _ in range(options.rounds + WARM_UP_ROUNDS)]
    report(times[WARM_UP_ROUNDS:], options.ended)


def add_database(url: str, name: str) -> str:
    """Make another database of a server; return its URL."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return url.replace(f"/{server.info.dbname}", f"/{name}")


def manage(url: str, *arguments: str) -> None:
    """Run manage.py on a database."""
    environment = {**os.environ, "DATABASE_URL": url}
    subprocess.run([sys.executable, "manage.py", *arguments, "-v0"], env=environment, check=True)


@contextmanager
def worker(url: str) -> Iterator[subprocess.Popen]:
    """Run a process that performs a round for each line."""
    command = [sys.executable, "manage.py", "shell", "-v0", "-c", ROUNDS]
    environment = {**os.environ, "DATABASE_URL": url}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, text=True, **pipes) as process:
        yield process
        process.stdin.close()


def one_round(process: subprocess.Popen) -> list[float]:
    """Return the milliseconds of each step of a round."""
    process.stdin.write("\n")
    process.stdin.flush()
    return [float(part) for part in process.stdout.readline().split()]


def report(times: list[tuple[list[float], list[float]]], ended: int) -> None:
    """Print the medians of each step on both sides, and of their ratio."""
    print(f"{'':8}{'no jobs':>12}{f'{ended:,} ended':>18}{'ratio':>8}")
    for number, step in enumerate(STEPS):
        empty, full = (median(sides[side][number] for sides in times) for side in (0, 1))
        ratio = median(full_side[number] / empty_side[number] for empty_side, full_side in times)
        print(f"{step:8}{empty:>9.2f} ms{full:>15.2f} ms{ratio:>8.2f}")


if __name__ == "__main__":
    main()
