"""Holds the writers of a server back for a moment, and ends the sessions that have to go to another one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import psycopg

from genonaut.moving.errors import MoveError
from genonaut.moving.servers import READ_ONLY, Server

POLL_SECONDS = 0.02
# How often a new session is asked whether settings were read again.
RELOADS = 500
# A pool uses the connection first that it used last: one that is idle for so long is likely to stay so. After
# GENTLE_SECONDS a session is ended as soon as it is idle.
IDLE = "50 milliseconds"
GENTLE_SECONDS = 1
# How long a session may take to end once it was told to.
END_SECONDS = 10
OLDER = """
SELECT pid, application_name, now() - xact_start FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start <= %s
"""
END_SESSIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    AND backend_start <= %(before)s
    AND (%(all)s OR state = 'idle' AND state_change < clock_timestamp() - %(idle)s::interval)
"""
SESSIONS = """
SELECT pid FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
    AND backend_start <= %s
"""


@contextmanager
def held(server: Server, patience: float) -> Iterator[None]:
    """Let no transaction write but ours, until the block is left; those under way are finished first.

    Sessions stay and go on reading. Raises MoveError if a transaction takes longer than `patience` seconds.
    """
    try:
        server.run(f"ALTER SYSTEM SET {READ_ONLY} = on")
        _reload(server)
        _wait_for_transactions(server, patience)
        yield
    except BaseException:
        # Else sessions that began as writers would go on, in a database that does not take the writes any more.
        if not server.is_read_only():
            release(server)
        raise


def release(server: Server) -> None:
    """Let the server's sessions write again, but those of a database that is read-only itself."""
    server.run(f"ALTER SYSTEM RESET {READ_ONLY}")
    server.rows("SELECT pg_reload_conf()")


def end_sessions(server: Server, patience: float) -> None:
    """End all sessions that are there now, each as it becomes idle, or after `patience` seconds.

    A pool notices that an idle connection was ended before a request uses it. Raises MoveError if one does not end.
    """
    now, began = _now(server), time.monotonic()
    while left := server.rows(SESSIONS, [now]):
        waited = time.monotonic() - began
        if waited > patience + END_SECONDS:
            told = ", ".join(f"process {pid}" for (pid,) in left)
            raise MoveError(f"Sessions of the {server.label} database do not end: {told}. End them, and try again.")
        idle = IDLE if waited < GENTLE_SECONDS else "0"
        server.rows(END_SESSIONS, {"before": now, "all": waited > patience, "idle": idle})
        time.sleep(POLL_SECONDS)


def _reload(server: Server) -> None:
    """Reload the settings, and wait until a new session has them: all others were told before it began."""
    server.rows("SELECT pg_reload_conf()")
    for _ in range(RELOADS):
        with psycopg.connect(server.url, autocommit=True, options="") as probe:
            if probe.execute(f"SHOW {READ_ONLY}").fetchone() == ("on",):
                return
        time.sleep(POLL_SECONDS)
    raise MoveError(f"The {server.label} server does not reload its settings.")


def _wait_for_transactions(server: Server, patience: float) -> None:
    now, deadline = _now(server), time.monotonic() + patience
    while older := server.rows(OLDER, [now]):
        if time.monotonic() > deadline:
            told = ", ".join(f"process {pid} ({name or 'no name'}) for {age}" for pid, name, age in older)
            raise MoveError(f"Transactions of the {server.label} database go on: {told}. End them, and try again.")
        time.sleep(POLL_SECONDS)


def _now(server: Server) -> datetime:
    return server.value("SELECT clock_timestamp()")
