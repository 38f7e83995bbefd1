"""Measures a load into empty tables: with their indexes kept, and with them built afterwards.

    .venv/bin/python -m tests.stress.loading --rows 300000

Each way has a scratch database of its own on the server of DATABASE_URL (or the embedded one), dropped at the end. CPU
is that of the server's processes for that database (/proc: only on Linux, beside the server): on a shared machine the
clock tells little.
"""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, process_time, sleep
from typing import NamedTuple

import django
import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from tests.databases import use

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from genonaut.database.copy import catch_up_rankings, refresh_statistics  # noqa: E402 - after setup
from genonaut.postponed_indexes import build_postponed, postpone  # noqa: E402 - after setup
from genonaut.seeding import Dataset, declared_tables, expected_rows, finish, load  # noqa: E402 - after setup

SCRATCH = "genonaut_loading_scratch"
TICKS = os.sysconf("SC_CLK_TCK")
LOOK_SECONDS = 0.1
END_SHARE = 0.1
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = %s OR backend_type = 'walwriter'"


@contextmanager
def scratch_database() -> Iterator[None]:
    """Create an empty database with our tables, connect to it, and drop it at the end."""
    ours = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {SCRATCH}")
    use(SCRATCH)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        use(ours)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")


def cpu_of(pid: int) -> float:
    """Return the processor seconds of a process so far; 0 if it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / TICKS


class ServerTime:
    """Adds up the processor time of a database's server processes, each from when it was first seen."""

    def __init__(self) -> None:
        self.seen: dict[int, list[float]] = {}
        self.ended = Event()
        self.thread = Thread(target=self._look, daemon=True)
        self.thread.start()

    @property
    def seconds(self) -> float:
        """Processor seconds so far."""
        return sum(last - first for first, last in self.seen.values())

    def _look(self) -> None:
        # To the maintenance database: a connection to the one that is loaded would be a reader's.
        with psycopg.connect(settings.DATABASE_URL, dbname="postgres", autocommit=True) as watching:
            # A process that comes later, the worker of a parallel build, say, counts whole.
            is_first = True
            while not self.ended.wait(LOOK_SECONDS):
                for (pid,) in watching.execute(BACKENDS, [SCRATCH]).fetchall():
                    now = cpu_of(pid)
                    times = self.seen.setdefault(pid, [now if is_first else 0.0, now])
                    times[1] = max(times[1], now)
                is_first = False

    def stop(self) -> float:
        """End the looks, and return the processor seconds."""
        self.ended.set()
        self.thread.join()
        return self.seconds


class Moment(NamedTuple):
    """How far a load was: rows, seconds by the clock, and processor seconds of the server and of this process."""

    rows: int
    clock: float
    server: float
    client: float

    def __sub__(self, other: "Moment") -> "Moment":
        return Moment(*(mine - theirs for mine, theirs in zip(self, other, strict=True)))

    def __str__(self) -> str:
        times = f"{self.clock:6.1f} s, {self.server:5.1f} s of CPU, client {self.client:4.1f} s"
        if not self.rows or not self.server:
            return times
        return f"{times}; items a second: {self.rows / self.clock:,.0f}, a CPU-second: {self.rows / self.server:,.0f}"


class Load:
    """One load, and the moments of its steps."""

    def __init__(self, rows: int, *, is_postponed: bool) -> None:
        self.rows, self.is_postponed = rows, is_postponed
        self.time = ServerTime()
        self.moments: list[Moment] = []
        self.loaded = 0

    def note(self, rows: int = 0) -> Moment:
        """Note how far it is, and return it."""
        self.loaded += rows
        self.moments.append(Moment(self.loaded, perf_counter(), self.time.seconds, process_time()))
        return self.moments[-1]

    def run(self) -> dict[str, Moment]:
        """Load, build, and do what follows a load; return what each step took, and all of it."""
        dataset, models = Dataset(1, self.rows), [table.model for table in declared_tables()]
        sleep(3 * LOOK_SECONDS)
        begin = self.note()
        if self.is_postponed and not postpone(expected_rows(dataset)):
            raise SystemExit("Nothing was postponed: too few rows, or something else is connected.")
        load(dataset, workers=2, skip=lambda _: None, advance=lambda rows: self.note(rows) if rows else None)
        loaded = self.note()
        build_postponed(print, is_shown=False)
        built = self.note()
        refresh_statistics(models, is_big_load=True)
        catch_up_rankings(models, print, is_shown=False)
        finish()
        sleep(3 * LOOK_SECONDS)
        end = self.note()
        self.time.stop()
        first, last = self.share(begin)
        return {
            "the first tenth": first,
            "the last tenth": last,
            "load": loaded - begin,
            "indexes": built - loaded,
            "vacuum, rankings, tags": end - built,
            "all": end - begin,
        }

    def share(self, begin: Moment) -> tuple[Moment, Moment]:
        """Return what the first and the last tenth of the items took."""
        items = [moment for moment in self.moments if moment.rows]
        first = next(moment for moment in items if moment.rows >= self.rows * END_SHARE)
        before_last = next(moment for moment in items if moment.rows >= self.rows * (1 - END_SHARE))
        whole = next(moment for moment in items if moment.rows == self.rows)
        return first - begin, whole - before_last


def main() -> None:
    """Measure both ways, and print what each step took."""
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=300_000)
    rows = parser.parse_args().rows
    for is_postponed in (False, True):
        with scratch_database():
            steps = Load(rows, is_postponed=is_postponed).run()
        print("indexes built afterwards" if is_postponed else "indexes kept", flush=True)
        for step, took in steps.items():
            print(f"  {step:<24} {took}")


if __name__ == "__main__":
    main()
