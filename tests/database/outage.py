"""What requests may not do while the database is known to be away: wait, or connect."""

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

    class Watcher:
        def changed(self, _pool: ConnectionPool) -> None:
            """Note nothing."""

        def waited(self, _pool: ConnectionPool, seconds: float) -> None:
            """Note how long."""
            waits.append(seconds)

    def noted() -> SiteConnection:
        if current_thread().name != "database":  # the thread that looks whether the server is back
            attempts.append(current_thread().name)
        return connect()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "_connect", noted)
        patch.setattr(ConnectionPool, "watchers", [*ConnectionPool.watchers, Watcher()])
        yield
    assert (waits, attempts) == ([], [])
