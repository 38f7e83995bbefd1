"""Servers of tests' own. A data folder is made once and copied for each: initdb takes seconds, a copy 50 ms."""

import fcntl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
import psycopg
from django.conf import settings

from genonaut.postgres import folder
from genonaut.postgres.postmaster import running, wait_until_ended
from genonaut.postgres.programs import BIN, VERSION, Account
from genonaut.postgres.server import Server

WAIT_SECONDS = 300
# A server that is killed loses nothing by it: what it wrote is in the kernel's hands.
SETTINGS = "fsync = off\nshared_buffers = 16MB\n"


def template() -> Path:
    """Return a data folder that no server runs over, made by the first test that wants it."""
    made = settings.VAR_DIR / "tests" / f"cluster-{VERSION}-{(BIN / 'postgres').stat().st_mtime_ns}"
    made.parent.mkdir(parents=True, exist_ok=True)
    with (made.parent / "cluster.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            account = Account.for_server(made)
            account.open_the_way(made)
            folder.create(made, account)
            with (made / "postgresql.conf").open("a") as conf:
                conf.write(folder.INCLUDE + SETTINGS)
    return made


@contextmanager
def data_folder(inside: str = "postgres") -> Iterator[Path]:
    """Yield the path of a data folder of a test's own, ready to be started; whatever runs over it is ended after."""
    with TemporaryDirectory(prefix="pg", dir="/tmp", ignore_cleanup_errors=True) as top:
        data = Path(top) / inside
        data.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["cp", "-a", template(), data], check=True)
        yield data
        crash(data)
        folder.remove_socket_folder(data)


def processes_over(data: Path) -> list[psutil.Process]:
    """Return all processes of a server."""
    server = server_of(data)
    return [] if server is None else [server, *server.children(recursive=True)]


def server_of(data: Path) -> psutil.Process | None:
    """Return the living server of the folder's pid file."""
    file = running(data)
    return psutil.Process(file.pid) if file else None


def crash(data: Path) -> None:
    """End a server and its backends as a power cut does."""
    family = processes_over(data)
    for process in family:
        with suppress(psutil.NoSuchProcess):  # it saw that its server died
            process.kill()
    assert wait_until_ended(data, [process.pid for process in family], WAIT_SECONDS)


@contextmanager
def shared(data: Path) -> Iterator[str]:
    """Share a server as a process does, and yield its URL."""
    server = Server(data)
    try:
        yield server.share()
    finally:
        server.release()


def started_at(url: str) -> str:
    """Return when the server started, which tells one start from the next."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT pg_postmaster_start_time()::text").fetchone()[0]
