"""`manage.py postgres psql` in a terminal."""

import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.conf import settings

from tests.generation.workers import wait_for
from tests.processes import database_url

WAIT_SECONDS = 300
# A process group of its own, to which the terminal sends its signals.
IN_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"
)


class Terminal:
    """What is typed, and what was shown."""

    def __init__(self, file: int) -> None:
        self.file, self.shown = file, ""

    def type(self, text: str) -> None:
        """Type something."""
        os.write(self.file, text.encode())

    def wait_for(self, text: str) -> None:
        """Read until something is shown. Raises TimeoutError, or OSError once the program has ended."""
        while text not in self.shown:
            if not select.select([self.file], [], [], WAIT_SECONDS)[0]:
                raise TimeoutError(self.shown)
            self.shown += os.read(self.file, 4096).decode()


@contextmanager
def in_terminal(*command: str) -> Iterator[tuple[subprocess.Popen, Terminal]]:
    """Run a program in a terminal of its own, and end it with the block."""
    ours, theirs = pty.openpty()
    env = {**os.environ, "DATABASE_URL": database_url(), "PAGER": "cat", "TERM": "dumb"}
    env["PGOPTIONS"] = "-c client_connection_check_interval=1s"  # a statement ends with its psql
    process = subprocess.Popen(
        [sys.executable, "-c", IN_TERMINAL, *command],
        cwd=settings.BASE_DIR,
        env={**env, "DJANGO_SETTINGS_MODULE": "genonaut.settings"},
        **dict.fromkeys(("stdin", "stdout", "stderr"), theirs),
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield process, Terminal(ours)
    finally:
        os.close(ours)  # psql and the command end by SIGHUP
        process.kill()
        process.wait()


def is_asleep() -> bool:
    """Return whether the server does what was typed. Of a connection of its own: a transaction sees sessions once."""
    query = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'active' AND query = %s"
    with psycopg.connect(database_url()) as connection:
        return connection.execute(query, ["SELECT pg_sleep(600);"]).rowcount == 1


@pytest.mark.django_db
def test_ctrl_c_cancels_a_statement_and_psql_goes_on() -> None:
    with in_terminal(sys.executable, "manage.py", "postgres", "psql", "--no-psqlrc") as (process, terminal):
        terminal.wait_for("=# ")
        terminal.type("SELECT pg_sleep(600);\n")
        wait_for(is_asleep)
        terminal.type("\x03")
        terminal.wait_for("canceling statement due to user request")
        terminal.type("SELECT 'it ' || 'goes on';\n")
        terminal.wait_for("it goes on")
        terminal.type("\\q\n")
        assert process.wait(timeout=WAIT_SECONDS) == 0
