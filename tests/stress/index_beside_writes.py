"""Measures how long a writer waits while an index joins its table, concurrently and not.

    .venv/bin/python -m tests.stress.index_beside_writes --rows 10000000

One client inserts rows one by one, each in a transaction of its own, into a table made for it; beside it the index is
built. The longest insert is the answer: a plain CREATE INDEX stops the writer for as long as it takes.
"""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from statistics import median
from threading import Event, Thread

import psycopg

from tests.stress.databases import server_url

TABLE, INDEX = "index_beside_writes", "index_beside_writes_newest"
IDLE_SECONDS = 10


def inserts_during(url: str, action: Callable[[], object]) -> tuple[list[float], float]:
    """Return the seconds of each insert that began during an action, and those of the action."""
    taken: list[float] = []
    ended = Event()

    def insert() -> None:
        with psycopg.connect(url, autocommit=True) as writer:
            while not ended.is_set():
                began = time.perf_counter()
                writer.execute(f"INSERT INTO {TABLE} (created_at) VALUES (now())")
                taken.append(time.perf_counter() - began)

    thread = Thread(target=insert)
    thread.start()
    began = time.perf_counter()
    try:
        action()
    finally:
        ended.set()
        thread.join()
    return taken, time.perf_counter() - began


def line(name: str, taken: list[float], seconds: float) -> str:
    """Return a row of the table of results."""
    in_order = sorted(taken)
    p99 = in_order[int(len(in_order) * 0.99)]
    figures = (median(taken), p99, in_order[-1])
    return f"| {name} | {seconds:.1f} s | {len(taken) / seconds:,.0f} | " + " | ".join(
        f"{1000 * figure:,.1f} ms" for figure in figures
    )


def measure(url: str, rows: int) -> None:
    """Make the table, measure, drop it."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"DROP TABLE IF EXISTS {TABLE}")
        server.execute(
            f"CREATE TABLE {TABLE} AS SELECT n AS id, now() - n * interval '17 seconds' * random() AS created_at,"
            f" repeat('x', 100) AS text FROM generate_series(1, {rows}) AS n"
        )
        server.execute(f"VACUUM (ANALYZE) {TABLE}")
        print("| beside | took | inserts/s | median | p99 | longest |\n|---|---:|---:|---:|---:|---:|")
        try:
            for name, action in (
                ("nothing", lambda: time.sleep(IDLE_SECONDS)),
                ("CREATE INDEX CONCURRENTLY", lambda: build(server, "CONCURRENTLY")),
                ("REINDEX INDEX CONCURRENTLY", lambda: server.execute(f"REINDEX INDEX CONCURRENTLY {INDEX}")),
                ("CREATE INDEX", lambda: build(server, "")),
            ):
                print(line(name, *inserts_during(url, action)), "|", flush=True)
        finally:
            server.execute(f"DROP TABLE {TABLE}")


def build(server: psycopg.Connection, how: str) -> None:
    """Build the index, anew where there is one."""
    server.execute(f"DROP INDEX IF EXISTS {INDEX}")
    server.execute(f"CREATE INDEX {how} {INDEX} ON {TABLE} (created_at, id)")


if __name__ == "__main__":
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    measure(server_url(), parser.parse_args().rows)
