"""The database goes away, freezes, restarts: requests fail at once, and none fails once it is back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import monotonic

import psycopg
import pytest
from django.db import connection, connections
from django.test import Client
from pytest_django.fixtures import Settings

from genonaut.database import connections as site_connections
from genonaut.database import pool as pools
from genonaut.database.outages import AWAY, BUSY, TOO_LONG
from genonaut.database.pool import ConnectionPool, PoolExhaustedError
from tests.database.outage import nothing_waits_or_connects
from tests.database.proxy import Proxy
from tests.factories import ContentItemFactory
from tests.processes import database_url

LIST = "/api/v1/content/"
# For any state, on however busy a machine; what a test tells from it takes several times as long.
WAIT_SECONDS = 300
OTHERS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'outage'"
ALL = f"SELECT count(*) {OTHERS}"
END_ALL = f"SELECT count(pg_terminate_backend(pid)) {OTHERS}"


@pytest.fixture
def reader() -> Client:
    """Somebody who looks at pages, one after the other."""
    return Client(raise_request_exception=False)


def answer(reader: Client, path: str = LIST) -> int:
    """Ask for a path; return the status."""
    status = reader.get(path).status_code
    connection.close()
    return status


def wait_until_it_is_back(reader: Client) -> None:
    """Ask until the answer is good."""
    began = monotonic()
    while answer(reader) != 200:
        assert monotonic() - began < WAIT_SECONDS


class Pauses(Event):
    """What a pool waits for between two attempts; notes how long each pause may take."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Wait as ever."""
        self.seconds.append(timeout)
        return super().wait(timeout)


def fill_pool(size: int) -> None:
    """Let the pool hold so many idle connections."""
    taken = [connection.pool.getconn() for _ in range(size)]
    for one in taken:
        connection.pool.putconn(one)


def test_connections_that_the_server_ended_fail_no_request(
    proxy: Proxy, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_connections, "DOUBT_SECONDS", WAIT_SECONDS)
    connections.settings["default"]["OPTIONS"]["application_name"] = "outage"
    assert answer(reader) == 200
    fill_pool(7)
    with psycopg.connect(database_url(), autocommit=True) as killer:
        assert killer.execute(END_ALL).fetchone()[0] == 7
        while killer.execute(ALL).fetchone()[0]:
            pass
    # The proxy hands the news on a moment later.
    while not all(idle.is_ended_by_server() for idle in connections["default"].pool._idle):
        pass
    assert answer(reader) == 200
    # All were found dead at once, not one after the other with a pause between.
    assert connection.pool.idle == 1
    with nothing_waits_or_connects():
        assert [answer(reader) for _ in range(7)] == [200] * 7


def test_connections_that_broke_on_the_way_fail_no_request(proxy: Proxy, reader: Client) -> None:
    fill_pool(5)
    proxy.stop()
    proxy.start()
    assert [answer(reader) for _ in range(6)] == [200] * 6


def test_while_it_is_away_every_request_fails_at_once_and_soon_after_none(proxy: Proxy, reader: Client) -> None:
    ContentItemFactory()
    fill_pool(3)
    assert answer(reader) == 200
    proxy.stop()
    assert answer(reader) == 503
    with nothing_waits_or_connects():
        assert [answer(reader) for _ in range(4)] == [503] * 4
    problem = reader.get(LIST)
    assert (problem.json()["detail"], problem["Retry-After"]) == (AWAY.detail, "5")
    page = reader.get("/")
    assert (page.status_code, AWAY.detail in page.content.decode(), page["Retry-After"]) == (503, True, "5")
    proxy.start()
    wait_until_it_is_back(reader)
    assert [answer(reader) for _ in range(4)] == [200] * 4


