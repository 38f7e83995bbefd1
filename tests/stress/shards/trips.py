"""Counts round trips, in what libpq says it sent and received: each time that a server is asked and then waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from django.db import connections
from psycopg.pq import Trace

from tests.stress.shards.aliases import Servers

SENT, RECEIVED = "F", "B"


@contextmanager
def counted(servers: Servers) -> Iterator[list[int]]:
    """Count the round trips to each server within the block; the list has them after it."""
    trips: list[int] = []
    with TemporaryDirectory() as folder:
        files = [(Path(folder) / str(number)).open("w+") for number in range(len(servers))]

        def begin(number: int) -> None:
            pgconn = connections[servers.servers[number].alias].connection.pgconn
            pgconn.trace(files[number].fileno())
            pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)

        servers.each(begin)
        yield trips
        servers.each(lambda number: connections[servers.servers[number].alias].connection.pgconn.untrace())
        for file in files:
            file.seek(0)
            trips.append(trips_in(file.read().splitlines()))
            file.close()


def trips_in(messages: list[str]) -> int:
    """Return how often the server is heard after it was asked."""
    sides = [message[:1] for message in messages if message[:1] in (SENT, RECEIVED)]
    return sum(one == SENT and next_one == RECEIVED for one, next_one in pairwise(sides))
