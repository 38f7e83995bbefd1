"""A server in a process of its own, and the client that asks it over one kept-alive connection."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter

import psutil

from tests.ports import free_port

START_SECONDS = 300
# A request that takes longer than this is not waited for.
LONGEST_SECONDS = 30
# gunicorn closes a connection after 5 idle seconds, uvicorn as well.
IDLE_SECONDS = 2
SERVER_GONE = (ConnectionRefusedError, ConnectionResetError, http.client.RemoteDisconnected)


@dataclass(frozen=True)
class Reply:
    """What a server answered; `seconds` from the request to the last byte. Status 0: not within LONGEST_SECONDS."""

    seconds: float
    status: int
    body: bytes


@dataclass
class Server:
    """A running server, asked over one connection."""

    port: int
    process: subprocess.Popen
    used_at: float = 0.0

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LONGEST_SECONDS)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Reply:
        """Ask for a path; connecting, where the server may have hung up, is not in the time."""
        if monotonic() - self.used_at > IDLE_SECONDS:
            self.connection.close()
            self.connection.connect()
        begin = perf_counter()
        try:
            self.connection.request("GET", path, headers=dict(headers or {}))
            response = self.connection.getresponse()
            status, body = response.status, response.read()
        except TimeoutError:
            status, body = 0, b""
            self.connection.close()
        seconds = perf_counter() - begin
        self.used_at = monotonic() if status else 0.0
        return Reply(seconds, status, body)

    def processes(self) -> list[psutil.Process]:
        """Return the server's processes: the master first, then its workers."""
        master = psutil.Process(self.process.pid)
        return [master, *master.children(recursive=True)]

    def cpu_seconds(self) -> float:
        """Return the processor time that all its processes have used."""
        return sum(sum(process.cpu_times()[:2]) for process in self.processes())


@contextmanager
def serving(
    url: str, command: Sequence[str], environment: Mapping[str, str] | None = None, *, folder: Path | None = None
) -> Iterator[Server]:
    """Serve a database by `python -m command`, in which {port} is the port; yield the server when it answers.

    `folder` is another checkout than this one. Raises RuntimeError if it never does.
    """
    port = free_port()
    settings = {
        "DATABASE_URL": url,
        "HTTPS": "off",
        "WEB_WORKERS": "1",
        # Of those that set no limit of their own: what nobody waits for is not computed either.
        "PGOPTIONS": f"-c statement_timeout={LONGEST_SECONDS}s",
        **(environment or {}),
    }
    arguments = [sys.executable, *(part.format(port=port) for part in command)]
    process = subprocess.Popen(
        arguments, env={**os.environ, **settings}, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    server = Server(port, process)
    try:
        wait_for(server)
        yield server
    finally:
        server.connection.close()
        process.terminate()
        try:
            process.wait(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(server: Server) -> None:
    """Wait until a server answers at all. Raises RuntimeError if it ends or takes too long."""
    deadline = monotonic() + START_SECONDS
    while monotonic() < deadline and server.process.poll() is None:
        # gunicorn listens before it knows whether its workers can start.
        with suppress(*SERVER_GONE):
            server.get("/favicon.ico")
            return
        time.sleep(0.1)
    raise RuntimeError(f"No server came up: {server.process.args}")
