"""A switchover: requests wait for the server that takes over, and a read that it ended is answered again."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from time import monotonic

import psycopg
import pytest
from django.db import connection
from django.test import Client

from content.models import ContentItem
from genonaut.database.pool import ConnectionPool
from tests.database.proxy import Proxy
from tests.factories import ContentItemFactory, UserFactory
from tests.processes import database_url

LIST = "/api/v1/content/"
PATIENCE_SECONDS = 20
AWAY_SECONDS = 0.4
END_WAITING = """
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.fixture
def reader() -> Client:
    """A client who is told what goes wrong, as browsers are."""
    return Client(raise_request_exception=False)


@pytest.fixture
def patience(proxy: Proxy) -> Iterator[None]:
    """Let requests wait for the server longer than it is away."""
    connection.pool.patience = PATIENCE_SECONDS
    yield
    connection.pool.patience = 0


def test_a_request_waits_for_a_server_that_has_just_gone(proxy: Proxy, patience: None, reader: Client) -> None:
    ContentItemFactory()
    assert reader.get(LIST).status_code == 200
    proxy.stop()
    back = Timer(AWAY_SECONDS, proxy.start)
    back.start()
    began = monotonic()
    assert [reader.get(LIST).status_code, reader.get("/").status_code] == [200, 200]
    assert monotonic() - began > AWAY_SECONDS / 2
    back.join()


class Waits:
    """Counts how often threads waited for a connection."""

    def __init__(self) -> None:
        self.count = 0

    def changed(self, _pool: ConnectionPool) -> None:
        """Note nothing."""

    def waited(self, _pool: ConnectionPool, _seconds: float) -> None:
        """Count one more."""
        self.count += 1


def test_no_request_waits_for_a_server_that_has_been_away_for_long(
    proxy: Proxy, reader: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection.pool, "patience", AWAY_SECONDS)
    monkeypatch.setattr(ConnectionPool, "watchers", [waits := Waits()])
    proxy.stop()
    assert reader.get(LIST).status_code == 503
    first = waits.count
    assert [reader.get(LIST).status_code for _ in range(3)] == [503] * 3
    assert waits.count == first


def ended_in_its_midst(client: Client, method: str, path: str) -> int:
    """Let the server end the connection of a request that waits for a lock; return the status of its answer."""
    url = database_url()
    with (
        ThreadPoolExecutor(1) as thread,
        psycopg.connect(url, autocommit=True) as killer,
        psycopg.connect(url) as holder,
    ):
        holder.execute("LOCK TABLE content_contentitem IN ACCESS EXCLUSIVE MODE")
        answer = thread.submit(answered, client, method, path)
        # A transaction would see the same activity each time.
        while killer.execute(END_WAITING).rowcount == 0:
            assert not answer.done()
        holder.rollback()
        return answer.result(timeout=PATIENCE_SECONDS)


def answered(client: Client, method: str, path: str) -> int:
    """Return the status of an answer, and give this thread's connection back."""
    work = {"title": "Lighthouse", "content_type": "image"}
    try:
        return client.generic(method, path, json.dumps(work), content_type="application/json").status_code
    finally:
        connection.close()


@pytest.mark.parametrize(("method", "path"), [("GET", LIST), ("GET", "/"), ("HEAD", LIST)])
def test_a_read_whose_connection_is_ended_is_answered_again(
    patience: None, reader: Client, method: str, path: str
) -> None:
    assert ended_in_its_midst(reader, method, path) == 200


def test_a_write_whose_connection_is_ended_is_not_tried_again(patience: None, reader: Client) -> None:
    reader.force_login(UserFactory())
    assert ended_in_its_midst(reader, "POST", LIST) == 503
    assert ContentItem.objects.count() == 0


def test_a_site_that_waits_for_nothing_answers_once(proxy: Proxy, reader: Client) -> None:
    assert ended_in_its_midst(reader, "GET", LIST) == 503
