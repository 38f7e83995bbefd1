"""What is measured side by side: ourselves and the libraries, each with its server and its addresses."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

import psycopg

from tests.stress.servers import Server, serving

PAGE_SIZE = 50
OUR_SERVER = ("-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:{port}")
# The same worker class and the same threads as ours.
DJANGO_SERVER = (
    *("-m", "gunicorn", "--worker-class", "genonaut.web.worker.BufferingWorker", "--workers", "1", "--threads", "8"),
    *("--bind", "127.0.0.1:{port}", "tests.stress.competitors.django_wsgi"),
)
FASTAPI_SERVER = (
    *("-m", "uvicorn", "--workers", "1", "--port", "{port}", "--log-level", "warning", "--no-access-log"),
    "tests.stress.competitors.fastapi_app:app",
)


@dataclass(frozen=True)
class Place:
    """A row as its order has it; a cursor page begins behind it."""

    created_at: datetime
    pk: int


@dataclass(frozen=True)
class System:
    """A server and the addresses of its lists; None is what it does not have."""

    name: str
    command: Sequence[str]
    page: Callable[[int, int], str] | None = None
    cursors: str | None = None
    cursor: Callable[[Place], str] | None = None


def ours_page(number: int, size: int) -> str:
    """Return the address of a page of ours."""
    return f"/api/v1/content/?page={number}&page_size={size}"


def drf_page(number: int, size: int) -> str:
    """Return the address of a page of DRF's."""
    return f"/pages/?page={number}&page_size={size}"


def fastapi_page(number: int, size: int) -> str:
    """Return the address of a page of fastapi-pagination's."""
    return f"/pages/?page={number}&size={size}"


def drf_cursor(place: Place) -> str:
    """Return the address behind a place, as DRF's CursorPagination writes it."""
    position = urlencode({"p": str(place.created_at)})
    return "/cursors/?cursor=" + quote(b64encode(position.encode()))


def paginator_cursor(place: Place) -> str:
    """Return the address behind a place, as django-cursor-pagination writes it."""
    return "/cursor-paginator/?after=" + quote(b64encode(f"{place.created_at}|{place.pk}".encode()))


def bookmark(place: Place) -> str:
    """Return a place as sqlakeyset writes it."""
    return f">dt:{place.created_at}~i:{place.pk}"


def keyset_cursor(place: Place) -> str:
    """Return the address behind a place, of sqlakeyset."""
    return "/keyset/?page=" + quote(bookmark(place))


def fastapi_cursor(place: Place) -> str:
    """Return the address behind a place, of fastapi-pagination, which encodes what sqlakeyset writes."""
    return "/cursors/?cursor=" + quote(quote(b64encode(bookmark(place).encode())))


OURS = System("Genonaut", OUR_SERVER, ours_page)
DRF = System("DRF", DJANGO_SERVER, drf_page, "/cursors/", drf_cursor)
THEIRS = (
    DRF,
    System("django-cursor-pagination", DJANGO_SERVER, None, "/cursor-paginator/", paginator_cursor),
    System("fastapi-pagination", FASTAPI_SERVER, fastapi_page, "/cursors/", fastapi_cursor),
    System("sqlakeyset", FASTAPI_SERVER, None, "/keyset/", keyset_cursor),
)


@contextmanager
def all_serving(url: str, systems: Sequence[System]) -> Iterator[dict[str, Server]]:
    """Serve a database by every system, each in a process of its own; yield the servers by name."""
    with ExitStack() as stack:
        yield {system.name: stack.enter_context(serving(url, system.command)) for system in systems}


def count_public(url: str) -> int:
    """Return how many rows the list has that everybody measures."""
    return scalar(url, "SELECT count(*) FROM content_contentitem WHERE NOT is_private AND level = 0")


def count_all(url: str) -> int:
    """Return how many rows the admin's list has."""
    return scalar(url, "SELECT count(*) FROM content_contentitem")


def last_full_page(rows: int) -> int:
    """Return the number of the last page that is as long as all others: a shorter one would be quicker."""
    return max(1, rows // PAGE_SIZE)


def scalar(url: str, statement: str) -> int:
    """Return the one value of a statement."""
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchone()[0]


def place_at(url: str, rank: int) -> Place:
    """Return the row of a rank in the list, from 0."""
    statement = """
        SELECT created_at, id FROM content_contentitem WHERE NOT is_private AND level = 0
        ORDER BY created_at DESC, id DESC OFFSET %s LIMIT 1
    """
    with psycopg.connect(url) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        return Place(*connection.execute(statement, [rank]).fetchone())


def our_cursor_page(server: Server, number: int, *, query: str = "") -> str | None:
    """Return the address behind page `number` of ours by cursor; None if that page is not reached."""
    reply = server.get(ours_page(number, PAGE_SIZE) + query)
    if reply.status != 200:
        return None
    return f"/api/v1/content/?cursor={json.loads(reply.body)['pagination']['next_cursor']}{query}"
