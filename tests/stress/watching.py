"""Compares what a request costs with everything of genonaut/monitoring, and without it.

    .venv/bin/python -m tests.stress.watching --rows 20000

It keeps a database of so many rows (tests/stress/databases.py). All run in one process, in turns, through all other
middleware: without; with ids and metrics in shared files; and with a line of JSON for each request beside it. The
CPU is that of this process: what PostgreSQL and a web server take is not in it.
"""

import logging
import random
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from time import thread_time

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.utils.module_loading import import_string

from genonaut.monitoring import shared_metrics
from tests.stress.databases import database_of, name_in
from tests.stress.serving_cpu import WARM_UP_ROUNDS, Application, get

PAGES = {"gallery": "/?page=20", "API": "/api/v1/content/?page=20"}
OURS = "genonaut.monitoring."
WITHOUT, WITH, LINES = "without", "ids and metrics", "lines of the log too"


def applications(url: str) -> dict[str, Application]:
    """Return the site's WSGI application on a database, without what watches it and with it."""
    settings.DATABASES["default"]["NAME"] = name_in(url)
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["testserver"]
    every = settings.MIDDLEWARE
    settings.MIDDLEWARE = [name for name in every if not name.startswith(OURS)]
    bare = WSGIHandler()
    settings.MIDDLEWARE = every
    return {WITHOUT: bare, WITH: WSGIHandler(), LINES: WSGIHandler()}


@contextmanager
def log_in(file: Path) -> Iterator[None]:
    """Write the site's log as JSON into a file."""
    (console,) = logging.getLogger().handlers
    console.setFormatter(import_string("genonaut.monitoring.log_formats.JSONFormatter")())
    with file.open("w") as stream:
        before = console.setStream(stream)
        yield
        console.setStream(before)


def rounds_of(asked: dict[str, Application], path: str, count: int) -> list[dict[str, float]]:
    """Return the milliseconds of a request to each in each round; who comes first changes by chance."""
    rounds = []
    for _ in range(count + WARM_UP_ROUNDS):
        order = random.sample(sorted(asked), len(asked))
        rounds.append({name: cost(name, asked[name], path) for name in order})
    return rounds[WARM_UP_ROUNDS:]


def cost(name: str, application: Application, path: str) -> float:
    """Return the milliseconds of one request: many in a row would have the caches to themselves."""
    settings.LOG_REQUESTS = name == LINES
    return taken_by(lambda: get(application, path))


def taken_by(act: Callable[[], object]) -> float:
    """Return the CPU milliseconds of this thread."""
    begin = thread_time()
    act()
    return (thread_time() - begin) * 1000


def quartiles(values: Iterable[float]) -> tuple[float, float]:
    """Return what a quarter and what half of the values are below."""
    quarter, half, _ = quantiles(values)
    return quarter, half


def main() -> None:
    """Measure and print medians and ratios."""
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=1_000)
    options = parser.parse_args()
    with TemporaryDirectory() as folder:
        # Before anything imports what counts.
        shared_metrics.share(Path(folder))
        asked = applications(database_of(options.rows))
        print(f"{options.rows:,} rows, CPU of this process per request, {options.rounds} rounds")
        with log_in(Path(folder) / "log"):
            measured = {name: rounds_of(asked, path, options.rounds) for name, path in PAGES.items()}
            published = taken_by(import_string("genonaut.monitoring.publishing.publish"))
        for name, rounds in measured.items():
            quarter, half = quartiles(times[WITHOUT] for times in rounds)
            print(f"{name:12}{half:>8.3f} ms {WITHOUT}, {quarter:.3f} the fastest quarter")
            for side in (WITH, LINES):
                fast, middle = quartiles(times[side] for times in rounds)
                more = (middle - half) * 1000
                print(f"{'':12}{middle / half:>8.3f} times, {fast / quarter:.3f}, {more:.0f} us more: {side}")
        print(f"{'':12}{published * 1000:>8.0f} us to publish, once a second")


if __name__ == "__main__":
    main()
