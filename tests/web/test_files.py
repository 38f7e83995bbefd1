"""Files over the web server as it is run: ranges, clients that go away or do not read, and database connections."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psutil
import pytest
from django.conf import settings

from tests.factories import ContentItemFactory, MediaFileFactory
from tests.media.files import library_at, seen_in
from tests.processes import PATIENT, database_url
from tests.web.http import LONGEST_SECONDS, Client, request

PAGE = "/accounts/login/"
# More than the kernel and the web server take ahead of a client that does not read.
LONG = 40 * 1024 * 1024
THREADS = 2


@dataclass(frozen=True)
class Site:
    """A server, its one worker, a work's file and its address."""

    port: int
    worker: psutil.Process
    file: Path
    address: str

    def is_open(self) -> bool:
        """Return whether the worker holds the file open."""
        return any(opened.path == str(self.file) for opened in self.worker.open_files())


@pytest.fixture
def site(transactional_db: None, tmp_path: Path) -> Iterator[Site]:
    """One worker with two threads and one database connection, and a work with a long file."""
    file = tmp_path / "library" / "long.mp4"
    media_file = MediaFileFactory(size=LONG, format="mp4", mime="video/mp4")
    seen_in(library_at(file.parent), file.name, media_file)
    with file.open("wb") as made:
        made.write(b"begin")
        made.truncate(LONG - 3)
        made.seek(0, os.SEEK_END)
        made.write(b"end")
    work = ContentItemFactory(media_file=media_file)
    environment = {
        "DATABASE_URL": database_url(),
        "DATABASE_POOL_SIZE": "1",
        "HTTPS": "off",
        "WEB_WORKERS": "1",
        "WEB_THREADS": str(THREADS),
        **PATIENT,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:0"]
    process = subprocess.Popen(
        [*command, "--graceful-timeout", "1"],
        cwd=settings.BASE_DIR,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        text=True,
    )
    port = int(re.search(r":(\d+) ", process.stdout.readline())[1])
    with Client(port) as client:
        assert client.send(request("GET", PAGE)).read().status == 200
    (worker,) = psutil.Process(process.pid).children()
    yield Site(port, worker, file, f"/content/{work.pk}/file/")
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=300)
    process.stdout.close()


def wait_until_closed(site: Site) -> None:
    """Wait until the worker has closed the file. Raises TimeoutError."""
    end = time.monotonic() + LONGEST_SECONDS
    while site.is_open():
        if time.monotonic() > end:
            raise TimeoutError(site.worker.open_files())
        time.sleep(0.05)


def settled_memory(site: Site) -> int:
    """Return the worker's bytes once what its threads load at their start is there. Raises TimeoutError."""
    end = time.monotonic() + LONGEST_SECONDS
    seen = [site.worker.memory_info().rss]
    while time.monotonic() < end:
        time.sleep(0.5)
        seen.append(site.worker.memory_info().rss)
        if seen[-1] - seen[-2] < LONG / 100:
            return seen[-1]
    raise TimeoutError(seen)


def test_a_player_seeks_on_one_connection_and_the_file_is_closed_behind_it(site: Site) -> None:
    with Client(site.port) as client:
        for asked, body, described in (
            ("bytes=0-4", b"begin", f"bytes 0-4/{LONG}"),
            ("bytes=-3", b"end", f"bytes {LONG - 3}-{LONG - 1}/{LONG}"),
            (f"bytes={LONG - 300_000}-", bytes(299_997) + b"end", f"bytes {LONG - 300_000}-{LONG - 1}/{LONG}"),
        ):
            answer = client.send(request("GET", site.address, [f"Range: {asked}"])).read()
            assert (answer.status, answer.body) == (206, body)
            assert answer.headers["Content-Range"] == described
            assert "Connection" not in answer.headers
        assert client.send(request("HEAD", site.address)).read("HEAD").headers["Content-Length"] == str(LONG)
        assert client.send(request("GET", site.address, ["Range: bytes=99999999-"])).read().status == 416
    wait_until_closed(site)


def test_a_whole_file_arrives_in_bounded_memory(site: Site) -> None:
    with Client(site.port) as client:
        assert client.send(request("GET", site.address, ["Range: bytes=0-4"])).read().body == b"begin"
    before = settled_memory(site)
    with closing(HTTPConnection("127.0.0.1", site.port, timeout=LONGEST_SECONDS)) as connection:
        connection.request("GET", site.address)
        answer = connection.getresponse()
        body = answer.read()
    assert (answer.status, len(body), body[:5], body[-3:]) == (200, LONG, b"begin", b"end")
    # Far less than the file: what threads of the site's own load meanwhile is some megabytes.
    assert site.worker.memory_info().rss - before < LONG / 2


def test_a_client_that_goes_away_leaves_no_open_file(site: Site) -> None:
    with Client(site.port) as client:
        client.send(request("GET", site.address))
        assert client.socket.recv(9) == b"HTTP/1.1 "
        assert site.is_open()
    wait_until_closed(site)


def test_clients_that_do_not_read_their_files_hold_no_thread(site: Site) -> None:
    """Each has sent its next request already, whose answer would wait for the file before it."""
    with ExitStack() as opened, Client(site.port) as reader:
        for _ in range(2 * THREADS):
            client = opened.enter_context(Client(site.port))
            client.send(request("GET", site.address) + request("GET", PAGE))
            assert client.socket.recv(9) == b"HTTP/1.1 "
        assert reader.send(request("GET", PAGE)).read().status == 200


def test_a_thread_that_sent_a_file_gives_its_database_connection_back(site: Site) -> None:
    """Django would do so when the answer is closed: in another thread, to which this one's connection is unknown."""
    with ExitStack() as opened:
        for _ in range(2 * THREADS):
            client = opened.enter_context(Client(site.port))
            client.send(request("GET", site.address))
            # A thread that waits for the connection in vain answers 503.
            assert client.socket.recv(12) == b"HTTP/1.1 200"
