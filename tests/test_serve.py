"""`make run`: it refuses a port that is taken, tells its address when it answers, and Ctrl-C ends it without a word."""

import fcntl
import os
import pty
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from content.models import ContentItem
from generation.jobs import Request, ask
from generation.models import Status
from genonaut.management.commands.serve import fill, free_port
from genonaut.postgres.postmaster import polls
from tests.clusters import WAIT_SECONDS, data_folder, server_of
from tests.factories import ContentItemFactory, UserFactory
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

    def start_one(*arguments: str, **known: str) -> subprocess.Popen:
        known = {"DATABASE_URL": url, "HTTPS": "off", "WEB_WORKERS": "1", "DEMO_FILES": "0", **known}
        pipe = subprocess.PIPE
        command = [sys.executable, *arguments]
        started.append(
            subprocess.Popen(
                command, cwd=settings.BASE_DIR, env={**os.environ, **known}, stdout=pipe, stderr=pipe, text=True
            )
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
        free_port(port)


@pytest.mark.parametrize("port", ["", "abc", "80 80", "8000; true"])
def test_a_port_that_is_no_number_is_refused(port: str) -> None:
    with pytest.raises(CommandError, match=f"^Port {port!r} is not a number"):
        free_port(port)


def test_a_folder_that_cannot_be_written_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.VAR_DIR = tmp_path / "file" / "var"
    with pytest.raises(CommandError, match=r"^The site keeps its files in .*/var, which must be writable: "):
        call_command("serve", port=0)


def test_without_a_demo_the_database_stays_empty(db: None, settings: Settings) -> None:
    settings.DEMO_FILES = settings.DEMO_ROWS = 0
    fill()
    assert not ContentItem.objects.exists()


def test_a_port_just_left_by_a_server_is_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()  # the side that closes first waits for a minute, in TIME_WAIT
    free_port(port)


def test_the_address_is_told_when_it_answers_and_ctrl_c_ends_it_silently(start: Start) -> None:
    item = ContentItemFactory()
    process = start(*GUNICORN)
    told = process.stdout.readline()
    address = told.removeprefix("Genonaut is at ").removesuffix(" - Ctrl-C stops it.\n")
    assert urlopen(f"{address}/content/{item.pk}/", timeout=300).status == 200  # noqa: S310 - http, our own
    process.send_signal(signal.SIGINT)
    assert (*process.communicate(timeout=300), process.returncode) == ("", "", 0)
    assert ContentItem.objects.get() == item


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP], ids=["ctrl-c", "closed terminal"])
def test_a_signal_while_gunicorn_starts_is_kept_for_it_and_ends_it(start: Start, number: int) -> None:
    launch = (
        "import os, signal; from genonaut.management.commands import serve;"
        "signal.pthread_sigmask(signal.SIG_BLOCK, serve.ENDS); print(flush=True);"
        "serve.serve(0, os.open(os.devnull, os.O_RDONLY))"
    )
    process = start("-c", launch)
    process.stdout.readline()
    process.send_signal(number)
    out, errors = process.communicate(timeout=300)
    assert (out.count("Genonaut is at"), errors, process.returncode) == (1, "", 0)


