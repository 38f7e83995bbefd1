"""Starts the embedded server, shares it between processes, and stops it with the last of them.

Every process that uses the server holds a shared lock on one file for as long as it lives; the last one to let go stops
the server. The kernel drops the lock of a killed process, so no list of users can go stale.
"""

import atexit
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from genonaut.postgres import folder, postmaster
from genonaut.postgres.errors import PostgresDidNotStartError, explain
from genonaut.postgres.postmaster import PidFile
from genonaut.postgres.programs import BIN, Account

DATABASE = "genonaut"
# Crash recovery of a large database after a power cut takes its time; a server that is not up after this is broken.
START_SECONDS = 120
# A server that waits for its clients to leave (a smart shutdown) is told to cut them off after this.
STOP_SECONDS = 2
CONNECT_SECONDS = 10
# A larger log is put aside at the next start, in place of the one before.
LOG_BYTES = 10 * 1024**2
LAUNCH = '"$0" -D "$1" >>"$2" 2>&1 & echo $!'
# The servers that this process uses; a forked child inherits them with their lock.
in_use: list["Server"] = []


def database_url(data: Path) -> str:
    """Start the server over `data` unless it runs, keep it up while this process lives, and return its URL.

    Raises PostgresDidNotStartError, which says what was seen.
    """
    server = Server(data.resolve())
    url = server.share()
    in_use.append(server)
    return url


class Server:
    """The embedded server over one data folder."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.log = data / "log"
        self.users: int | None = None
        self.is_released = False

    def share(self) -> str:
        """Start the server unless it runs, and return its URL; `release` follows when this process ends.

        Raises PostgresDidNotStartError.
        """
        try:
            self.data.parent.mkdir(parents=True, exist_ok=True)
            with self.locked("starting"):
                self.users = self._lock_file("users")
                fcntl.flock(self.users, fcntl.LOCK_SH)
                atexit.register(self.release)
                os.register_at_fork(after_in_child=self._leave_to_parent)
                return self._reach()
        except OSError as error:
            raise PostgresDidNotStartError(f"The embedded PostgreSQL in {self.data} did not start: {error}") from None

    def restart(self) -> None:
        """Start the server again unless it runs. Raises PostgresDidNotStartError, or OSError without its lock."""
        with self.locked("starting"):
            self._reach()

    def _leave_to_parent(self) -> None:
        """Let go of a lock that is a forked child's parent's: a child that dies after it would keep the server up."""
        if self.users is not None:
            os.close(self.users)
            self.users = None

    def release(self) -> None:
        """Stop the server if no other process uses it."""
        if self.users is None:
            return
        self.is_released = True
        atexit.unregister(self.release)
        # A second Ctrl-C would leave it running.
        masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
        with suppress(FileNotFoundError), self.locked("starting"):
            os.close(self.users)
            self.users = None
            if self._is_unused():
                postmaster.stop(self.data)
                folder.remove_socket_folder(self.data)
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)

    def _is_unused(self) -> bool:
        lock = self._lock_file("users")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(lock)
        return True

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Hold one of the locks of all processes: `starting` and stopping it, or `watching` it."""
        lock = self._lock_file(name)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _lock_file(self, name: str) -> int:
        """Open a lock's file. Other accounts cannot: they could lock it, and keep us out."""
        path = self.data.parent / f"postgres.{name}"
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fchmod(lock, 0o600)
        return lock

    def _reach(self) -> str:
        before = self.log.stat().st_size if self.log.exists() else 0
        account = None
        try:
            account = Account.for_server(self.data)
            return self._start(account)
        except (OSError, RuntimeError, psycopg.Error) as error:
            seen = postmaster.describe(self.data)
            message = explain(self.data, account, error, log=self._log_since(before), seen=seen)
            raise PostgresDidNotStartError(message) from error

    def _start(self, account: Account) -> str:
        account.open_the_way(self.data)
        folder.create(self.data, account)
        file = self._ready(account)
        if folder.secure(self.data, account):  # an older version of ours started it, and let every account in
            os.kill(file.pid, signal.SIGHUP)
        refusal: psycopg.Error | None = None
        for _ in postmaster.polls(CONNECT_SECONDS):
            file = self._ready(account)
            try:
                _create_database(_url(file, "postgres"))
            except psycopg.OperationalError as error:  # it died, or recovers from the death of a backend
                refusal = error
            else:
                return _url(file, DATABASE)
        raise refusal

    def _ready(self, account: Account) -> PidFile:
        """Return the pid file of the server once it takes connections; start it if none runs.

        Raises RuntimeError if it ends by itself, is frozen, or takes longer than START_SECONDS.
        """
        began = time.monotonic()
        launched: int | None = None
        for _ in postmaster.polls(START_SECONDS):
            file = postmaster.running(self.data)
            if file is None and launched is None:
                launched = self._launch(account)
            elif file is None:
                if not postmaster.is_alive(launched):
                    raise RuntimeError("it ended at once")
            elif postmaster.is_frozen(file.pid):
                raise RuntimeError(f"its process {file.pid} is stopped by a signal")
            elif file.status == "ready":
                return file
            elif file.status == "stopping" and time.monotonic() > began + STOP_SECONDS:
                os.kill(file.pid, signal.SIGINT)
        raise RuntimeError(f"it takes no connections after {START_SECONDS} s")

    def _launch(self, account: Account) -> int:
        """Start the server as no child of ours, which we would have to reap, and return its process id."""
        postmaster.clear_away(self.data)
        folder.configure(self.data, account)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_name("log.old"))
        with self.log.open("ab"):
            account.own(self.log)
        return int(account.run("/bin/sh", "-c", LAUNCH, BIN / "postgres", self.data, self.log))

    def _log_since(self, start: int) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(start if self.log.stat().st_size >= start else 0)  # else it is a new one
            return log.read().decode(errors="replace")


def _url(file: PidFile, database: str) -> str:
    return f"postgresql://postgres@/{database}?host={quote(file.socket_folder)}&port={file.port}"


def _create_database(url: str) -> None:
    with psycopg.connect(url, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")
