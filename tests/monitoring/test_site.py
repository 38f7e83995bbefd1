"""Metrics of a site as it is run: several processes count together, and any of them tells."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.emptying import empty_database
from tests.ports import free_port
from tests.processes import PATIENT, database_url
from tests.web.http import Client, request

PAGE = "/accounts/login/"
WAIT_SECONDS = 300


@dataclass(frozen=True)
class Site:
    """Two processes, their ports, and what they write."""

    port: int
    metrics_port: int
    log: Path
    master: int


def start(url: str, log: Path, metrics_port: int) -> subprocess.Popen:
    """Start gunicorn."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "HTTPS": "off",
        "LOG_FORMAT": "json",
        "METRICS_PORT": str(metrics_port),
        "WEB_WORKERS": "2",
        "WEB_THREADS": "2",
        **PATIENT,
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:0"]
    with log.open("w") as stderr:
        return subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=stderr, text=True
        )


@pytest.fixture(scope="module")
def site(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site of two processes."""
    log, metrics_port = tmp_path_factory.mktemp("site") / "log", free_port()
    with django_db_blocker.unblock():
        url = database_url()
    process = start(url, log, metrics_port)
    port = int(re.search(r":(\d+) ", process.stdout.readline())[1])
    site = Site(port, metrics_port, log, process.pid)
    wait_for(lambda: len(psutil.Process(process.pid).children()) == 2 and listens(site))
    yield site
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=WAIT_SECONDS)
    process.stdout.close()
    assert not (settings.VAR_DIR / "metrics" / str(process.pid)).exists()
    with django_db_blocker.unblock():
        empty_database()
        connection.close()


def wait_for(state: object) -> None:
    """Wait until a state is reached."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not state():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def ask(site: Site, path: str, host: str = "127.0.0.1") -> tuple[int, str]:
    """Return the answer of the port of metrics, over a connection of its own."""
    with Client(site.metrics_port) as client:
        answer = client.send(request("GET", path, host=host)).read()
    return answer.status, answer.body.decode()


def scrape(site: Site) -> str:
    """Return the metrics."""
    return ask(site, "/metrics")[1]


def listens(site: Site) -> bool:
    """Return whether a process answers on the port of metrics."""
    try:
        socket.create_connection(("127.0.0.1", site.metrics_port)).close()
    except OSError:
        return False
    return True


def value(text: str, series: str) -> float:
    """Return the value of a series; 0 if it is not there."""
    line = re.search(rf"^{re.escape(series)} (\S+)$", text, re.MULTILINE)
    return float(line[1]) if line else 0.0


PAGES = 'genonaut_requests_total{endpoint="users:login",method="GET",status="200"}'


def get_page(site: Site) -> float:
    """Get a page, and wait until the process that answered has published it; return how many there were."""
    before = value(scrape(site), PAGES)
    with Client(site.port) as client:
        assert client.send(request("GET", PAGE)).read().status == 200
    wait_for(lambda: value(scrape(site), PAGES) == before + 1)
    return before + 1


def test_each_process_tells_what_all_of_them_counted(site: Site) -> None:
    before = get_page(site)
    for _ in range(20):
        with Client(site.port) as client:
            assert client.send(request("GET", PAGE)).read().status == 200
    # The process that is asked says what the other published last, each second.
    wait_for(lambda: value(scrape(site), PAGES) == before + 20)
    wait_for(lambda: value(scrape(site), "genonaut_requests_under_way") == 0.0)
    told = [scrape(site) for _ in range(6)]
    assert {value(text, PAGES) for text in told} == {before + 20}
    assert {value(text, 'genonaut_source_up{source="server"}') for text in told} == {1.0}


def test_what_a_process_counted_outlives_it_and_what_it_said_of_the_moment_does_not(site: Site) -> None:
    before = get_page(site)
    victim, _ = psutil.Process(site.master).children()
    folder = settings.VAR_DIR / "metrics" / str(site.master)
    victim.kill()
    wait_for(lambda: len(psutil.Process(site.master).children()) == 2)
    wait_for(lambda: not list(folder.glob(f"gauge_live*_{victim.pid}.db")))
    wait_for(lambda: listens(site))
    assert value(scrape(site), PAGES) == before


def test_what_the_web_server_refuses_has_an_id_and_is_counted(site: Site) -> None:
    get_page(site)
    with Client(site.port) as client:
        answer = client.send(request("POST", "/api/v1/content/", ["Content-Length: x"])).read()
    problem = json.loads(answer.body)
    assert (answer.status, problem["request_id"]) == (400, answer.headers["X-Request-ID"])
    assert value(scrape(site), 'genonaut_refused_requests_total{status="400"}') == 1
    lines = [json.loads(line) for line in site.log.read_text().splitlines() if line.startswith("{")]
    assert [line["status"] for line in lines if line.get("request_id") == problem["request_id"]] == [400]
    assert {line["route"] for line in lines if line.get("status") == 200} == {"accounts/login/"}


def test_the_port_shows_details_to_this_machine_alone(site: Site) -> None:
    code, text = ask(site, "/readyz")
    assert (code, json.loads(text)["details"]["is_pooled"]) == (200, False)
    assert ask(site, "/healthz")[0] == 200
    assert ask(site, "/accounts/login/")[0] == 404
    assert ask(site, "/metrics", host="evil.example")[0] == 404
    addresses = {
        found.laddr.ip
        for process in psutil.Process(site.master).children()
        for found in process.net_connections("tcp")
        if found.status == psutil.CONN_LISTEN and found.laddr.port == site.metrics_port
    }
    assert addresses == {"127.0.0.1"}


def test_a_port_that_another_site_has_is_refused(
    site: Site, django_db_blocker: DjangoDbBlocker, tmp_path: Path
) -> None:
    with django_db_blocker.unblock():
        url = database_url()
    second = start(url, tmp_path / "log", site.metrics_port)
    assert second.wait(timeout=WAIT_SECONDS) == 1
    second.stdout.close()
    assert f"METRICS_PORT {site.metrics_port} cannot be used" in (tmp_path / "log").read_text()
