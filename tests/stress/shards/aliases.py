"""Servers as databases of Django: an alias each, and a thread each, which a router leads to its own."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from itertools import count
from typing import TypeVar

from django.db import connections
from django.db.models import Model
from django.test.utils import override_settings
from psycopg.conninfo import conninfo_to_dict

# The alias of the server that a thread reads and writes.
ALIAS: ContextVar[str | None] = ContextVar("alias", default=None)
T = TypeVar("T")
NAMES = {"dbname": "NAME", "host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
# No two aliases of a process are alike.
NUMBERS = count()
ENGINE = "django.db.backends.postgresql"
OPTIONS = {"options": "-c jit=off", "prepare_threshold": 3}


class ServerRouter:
    """Leads each thread to its own server."""

    def db_for_read(self, model: type[Model], **hints: object) -> str | None:
        """Return the thread's alias; None leaves it to Django."""
        return ALIAS.get()

    def db_for_write(self, model: type[Model], **hints: object) -> str | None:
        """Return the same."""
        return ALIAS.get()


class Server:
    """One server, read by a thread of its own over one connection."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.thread = ThreadPoolExecutor(1, initializer=ALIAS.set, initargs=(alias,))
        self.pipeline = ExitStack()

    def begin(self) -> None:
        """Begin a snapshot: the first statement takes BEGIN along, which Django would send alone."""
        connections[self.alias].ensure_connection()
        self.connection = connections[self.alias].connection
        self.pipeline.enter_context(self.connection.pipeline())
        self.connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def end(self) -> None:
        """End the snapshot."""
        with self.pipeline:
            self.connection.execute("COMMIT")

    def close(self) -> None:
        """End the thread and its connection."""
        self.thread.submit(lambda: connections[self.alias].close()).result()
        self.thread.shutdown()


class Servers:
    """All servers. What `each` is given runs on all of them at once."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self.servers = servers

    def split(self, first: int) -> tuple["Servers", "Servers"]:
        """Return the first servers, and the others."""
        return Servers(self.servers[:first]), Servers(self.servers[first:])

    def __len__(self) -> int:
        return len(self.servers)

    def each(self, call: Callable[[int], T]) -> list[T]:
        """Call with each server's number, in its thread; return the results in their order."""
        futures = [server.thread.submit(call, number) for number, server in enumerate(self.servers)]
        return [future.result() for future in futures]

    def on(self, number: int, call: Callable[[], T]) -> T:
        """Call in the thread of one server."""
        return self.servers[number].thread.submit(call).result()

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let each server answer as of one moment: that of the first statement which reaches it."""
        self.each(lambda number: self.servers[number].begin())
        try:
            yield
        finally:
            self.each(lambda number: self.servers[number].end())

    def close(self) -> None:
        """End all threads and connections."""
        for server in self.servers:
            server.close()


@contextmanager
def aliased(urls: Sequence[str]) -> Iterator[list[str]]:
    """Make databases of Django of some URLs; yield their aliases."""
    names = [f"server_{next(NUMBERS)}" for _ in urls]
    for name, url in zip(names, urls, strict=True):
        given = {NAMES[key]: value for key, value in conninfo_to_dict(url).items()}
        connections.settings[name] = {**connections.settings["default"], **given, "ENGINE": ENGINE, "OPTIONS": OPTIONS}
    try:
        with override_settings(DATABASE_ROUTERS=[f"{__name__}.ServerRouter"]):
            yield names
    finally:
        for name in names:
            del connections.settings[name]


@contextmanager
def connected(urls: Sequence[str]) -> Iterator[Servers]:
    """Connect to servers; yield them."""
    with aliased(urls) as names:
        servers = Servers([Server(name) for name in names])
        try:
            yield servers
        finally:
            servers.close()
