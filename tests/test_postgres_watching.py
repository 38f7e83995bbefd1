"""The embedded PostgreSQL is started again under a site that runs, whatever ended it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from genonaut.postgres import server as postgres_server
from genonaut.postgres import watching
from genonaut.postgres.postmaster import polls
from genonaut.postgres.server import Server
from tests.clusters import WAIT_SECONDS, data_folder, server_of, started_at


@dataclass(frozen=True)
class Watched:
    """A server that a thread watches, as in a worker of the site."""

    url: str
    data: Path

    def send(self, number: int) -> None:
        """Send the server a signal, and wait until one that was started later answers."""
        before = started_at(self.url)
        server_of(self.data).send_signal(number)
        assert any(answer(self.url) not in {None, before} for _ in polls(WAIT_SECONDS))


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    """A server that a thread watches until the end of this module."""
    with data_folder() as data:
        server = Server(data)
        url = server.share()
        thread = watching.watch(server)
        yield Watched(url, data)
        server.release()
        thread.join(WAIT_SECONDS)
        assert not thread.is_alive()


def answer(url: str) -> str | None:
    """Return when the server that answers was started, or None if none does."""
    try:
        return started_at(url)
    except psycopg.OperationalError:
        return None


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT], ids=["killed", "stopped"])
def test_a_server_that_ends_is_back_with_its_data(watched: Watched, number: int) -> None:
    with psycopg.connect(watched.url) as connection:
        connection.execute(f"CREATE TABLE kept_{number} AS SELECT 1 AS value")
    watched.send(number)
    with psycopg.connect(watched.url) as connection:
        assert connection.execute(f"SELECT * FROM kept_{number}").fetchone() == (1,)


def test_a_server_that_waits_for_its_clients_to_leave_is_back_while_they_stay(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_server, "STOP_SECONDS", 0.1)
    with psycopg.connect(watched.url):
        watched.send(signal.SIGTERM)  # which waits for this client as long as it stays


def test_a_frozen_server_is_told_once_and_left_alone(watched: Watched, caplog: pytest.LogCaptureFixture) -> None:
    before, frozen = started_at(watched.url), server_of(watched.data)
    frozen.suspend()
    assert any("answers nothing" in caplog.text for _ in polls(WAIT_SECONDS))
    frozen.resume()
    assert started_at(watched.url) == before
    assert caplog.text.count(f"`kill -CONT {frozen.pid}` lets it go on") == 1


def test_a_server_that_cannot_start_is_complained_about_once_and_tried_until_it_can(
    watched: Watched, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "RETRY_SECONDS", 0.01)
    conf = watched.data / "postgresql.conf"
    whole = conf.read_text()
    conf.write_text(whole + "shared_buffers = 'nonsense'\n")
    before = started_at(watched.url)
    server_of(watched.data).kill()
    log = watched.data / "log"
    assert any(log.read_text().count('"nonsense"') > 1 for _ in polls(WAIT_SECONDS))
    conf.write_text(whole)
    assert any(answer(watched.url) not in {None, before} for _ in polls(WAIT_SECONDS))
    assert caplog.text.count("did not start") == 1


SITE = """
import sys, threading
import genonaut.wsgi
print(sorted(thread.name for thread in threading.enumerate()))
import genonaut.urls
print(sorted({"av", "numpy", "thumbhash", "PIL.AvifImagePlugin", "PIL.ImageCms"} & sys.modules.keys()))
"""


@pytest.fixture(scope="module")
def site() -> list[str]:
    """What a process of the site says, whose database is away: its threads, and the decoders that it imported."""
    environment = {**os.environ, "DATABASE_URL": "postgresql://127.0.0.1:1/nowhere", "SECRET_KEY": "k" * 50}
    run = subprocess.run([sys.executable, "-c", SITE], env=environment, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def test_a_server_that_database_url_names_is_left_alone(site: list[str]) -> None:
    assert site[0] == "['MainThread', 'upkeep']"


def test_a_process_of_the_site_imports_no_decoder(site: list[str]) -> None:
    assert site[1] == "[]"
