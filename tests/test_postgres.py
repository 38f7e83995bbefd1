"""The embedded PostgreSQL: processes share one server, the last one stops it, and a failed start says what was seen."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from genonaut.postgres import PostgresDidNotStartError, folder, postmaster, server
from genonaut.postgres.errors import explain
from genonaut.postgres.postmaster import PidFile
from genonaut.postgres.programs import BIN, Account
from tests.clusters import WAIT_SECONDS, data_folder, processes_over, server_of, shared, started_at

USE = """
import sys
from pathlib import Path
import psycopg
from genonaut import postgres
url = postgres.database_url(Path(sys.argv[1]))
with psycopg.connect(url) as connection:
    print(connection.execute("SELECT pg_postmaster_start_time()::text").fetchone()[0], flush=True)
sys.stdin.readline()
"""


# As a gunicorn master whose worker takes a while to die.
FORK = """
import os, sys
from pathlib import Path
from genonaut import postgres
postgres.database_url(Path(sys.argv[1]))
here, there = os.pipe()
if os.fork():
    os.read(here, 1)
else:
    print(os.getpid(), flush=True)
    os.write(there, b"x")
    sys.stdin.read()
"""


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """A folder whose server ends with each test."""
    with data_folder() as path:
        yield path


def user_of(data: Path) -> subprocess.Popen:
    """Start a process that uses the server until it is sent a line."""
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", USE, data], stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def end(process: subprocess.Popen) -> None:
    """Let a process end by itself."""
    process.communicate("\n", timeout=WAIT_SECONDS)


def keep_waiting(is_so: Callable[[], bool]) -> None:
    """Wait for a state of a server. Raises AssertionError if it does not come."""
    assert any(is_so() for _ in postmaster.polls(WAIT_SECONDS))


def test_processes_share_one_server_and_the_last_one_stops_it(data: Path) -> None:
    last = user_of(data)
    answers = {last.stdout.readline().strip()}
    with shared(data) as url, shared(data) as again:
        answers |= {started_at(url), started_at(again)}
        assert len(answers) == 1
    assert server_of(data) is not None
    end(last)
    assert server_of(data) is None


def test_a_killed_process_does_not_keep_another_from_stopping_the_server(data: Path) -> None:
    killed = user_of(data)
    killed.stdout.readline()
    with shared(data):
        killed.send_signal(signal.SIGKILL)
        killed.communicate(timeout=WAIT_SECONDS)
        assert server_of(data) is not None
    assert server_of(data) is None


def test_a_forked_child_does_not_keep_its_parent_from_stopping_the_server(data: Path) -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", FORK, data], stdin=pipe, stdout=pipe, text=True) as parent:
        child = int(parent.stdout.readline())
        parent.wait(WAIT_SECONDS)
        assert (postmaster.is_alive(child), server_of(data)) == (True, None)
        parent.stdin.close()


def test_the_data_is_there_at_the_next_start(data: Path) -> None:
    with shared(data) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS value")
        before = started_at(url)
    with shared(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT * FROM kept").fetchone() == (1,)
        assert started_at(url) != before
        assert connection.info.dbname == "genonaut"


@contextmanager
def server_of_ours(data: Path) -> Iterator[subprocess.Popen]:
    """Start a server that is a child of this process, which does not reap it before the end."""
    account = Account.for_server(data)
    account.open_the_way(data)
    folder.configure(data, account)
    complaints = data.with_name("complaints")
    with complaints.open("wb") as stderr:
        child = subprocess.Popen([BIN / "postgres", "-D", data], stderr=stderr, **account.process_options())
    try:
        keep_waiting(lambda: postmaster.running(data) is not None or child.poll() is not None)
        assert child.returncode is None, complaints.read_text()
        yield child
    finally:
        child.kill()
        child.wait()


def test_pages_in_the_log_are_not_compressed_by_pglz(data: Path) -> None:
    """It is the dearest part of an update that touches thousands of index pages."""
    with shared(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("SHOW wal_compression").fetchone() in {("off",), ("lz4",)}


def test_a_server_that_crashed_and_was_never_reaped_is_started_again(data: Path) -> None:
    """A container without an init reaps no orphan."""
    with server_of_ours(data) as crashed, shared(data) as url:
        before = started_at(url)
        for process in processes_over(data):
            with suppress(psutil.NoSuchProcess):  # it sees that its server died
                process.kill()
        os.waitid(os.P_PID, crashed.pid, os.WEXITED | os.WNOWAIT)
        assert PidFile.read(data).pid == crashed.pid
        assert psutil.Process(crashed.pid).status() == psutil.STATUS_ZOMBIE
        with shared(data) as url:
            assert started_at(url) != before


def test_backends_that_outlived_their_server_do_not_keep_the_next_one_out(data: Path) -> None:
    with shared(data) as url, psycopg.connect(url) as connection:
        backend = psutil.Process(connection.info.backend_pid)
        backend.suspend()  # as one that computes, it does not see that its server died
        server_of(data).kill()
        with shared(data) as url:
            assert started_at(url)
        assert not postmaster.is_alive(backend.pid)


@pytest.fixture(scope="module")
def other() -> Iterator[int]:
    """Another server's process id."""
    with data_folder() as path, shared(path):
        yield PidFile.read(path).pid


