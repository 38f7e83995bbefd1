"""`make run`: it refuses a port that is taken, tells its address when it answers, and Ctrl-C ends it without a word."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from content.models import ContentItem
from genonaut.management.commands.serve import check_free
from tests.factories import ContentItemFactory
from tests.processes import database_url

GUNICORN = ("-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:0")
Start = Callable[..., subprocess.Popen]


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def start(transactional_db: None) -> Iterator[Start]:
    """Starts Python on the test's database, in a process that takes Ctrl-C."""
    url = database_url()
    started: list[subprocess.Popen] = []

    def start_one(*arguments: str) -> subprocess.Popen:
        environment = {**os.environ, "DATABASE_URL": url, "HTTPS": "off", "WEB_WORKERS": "1"}
        pipe = subprocess.PIPE
        command = [sys.executable, *arguments]
        started.append(
            subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stdout=pipe, stderr=pipe, text=True)
        )
        return started[-1]

    yield start_one
    for process in started:
        process.kill()
        process.communicate()


def test_a_port_in_use_is_refused_before_the_database_is_touched(taken_port: int) -> None:
    with pytest.raises(CommandError) as error:
        call_command("serve", port=taken_port)
    assert str(error.value) == f"Port {taken_port} is in use; choose another: make run PORT={taken_port + 1}"


@pytest.mark.parametrize("port", [70_000, -1])
def test_a_port_that_cannot_be_is_refused(port: int) -> None:
    with pytest.raises(CommandError, match=f"^Port {port} cannot be used "):
        check_free(port)


def test_a_port_just_left_by_a_server_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # the side that closes first waits for a minute, in TIME_WAIT
    check_free(port)


def test_the_address_is_told_when_it_answers_and_ctrl_c_ends_it_silently(start: Start) -> None:
    item = ContentItemFactory()
    process = start(*GUNICORN)
    told = process.stdout.readline()
    address = told.removeprefix("Genonaut is at ").removesuffix(" - Ctrl-C stops it.\n")
    assert urlopen(f"{address}/content/{item.pk}/", timeout=30).status == 200  # noqa: S310 - http, our own
    process.send_signal(signal.SIGINT)
    assert (*process.communicate(timeout=30), process.returncode) == ("", "", 0)
    assert ContentItem.objects.get() == item


def test_a_ctrl_c_while_gunicorn_starts_is_kept_for_it(start: Start) -> None:
    launch = (
        "import os, signal, sys; signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}); print(flush=True);"
        "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    )
    process = start("-c", launch, *GUNICORN)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert (out.count("Genonaut is at"), errors, process.returncode) == (1, "", 0)


def test_ctrl_c_while_it_prepares_ends_it_without_a_traceback(start: Start) -> None:
    process = start("manage.py", "serve", "--port", "0")
    assert process.stdout.readline() == "Migrating the database ...\n"
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=60)
    assert (out, errors, process.returncode) == ("Stopped before it was ready.\n", "", 0)


def test_ctrl_c_ends_any_command_without_a_traceback(start: Start) -> None:
    process = start("manage.py", "shell", "-v0", "-c", "print(1, flush=True); import time; time.sleep(30)")
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert (*process.communicate(timeout=30), process.returncode) == ("", "", 130)
