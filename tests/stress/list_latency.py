"""Compares lists at two sizes of the same data: the same requests, in turns, to two servers over HTTP.

    .venv/bin/python -m tests.stress.list_latency --small 10000 --large 1000000

On the server of DATABASE_URL (or the embedded one) it keeps one database per size, `genonaut_rows_N`, filled by `seed`
the first time. Each round asks both servers for each address; the ratio is that of the medians, large by small.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from statistics import median
from urllib.parse import urlsplit, urlunsplit

import psycopg

WARM_UP_ROUNDS = 20
START_SECONDS = 60


def database_of_size(server: str, rows: int) -> str:
    """Return the URL of a database that holds so many synthetic items, filled if it is not."""
    name = f"genonaut_rows_{rows}"
    with psycopg.connect(server, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name}")
    url = urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
    for command in (["migrate", "--verbosity", "0"], ["seed", "--rows", str(rows)]):
        subprocess.run([sys.executable, "manage.py", *command], check=True, env={**os.environ, "DATABASE_URL": url})
    return url


@contextmanager
def serving(url: str) -> Iterator[http.client.HTTPConnection]:
    """Serve a database with one worker of one thread; yield a kept-alive connection to it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": url, "WEB_WORKERS": "1", "WEB_THREADS": "1", "HTTPS": "off"}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", f"127.0.0.1:{port}"]
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.1)
        yield http.client.HTTPConnection("127.0.0.1", port)
    finally:
        server.terminate()
        server.wait()


def fetch(connection: http.client.HTTPConnection, path: str) -> tuple[float, bytes]:
    """Return the seconds from request to last byte, and the body. Raises ValueError unless it is a 200."""
    begin = time.perf_counter()
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    seconds = time.perf_counter() - begin
    if response.status != 200:
        raise ValueError(f"{path}: {response.status} {body[:200]!r}")
    return seconds, body


def addresses(connection: http.client.HTTPConnection) -> dict[str, str]:
    """Return what is asked for by its name; cursors are each server's own."""
    page_20 = json.loads(fetch(connection, "/api/v1/content/?page=20")[1])
    best = json.loads(fetch(connection, "/api/v1/content/?sort=quality_score&page=20")[1])
    return {
        "API, first page": "/api/v1/content/",
        "API, page 20": "/api/v1/content/?page=20",
        "API, cursor page": f"/api/v1/content/?cursor={page_20['pagination']['next_cursor']}",
        "API, page 20 by quality": "/api/v1/content/?sort=quality_score&page=20",
        "API, cursor page by quality": (
            f"/api/v1/content/?sort=quality_score&cursor={best['pagination']['next_cursor']}"
        ),
        "API, page 10 of one type": "/api/v1/content/?content_type=video&page=10",
        "gallery, first page": "/",
        "gallery, page 20": "/?page=20",
    }


def main() -> None:
    """Measure and print medians and ratios."""
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--small", type=int, default=10_000)
    parser.add_argument("--large", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    from django.conf import settings  # noqa: PLC0415 - starts the embedded server, which --help does not need

    urls = [database_of_size(settings.DATABASE_URL, rows) for rows in (options.small, options.large)]
    with serving(urls[0]) as small, serving(urls[1]) as large:
        small_paths, large_paths = addresses(small), addresses(large)
        print(f"{'':32}{options.small:>14,} rows{options.large:>14,} rows   ratio")
        for name in small_paths:
            times = [
                (fetch(small, small_paths[name])[0], fetch(large, large_paths[name])[0])
                for _ in range(options.rounds + WARM_UP_ROUNDS)
            ][WARM_UP_ROUNDS:]
            medians = [median(some) * 1000 for some in zip(*times, strict=True)]
            print(f"{name:32}{medians[0]:>16.1f} ms{medians[1]:>16.1f} ms{medians[1] / medians[0]:8.2f}")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    main()
