"""Compares what a list request costs this process in CPU: ours, stock DRF, and a bare view that passes on JSON.

    .venv/bin/python -m tests.stress.serving_cpu --rows 10000

It keeps a database of so many rows (tests/stress/databases.py). All run in one process, in turns, through the site's
own middleware, 50 items each. The CPU is that of this process: the database's is not included, nor a web server's.
"""

import io
import json
import time
from argparse import ArgumentParser
from collections.abc import Callable
from statistics import median
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler

from tests.stress.databases import database_of, name_in

WARM_UP_ROUNDS = 3
# Requests of one contender in a row: enough for the clock, few enough that all meet the same machine.
IN_A_ROW = 10
LIST = "/api/v1/content/"

Application = Callable[[dict, Callable], object]


def application_on(url: str) -> Application:
    """Return the site's WSGI application on a database, with the compared views beside it."""
    settings.DATABASES["default"]["NAME"] = name_in(url)
    settings.ROOT_URLCONF = "tests.stress.compared_urls"
    settings.SECURE_SSL_REDIRECT = False
    settings.ALLOWED_HOSTS = ["testserver"]
    return WSGIHandler()


def get(application: Application, path: str) -> bytes:
    """Return the body of an answer. Raises ValueError unless it is a 200."""
    parts = urlsplit(path)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": parts.path,
        "QUERY_STRING": parts.query,
        "SERVER_NAME": "testserver",
        "SERVER_PORT": "80",
        "HTTP_HOST": "testserver",
        "HTTP_ACCEPT": "application/json",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    status = []
    response = application(environ, lambda line, _headers: status.append(line))
    body = b"".join(response)
    response.close()
    if not status[0].startswith("200"):
        raise ValueError(f"{path}: {status[0]} {body[:200]!r}")
    return body


def addresses(application: Application) -> dict[str, str]:
    """Return what is asked for by its name."""
    cursor = json.loads(get(application, f"{LIST}?page=20"))["pagination"]["next_cursor"]
    stock = json.loads(get(application, "/compared/stock/"))["next"]
    return {
        "ours, first page": LIST,
        "ours, page 20": f"{LIST}?page=20",
        "ours, by cursor": f"{LIST}?cursor={cursor}",
        "ours with serializers, page 20": "/compared/serialized/?page=20",
        "stock DRF, by cursor": stock.removeprefix("http://testserver"),
        "bare view": "/compared/bare/",
    }


def milliseconds(application: Application, path: str) -> float:
    """Return the CPU milliseconds of one request, the mean of some in a row."""
    begin = time.process_time()
    for _ in range(IN_A_ROW):
        get(application, path)
    return (time.process_time() - begin) * 1000 / IN_A_ROW


def main() -> None:
    """Measure and print medians and ratios."""
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    application = application_on(database_of(options.rows))
    paths = addresses(application)
    rounds = [
        {name: milliseconds(application, path) for name, path in paths.items()}
        for _ in range(options.rounds + WARM_UP_ROUNDS)
    ][WARM_UP_ROUNDS:]
    medians = {name: median(times[name] for times in rounds) for name in paths}
    print(f"{options.rows:,} rows, CPU of this process per request, database not included")
    print(f"{'':32}{'median':>10}{'stock / it':>14}{'bare / it':>12}")
    for name, value in medians.items():
        # Ratios inside a round, so that a slow moment of the machine slows both sides.
        stock = median(times["stock DRF, by cursor"] / times[name] for times in rounds)
        bare = median(times["bare view"] / times[name] for times in rounds)
        print(f"{name:32}{value:>7.2f} ms{stock:>14.2f}{bare:>12.2f}")


if __name__ == "__main__":
    main()