def test_an_id_that_another_program_has_by_now_is_forgotten(data: Path, other: int) -> None:
    with shared(data):
        before = (data / "postmaster.pid").read_text()
    pid_file = data / "postmaster.pid"
    for pid in (other, os.getpid(), os.getppid(), 1, 2**22 + 1):
        pid_file.write_text(before.replace(before.split()[0], str(pid), 1))
        assert (pid, postmaster.running(data)) == (pid, None)
        assert "does not" in postmaster.describe(data)
    for text in ("", "no number", f"{other}", f"-{other}\n"):
        pid_file.write_text(text)
        assert (text, postmaster.running(data)) == (text, None)
    pid_file.write_text(before.replace(before.split()[0], str(other), 1))
    with shared(data) as url:
        assert started_at(url)


def test_a_server_that_another_started_and_that_shuts_down_is_waited_for(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "STOP_SECONDS", 0.1)
    with shared(data) as url, psycopg.connect(url):
        before = started_at(url)
        server_of(data).terminate()  # a smart shutdown: it waits for its clients to leave
        keep_waiting(lambda: PidFile.read(data).status == "stopping")
        with shared(data) as url:
            assert started_at(url) != before


def test_a_start_that_was_interrupted_leaves_no_half_of_a_folder(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "nonsense")  # with which initdb ends before it has made everything
    new, half = data.with_name("new"), data.with_name("new.half")
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    with pytest.raises(RuntimeError, match="invalid locale"):
        folder.create(new, Account.for_server(new))
    assert not new.exists()


def failure(data: Path) -> str:
    """Return what a start says that fails."""
    with pytest.raises(PostgresDidNotStartError) as error, shared(data):
        pass
    return str(error.value)


def test_a_setting_that_cannot_be_is_told_with_the_end_of_the_log(data: Path) -> None:
    conf = data / "postgresql.conf"
    before = conf.read_text()
    conf.write_text(before + "shared_buffers = 'nonsense'\n")
    told = failure(data)
    conf.write_text(before)
    assert f"The embedded PostgreSQL in {data} did not start: it ended at once" in told
    assert 'invalid value for parameter "shared_buffers": "nonsense"' in told
    assert "set DATABASE_URL" in told
    assert "disk" not in told


def test_a_frozen_server_is_told_with_its_id_and_left_alone(data: Path) -> None:
    with shared(data) as url:
        before, frozen = started_at(url), server_of(data)
        frozen.suspend()
        keep_waiting(lambda: postmaster.is_frozen(frozen.pid))
        told = failure(data)
        frozen.resume()
        assert f"process {frozen.pid} is stopped by a signal" in told
        assert f"`kill -CONT {frozen.pid}` lets it go on" in told
        assert started_at(url) == before


def test_a_folder_that_is_not_ours_to_start_is_told(data: Path) -> None:
    (data / "PG_VERSION").write_text("17\n")
    assert "PostgreSQL 17 made it, which is not compatible with this version, 18" in failure(data)
    (data / "PG_VERSION").write_text("18\n")
    foreign = data.with_name("foreign")
    foreign.mkdir()
    (foreign / "notes").touch()
    assert "the folder is not empty, and PostgreSQL did not make it" in failure(foreign)
    in_the_way = data.with_name("file")
    in_the_way.touch()
    assert "File exists" in failure(in_the_way / "postgres")


def test_the_disk_is_blamed_only_if_the_log_blames_it() -> None:
    account = Account("me", 1, 1)
    told = [
        explain(Path("/data"), account, RuntimeError("it ended"), log=log, seen="")
        for log in ("FATAL: could not write: No space left on device", "FATAL: could not open: Permission denied", "")
    ]
    assert ["disk" in text for text in told] == [True, False, False]
    assert "must belong to me" in told[1]
