"""A primary and streaming replicas of tests' own, with the site's tables: copies of one folder that is kept."""

import fcntl
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

import psycopg
from django.conf import settings

from genonaut.postgres import folder
from genonaut.postgres.programs import BIN, Account
from tests import clusters, databases
from tests.processes import database_of

DATABASE = "genonaut"
DUMPED = "test_dumped"
# Ends what hangs, and nothing that is slow.
WAIT_SECONDS = 120
POLL_SECONDS = 0.02
CONFIG = """
listen_addresses = ''
port = {port}
unix_socket_directories = '{folder}'
fsync = off
shared_buffers = 16MB
autovacuum_naptime = 1h
max_connections = 60
"""
STANDBY = """
primary_conninfo = 'host={folder} port={port} user=postgres application_name={name}'
hot_standby_feedback = on
wal_retrieve_retry_interval = 100ms
"""
REPLAYED = "SELECT pg_last_wal_replay_lsn() >= %s::pg_lsn"


@dataclass
class Node:
    """A PostgreSQL server over a folder."""

    data: Path
    account: Account
    port: int = 57_200

    @property
    def url(self) -> str:
        """The address of the site's database."""
        return f"postgresql://postgres@/{DATABASE}?host={quote(str(self.data))}&port={self.port}"

    def start(self) -> None:
        """Start the server, and wait until it takes connections."""
        self._control("start", "-w", "-l", self.data / "log")

    def stop(self, how: str = "fast") -> None:
        """Stop the server: smart, fast, or immediate as a crash does."""
        self._control("stop", "-w", "-m", how)

    def promote(self) -> None:
        """Let a replica take changes."""
        self._control("promote", "-w")

    def follow(self, primary: "Node", name: str) -> None:
        """Let the server be a replica from its next start on."""
        with (self.data / "postgresql.conf").open("a") as config:
            config.write(STANDBY.format(folder=primary.data, port=primary.port, name=name))
        (self.data / "standby.signal").touch()

    def ask(self, statement: str, *params: object) -> object:
        """Return the first value of a statement, None if it gives none."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, params or None)
            return cursor.fetchone()[0] if cursor.description else None

    def pause(self) -> None:
        """Replay nothing until `resume`."""
        self.ask("SELECT pg_wal_replay_pause()")
        while self.ask("SELECT pg_get_wal_replay_pause_state()") != "paused":
            time.sleep(POLL_SECONDS)

    def resume(self) -> None:
        """Replay again."""
        self.ask("SELECT pg_wal_replay_resume()")

    def _control(self, *arguments: object) -> None:
        self.account.run(BIN / "pg_ctl", "-D", self.data, "-t", WAIT_SECONDS, *arguments)


@dataclass
class Cluster:
    """A primary and its replicas."""

    primary: Node
    replicas: list[Node]

    def catch_up(self, *replicas: Node) -> None:
        """Wait until replicas, or all of them, have replayed what was written so far."""
        position = self.primary.ask("SELECT pg_current_wal_lsn()::text")
        for replica in replicas or self.replicas:
            deadline = time.monotonic() + WAIT_SECONDS
            while not replica.ask(REPLAYED, position):
                assert time.monotonic() < deadline, "a replica does not follow"
                time.sleep(POLL_SECONDS)


@contextmanager
def replicated(count: int = 2) -> Iterator[Cluster]:
    """Yield a primary and so many replicas that stream from it; all end with the context."""
    template = filled_folder()
    account = Account.for_server(template)
    with TemporaryDirectory(prefix="pg", dir="/tmp", ignore_cleanup_errors=True) as top:
        Path(top).chmod(0o755)
        nodes = [_copy(template, Path(top) / name, account) for name in ["primary", *map(str, range(1, count + 1))]]
        primary, *replicas = nodes
        try:
            primary.start()
            for number, replica in enumerate(replicas, 1):
                replica.follow(primary, f"replica_{number}")
                account.own(replica.data / "standby.signal")
                replica.start()
            yield Cluster(primary, replicas)
        finally:
            for node in reversed(nodes):
                if (node.data / "postmaster.pid").exists():
                    node.stop("immediate")


def filled_folder() -> Path:
    """Return a data folder with the site's tables that no server runs over, made when it is first wanted."""
    migrated = databases.migrated()
    made = settings.VAR_DIR / "tests" / f"replicated-{migrated.rpartition('_')[2]}"
    made.parent.mkdir(parents=True, exist_ok=True)
    with (made.parent / "replicated.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _fill(made, migrated)
    return made


def _fill(made: Path, migrated: str) -> None:
    """Make a data folder with the tables of a database, in place of outdated ones."""
    for outdated in made.parent.glob("replicated-*"):
        shutil.rmtree(outdated)
    template = clusters.template()
    account = Account.for_server(template)
    half = made.with_name("half-replicated")
    shutil.rmtree(half, ignore_errors=True)
    node = _copy(template, half, account)
    node.start()
    try:
        with psycopg.connect(node.url.replace(f"/{DATABASE}", "/postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {DATABASE}")
        with _dumped(migrated) as url:
            dump = [BIN / "pg_dump", "--no-owner", url]
            options = account.process_options() | {"stdin": None}
            with subprocess.Popen(dump, stdout=subprocess.PIPE, **options) as dumping:
                load = [BIN / "psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null", node.url]
                subprocess.run(load, check=True, **options | {"stdin": dumping.stdout})
    finally:
        node.stop()
    half.rename(made)


@contextmanager
def _dumped(migrated: str) -> Iterator[str]:
    """Yield the URL of a copy of a database: while one is read, others could not make theirs of it."""
    with databases.server() as server:
        databases.create(server, DUMPED, migrated)
        yield database_of(DUMPED)
        databases.drop(server, DUMPED)


def _copy(template: Path, data: Path, account: Account) -> Node:
    subprocess.run(["cp", "-a", template, data], check=True)
    account.open_the_way(data)
    folder.configure(data, account)
    with (data / "postgresql.conf").open("a") as config:
        config.write(CONFIG.format(folder=data, port=Node.port))
    return Node(data, account)
