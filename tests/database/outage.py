"""Looks whether requests wait or connect while the database is known to be away."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread

import pytest
from django.db import connection

from genonaut.database.connections import SiteConnection
from genonaut.database.pool import ConnectionPool


@contextmanager
def nothing_waits_or_connects() -> Iterator[None]:
    """Fail if a request waits for a connection or makes one meanwhile: either is what takes time in an outage."""
    pool, waits, attempts = connection.pool, [], []
    connect = pool._connect

    def note_wait(_pool: ConnectionPool, seconds: float) -> None:
        waits.append(seconds)

    def noted() -> SiteConnection:
        if current_thread().name != "database":  # the thread that looks whether the server is back
            attempts.append(current_thread().name)
        return connect()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_connect", noted)
        patch.setattr(ConnectionPool, "watchers", [*ConnectionPool.watchers, note_wait])
        yield
    assert (waits, attempts) == ([], [])