def test_one_prepares_at_a_time_and_a_signal_ends_it_waiting_or_preparing(start: Start) -> None:
    with (settings.VAR_DIR / "serve.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        ends = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
        processes = [start("manage.py", "serve", "--port", "0") for _ in ends]
        for process in processes:
            assert process.stdout.readline() == "Another `make run` prepares this site; waiting for it ...\n"
        ended = [stopped(process, number) for process, number in zip(processes[:2], ends[:2], strict=True)]
    assert processes[2].stdout.readline() == "Migrating the database ...\n"
    ended.append(stopped(processes[2], ends[2]))
    assert ended == [("Stopped before it was ready.\n", "", 0)] * 3


@pytest.fixture
def site(start: Start, tmp_path: Path) -> subprocess.Popen:
    """The site that listens, as `make run` has it: with a worker, and with folders of its own."""
    folders = [f"{name} = {str(tmp_path / name)!r}" for name in ("MEDIA_ROOT", "THUMBNAILS_DIR", "UPLOADS_DIR")]
    (tmp_path / "own_folders.py").write_text("\n".join(["from genonaut.settings import *", *folders]))
    known = {"PYTHONPATH": str(tmp_path), "DJANGO_SETTINGS_MODULE": "own_folders", "LOG_LEVEL": "WARNING"}
    code = "import os; from genonaut.management.commands import serve; serve.serve(0, os.open(os.devnull, os.O_RDONLY))"
    process = start("-c", code, **known)
    assert process.stdout.readline().startswith("Genonaut is at")
    return process


def worker_of(site: subprocess.Popen, *, other_than: int = 0) -> psutil.Process:
    """Wait for the worker of a site."""
    for _ in polls(WAIT_SECONDS):
        for process in psutil.Process(site.pid).children():
            with suppress(psutil.NoSuchProcess):
                if "worker" in process.cmdline() and process.pid != other_than:
                    return process
    site.kill()
    raise TimeoutError(site.communicate())


def test_a_job_becomes_a_work_beside_the_site_and_ctrl_c_ends_both(site: subprocess.Popen) -> None:
    (job,) = ask(UserFactory(), [Request("a lighthouse", parameters={"width": 64, "height": 64})])
    for _ in polls(WAIT_SECONDS):
        job.refresh_from_db()
        if job.status == Status.COMPLETED:
            break
    assert job.result.is_pictured
    worker = worker_of(site)
    assert stopped(site, signal.SIGINT) == ("", "", 0)
    assert not worker.is_running()


def test_a_worker_that_dies_is_started_again_and_outlives_no_site_that_is_killed(site: subprocess.Popen) -> None:
    first = worker_of(site)
    first.kill()
    second = worker_of(site, other_than=first.pid)
    site.kill()
    second.wait(WAIT_SECONDS)
    _, errors = site.communicate(timeout=WAIT_SECONDS)
    assert errors.count("The worker ended; another one starts in 1 s.") == 1


def stopped(process: subprocess.Popen, number: int) -> tuple[str, str, int]:
    """Send a process a signal; return what it prints until it ends, and its exit code."""
    process.send_signal(number)
    return (*process.communicate(timeout=300), process.returncode)


def test_a_signal_ends_any_command_without_a_traceback_and_its_server_with_it(start: Start) -> None:
    share = "import sys, time; from pathlib import Path; from genonaut import postgres;"
    with data_folder() as data:
        share += f"postgres.database_url(Path({str(data)!r})); print(flush=True); time.sleep(600)"
        ends = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGHUP: 129}
        processes = [start("manage.py", "shell", "-v0", "-c", share) for _ in ends]
        for process in processes:
            process.stdout.readline()
        for process, (number, code) in zip(processes, ends.items(), strict=True):
            assert server_of(data) is not None
            assert stopped(process, number) == ("", "", code)
        assert server_of(data) is None


def test_a_database_that_is_away_is_told_without_a_traceback() -> None:
    environment = {**os.environ, "DATABASE_URL": "postgresql://127.0.0.1:1/none"}
    command = [sys.executable, "manage.py", "serve", "--port", "0"]
    run = subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True, check=False)
    assert "CommandError: The database could not be prepared: connection failed: " in run.stderr
    assert (run.returncode, "Traceback" in run.stderr) == (1, False)


def test_a_closed_terminal_ends_a_process_that_is_not_its_first() -> None:
    code = "import signal; from genonaut import terminal; terminal.end_when_closed(); print(flush=True); signal.pause()"
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", code], stdin=theirs, stdout=subprocess.PIPE, text=True)
    os.close(theirs)
    assert process.stdout.readline() == "\n"
    assert process.poll() is None
    os.close(ours)
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGHUP
