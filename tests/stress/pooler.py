"""Behind a real PgBouncer: four lists, two kinds of viewer, 12 threads; every answer compared with the right one.

    .venv/bin/python -m tests.stress.pooler [--rows 100000] [--requests 1440]

For each value of DATABASE_KEEPS_PLANS, before PgBouncers that keep no prepared statements and, from version 1.21 on,
that keep 200 of each client. $PGBOUNCER names another PgBouncer than the system's. Exit status 1: an answer was wrong.
"""

import http.client
import os
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import local

from tests import pgbouncer
from tests.pgbouncer import PgBouncer
from tests.stress.command import DEFAULT_ROWS, prepared
from tests.stress.databases import staff_cookie
from tests.stress.servers import LONGEST_SECONDS, Server, serving

THREADS = 12
LISTS = ["", "sort=quality_score", "content_type=video"]
REQUESTS = 1_440
GUNICORN = ["-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:{port}"]

Question = tuple[str, str]


def questions(staff: str) -> list[Question]:
    """Return paths and cookies: three lists as a stranger, and the newest as staff, who sees private works."""
    lists = [(f"/api/v1/content/?page_size=50&{query}", "") for query in LISTS]
    return [*lists, (lists[0][0], staff)]


def ask(connection: http.client.HTTPConnection, question: Question) -> tuple[int, bytes]:
    """Ask one question over a connection that stays open; links in the answer are the same from every port."""
    path, cookie = question
    connection.request("GET", path, headers={"Host": "localhost", "Cookie": cookie})
    response = connection.getresponse()
    return response.status, response.read()


def answers(server: Server, asked: Sequence[Question]) -> Iterator[tuple[int, bytes]]:
    """Ask from many threads at once; yield status and body in order."""
    own = local()

    def answer(question: Question) -> tuple[int, bytes]:
        if not hasattr(own, "connection"):
            own.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=LONGEST_SECONDS)
        return ask(own.connection, question)

    with ThreadPoolExecutor(THREADS) as threads:
        yield from threads.map(answer, asked)


def measure(url: str, requests: int, *, keeps_plans: str, keeps_statements: int) -> Counter[str]:
    """Count right and wrong answers, and those that are none by their status."""
    kinds = questions(staff_cookie(url))
    environment = {"WEB_WORKERS": "2", **({"DATABASE_KEEPS_PLANS": keeps_plans} if keeps_plans else {})}
    with serving(url, GUNICORN) as direct:
        right = dict(zip(kinds, answers(direct, kinds), strict=True))
    assert len(set(right.values())) == len(kinds)
    counts: Counter[str] = Counter()
    limits = {"default_pool_size": 8, "ignore_startup_parameters": "options"}
    with (
        PgBouncer(url, keeps_statements=keeps_statements, **limits) as pooler,
        serving(pooler.url, GUNICORN, environment) as server,
    ):
        asked = [kinds[number % len(kinds)] for number in range(requests)]
        for question, (status, body) in zip(asked, answers(server, asked), strict=True):
            is_right = (status, body) == right[question]
            counts["right" if is_right else "wrong" if status == 200 else str(status)] += 1
    return counts


def main() -> None:
    """Measure each combination and print its counts."""
    parser = ArgumentParser(prog="python -m tests.stress.pooler", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS, help=f"items (default: {DEFAULT_ROWS:,})")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"(default: {REQUESTS:,})")
    options = parser.parse_args()
    if pgbouncer.find() is None:
        sys.exit(pgbouncer.MISSING)
    url = prepared(options.rows)
    kept = [0, 200] if pgbouncer.version() >= pgbouncer.KEEPING_VERSION else [0]
    failed = False
    for keeps_statements in kept:
        for keeps_plans in ("", "on", "off"):
            counts = measure(url, options.requests, keeps_plans=keeps_plans, keeps_statements=keeps_statements)
            version = ".".join(map(str, pgbouncer.version()))
            says = f"PgBouncer {version} keeps {keeps_statements}, DATABASE_KEEPS_PLANS={keeps_plans or 'not set'}"
            print(f"{says}: {dict(counts)}", flush=True)
            failed = failed or counts["right"] != options.requests
    sys.exit(failed)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    main()
