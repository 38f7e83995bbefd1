"""The embedded PostgreSQL: several processes share one server, the last one stops it, and failures are explained."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import pytest

WAIT_SECONDS = 60
USE = """
import sys
from pathlib import Path
import psycopg
from genonaut import postgres
url = postgres.database_url(Path(sys.argv[1]))
with psycopg.connect(url) as connection:
    print(connection.execute("SELECT pg_postmaster_start_time(), current_database()").fetchone(), flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for a server of this test's own, short enough for a socket's path."""
    with TemporaryDirectory(prefix="pg", dir="/tmp", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o755)  # noqa: S103 - run by root, the server belongs to another account
        yield Path(folder) / "postgres"


def user_of(data: Path) -> subprocess.Popen:
    """Start a process that uses the server until it is sent a line."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", USE, data], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def end(process: subprocess.Popen) -> None:
    """Let a process end by itself."""
    process.communicate("\n", timeout=WAIT_SECONDS)


def server_of(data: Path) -> psutil.Process | None:
    """Return the server that runs over a folder."""
    pid_file = data / "postmaster.pid"
    if not pid_file.exists():
        return None
    pid = int(pid_file.read_text().splitlines()[0])
    return psutil.Process(pid) if psutil.pid_exists(pid) else None


def test_processes_share_one_server_and_the_last_one_stops_it(data: Path) -> None:
    users = [user_of(data) for _ in range(3)]
    answers = {user.stdout.readline() for user in users}
    assert len(answers) == 1
    end(users[0])
    end(users[1])
    assert server_of(data) is not None
    end(users[2])
    assert server_of(data) is None


def test_the_data_is_there_at_the_next_start(data: Path) -> None:
    first = user_of(data)
    before = first.stdout.readline()
    end(first)
    second = user_of(data)
    after = second.stdout.readline()
    end(second)
    assert "genonaut" in before
    assert "genonaut" in after
    assert before != after


def test_a_killed_process_keeps_nobody_from_stopping_the_server(data: Path) -> None:
    killed, other = user_of(data), user_of(data)
    killed.stdout.readline()
    other.stdout.readline()
    killed.send_signal(signal.SIGKILL)
    killed.communicate(timeout=WAIT_SECONDS)
    assert server_of(data) is not None
    end(other)
    assert server_of(data) is None


def test_a_server_that_crashed_is_started_again(data: Path) -> None:
    user = user_of(data)
    user.stdout.readline()
    server = server_of(data)
    family = [server, *server.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=WAIT_SECONDS)
    user.send_signal(signal.SIGKILL)
    user.communicate(timeout=WAIT_SECONDS)
    again = user_of(data)
    assert "genonaut" in again.stdout.readline()
    end(again)


def test_a_pid_file_whose_number_belongs_to_another_program_is_forgotten(data: Path) -> None:
    user = user_of(data)
    user.stdout.readline()
    lines = (data / "postmaster.pid").read_text().splitlines()
    end(user)
    lines[0] = str(os.getpid())
    (data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    again = user_of(data)
    assert "genonaut" in again.stdout.readline()
    end(again)


def test_a_server_that_cannot_start_says_why_and_what_to_do(data: Path) -> None:
    user = user_of(data)
    user.stdout.readline()
    end(user)
    with (data / "postgresql.conf").open("a") as file:
        file.write("shared_buffers = 'nonsense'\n")
    began = time.monotonic()
    _, error = user_of(data).communicate("\n", timeout=WAIT_SECONDS)
    assert time.monotonic() - began < WAIT_SECONDS
    assert "PostgresDidNotStartError" in error
    assert 'invalid value for parameter "shared_buffers"' in error
    assert "set DATABASE_URL" in error
