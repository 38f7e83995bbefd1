"""A pool whose thread that tries the server again cannot start or ends by an error, and connections of no use."""

from threading import Event, Thread
from time import monotonic, sleep

import psycopg
import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from genonaut.database import pool as pools
from genonaut.database import starts
from genonaut.database.connections import SiteConnection
from genonaut.database.pool import ConnectionPool, DatabaseAwayError

# For any state, on however busy a machine.
WAIT_SECONDS = 300


class Unstartable(Thread):
    """A thread of a machine that has no more of them."""

    def start(self) -> None:
        """Raise what Thread.start does."""
        raise RuntimeError("can't start new thread")


def test_a_process_without_another_thread_tries_the_server_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    attempts = []

    def connect() -> None:
        attempts.append(1)
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(pools, "Thread", Unstartable)
    pool = ConnectionPool(connect, max_size=2, timeout=WAIT_SECONDS)
    for count in (1, 2):
        with pytest.raises(DatabaseAwayError, match="connection refused"):
            pool.getconn()
        assert (len(attempts), pool.is_failing, pool.in_use) == (count, False, 0)


def test_an_odd_error_of_the_thread_that_tries_is_the_next_request_s(caplog: pytest.LogCaptureFixture) -> None:
    attempts, may_go_on = [], Event()

    def connect() -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise psycopg.OperationalError("connection refused")
        may_go_on.wait(WAIT_SECONDS)
        raise ValueError("odd")

    pool = ConnectionPool(connect, max_size=2, timeout=WAIT_SECONDS)
    with pytest.raises(DatabaseAwayError):
        pool.getconn()
    may_go_on.set()
    began = monotonic()
    while pool.is_failing:
        assert monotonic() - began < WAIT_SECONDS
        sleep(0.01)
    with pytest.raises(ValueError, match="odd"):
        pool.getconn()
    assert (pool.in_use, "not tried any more" in caplog.text) == (0, True)


def test_a_connection_whose_start_cannot_be_noted_is_closed(
    db: None, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def connect(**params: object) -> SiteConnection:
        made.append(connect_as_ever(**params))
        return made[-1]

    connect_as_ever = SiteConnection.connect
    settings.REPLICA_URLS = ["postgresql://one/genonaut"]
    monkeypatch.setattr(SiteConnection, "connect", connect)
    monkeypatch.setattr(starts, "IS_NOTED", "SELECT 1 / 0")
    with pytest.raises(psycopg.errors.DivisionByZero):
        connection._connect_for_pool(connection.get_connection_params())
    assert [one.closed for one in made] == [True]