def test_the_longest_absence_makes_no_longer_return(
    proxy: Proxy, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempts are made at even distances, not half as often each time."""
    monkeypatch.setattr(pools, "RETRY_SECONDS", 0.005)
    monkeypatch.setattr(connection.pool, "_closing", pauses := Pauses())
    proxy.stop()
    began = monotonic()
    while len(pauses.seconds) < 20:
        assert answer(reader) == 503
        assert monotonic() - began < WAIT_SECONDS
    proxy.start()
    wait_until_it_is_back(reader)
    assert set(pauses.seconds) == {0.005}


def test_a_server_that_nothing_asked_for_long_is_not_tried_for_ever(
    proxy: Proxy, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "RETRY_SECONDS", 0.005)
    monkeypatch.setattr(pools, "PATIENCE_SECONDS", 0)
    proxy.stop()
    assert answer(reader) == 503
    while connection.pool._failure is not None:
        pass
    proxy.start()
    assert answer(reader) == 200


def test_a_frozen_server_holds_no_request_for_long(
    proxy: Proxy, reader: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STATEMENT_TIMEOUT_MS = 5 * 1_000 * WAIT_SECONDS
    monkeypatch.setattr(site_connections, "DOUBT_SECONDS", 0.1)
    fill_pool(3)
    connection.pool._connect.args[0]["connect_timeout"] = 2
    proxy.freeze()
    began = monotonic()
    with ThreadPoolExecutor(3) as threads:
        statuses = threads.map(answer, [Client(raise_request_exception=False) for _ in range(3)])
        assert list(statuses) == [503] * 3
    assert monotonic() - began < WAIT_SECONDS
    with nothing_waits_or_connects():
        assert [answer(reader) for _ in range(3)] == [503] * 3
    proxy.thaw()
    wait_until_it_is_back(reader)


@pytest.fixture
def locked_items(proxy: Proxy) -> Iterator[psycopg.Connection]:
    """Hold the table of items locked."""
    with psycopg.connect(database_url()) as other:
        other.execute("LOCK TABLE content_contentitem IN ACCESS EXCLUSIVE MODE")
        yield other
        other.rollback()


def test_a_statement_that_no_server_ends_is_ended_from_here(
    locked_items: psycopg.Connection, reader: Client, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As behind a pooler that hands on no statement_timeout."""
    settings.STATEMENT_TIMEOUT_MS = 300
    monkeypatch.setattr(site_connections, "DOUBT_SECONDS", 0.1)
    monkeypatch.setattr(site_connections, "GRACE_SECONDS", WAIT_SECONDS)
    answer = reader.get(LIST)
    assert (answer.status_code, answer.json()["detail"]) == (503, TOO_LONG.detail)
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    assert locked_items.execute(waiting).fetchone() == (0,)


def test_a_slow_statement_of_a_server_that_answers_has_its_time(
    proxy: Proxy, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_connections, "DOUBT_SECONDS", 0.05)
    token = site_connections.time_limit.seconds.set(WAIT_SECONDS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2), 7")
        assert cursor.fetchone()[1] == 7
    site_connections.time_limit.seconds.reset(token)


def test_a_server_that_accepts_a_connection_and_says_nothing_is_away(
    proxy: Proxy, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a pooler without a server behind."""
    settings.DATABASE_CONNECT_SECONDS = 0.1
    monkeypatch.setattr(site_connections, "FACTS", f"SELECT 1, 2, true FROM pg_sleep({5 * WAIT_SECONDS})")
    began = monotonic()
    with pytest.raises(psycopg.errors.ConnectionTimeout):
        site_connections.SiteConnection.connect(f"{database_url()}&application_name=outage")
    assert monotonic() - began < WAIT_SECONDS
    with psycopg.connect(database_url(), autocommit=True) as killer:
        killer.execute(END_ALL)
    settings.DATABASE_CONNECT_SECONDS = 20
    monkeypatch.setattr(site_connections, "DOUBT_SECONDS", 0.05)
    monkeypatch.setattr(site_connections, "FACTS", "SELECT 1, 2, true FROM pg_sleep(0.2)")
    site_connections.SiteConnection.connect(database_url()).close()


def test_nothing_but_a_request_has_a_limit(proxy: Proxy, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Compactions and anchors, in threads of their own, say for themselves how long they may take."""
    settings.STATEMENT_TIMEOUT_MS = 10
    monkeypatch.setattr(site_connections, "DOUBT_SECONDS", 0.01)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.1), 7")
        assert cursor.fetchone()[1] == 7


def test_when_all_connections_are_in_use_the_site_is_busy(proxy: Proxy, reader: Client) -> None:
    connection.pool.max_size, connection.pool.timeout = 2, 0.05
    taken = [connection.pool.getconn() for _ in range(2)]
    problem = reader.get(LIST)
    assert (problem.status_code, problem.json()["detail"]) == (503, BUSY.detail)
    for one in taken:
        connection.pool.putconn(one)
    assert answer(reader) == 200


def test_a_server_with_no_room_makes_a_request_wait_for_a_connection_of_another(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = connection.pool.getconn()

    def refuse() -> None:
        raise psycopg.OperationalError("FATAL:  sorry, too many clients already")

    full = ConnectionPool(refuse, max_size=4, timeout=WAIT_SECONDS)
    full._in_use = 1
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(full.getconn)
        full.putconn(first)
        assert waiting.result(timeout=WAIT_SECONDS) is first
    full.timeout = 0
    with pytest.raises(PoolExhaustedError):
        full.getconn()
    first.close()


def test_a_connection_comes_back_to_the_pool_only_whole_and_young(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    pool = connection.pool
    whole, broken, busy, old = (pool.getconn() for _ in range(4))
    broken.close()
    busy.autocommit = False
    busy.execute("SELECT 1")
    old.made_at -= pools.LIFETIME_SECONDS
    for one in (whole, broken, busy, old):
        pool.putconn(one)
    assert (pool._idle, pool._in_use) == ([whole], 0)
    assert [one.closed for one in (whole, broken, busy, old)] == [False, True, True, True]
    other = pool.getconn()
    late = pool.getconn()
    pool.putconn(other)
    other.idle_since -= pools.IDLE_SECONDS + 1
    pool.putconn(late)
    assert (pool._idle, other.closed) == ([late], True)


def test_doubts_of_slow_statements_fill_no_pool_beyond_its_size(proxy: Proxy) -> None:
    """Each look whether the server still answers makes a connection, which is kept if there is a place for it."""
    made = []

    def connect() -> site_connections.SiteConnection:
        made.append(site_connections.SiteConnection.connect(database_url()))
        return made[-1]

    pool = ConnectionPool(connect, max_size=2, timeout=WAIT_SECONDS)
    slow = pool.getconn()
    assert [pool.is_away() for _ in range(4)] == [False] * 4
    assert (len(pool._idle), pool._in_use, [one.closed for one in made]) == (1, 1, [False, False, True, True, True])
    pool.putconn(slow)
    pool.close()
