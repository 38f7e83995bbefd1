"""Writers are not held back longer than the command lives, or than the next step."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
from django.conf import settings

from genonaut.moving import hold, steps
from genonaut.moving.comparing import unequal_tables
from genonaut.moving.errors import MoveError
from genonaut.moving.servers import Server, connected
from tests.moving.following import wait_until, wait_until_followed
from tests.processes import WAIT_SECONDS

INSERT = "INSERT INTO work (title) VALUES ('New')"


class Killed(BaseException):
    """Ends a step where a test wants it, as nothing in the program expects."""


def end_while_held(urls: tuple[str, str], old: Server, number: int) -> int:
    """Start the command's switch, send a signal while it waits for a transaction, and return its exit status."""
    environment = {
        **os.environ,
        **{"DJANGO_SETTINGS_MODULE": "genonaut.settings", "DATABASE_URL": urls[0]},
        **{"MOVE_DATABASE_FROM": urls[0], "MOVE_DATABASE_TO": urls[1]},
    }
    command = [sys.executable, "manage.py", "move_database", "switch", "--patience", "3600"]
    with psycopg.connect(urls[0]) as session:
        session.execute("SELECT 1")
        with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, stderr=subprocess.DEVNULL) as process:
            wait_until(lambda: process.poll() is not None or old.is_held())
            process.send_signal(number)
            return process.wait(WAIT_SECONDS)


def write(url: str) -> None:
    """Add a work in a session of its own. Raises psycopg.Error."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(INSERT)


def test_writers_go_on_once_the_command_is_ended(urls: tuple[str, str], servers: tuple[Server, Server]) -> None:
    old, new = servers
    steps.prepare(old, new, [].append, is_shown=False)
    assert end_while_held(urls, old, signal.SIGHUP) == 130
    assert not old.is_held()
    write(urls[0])
    assert end_while_held(urls, old, signal.SIGKILL) == -signal.SIGKILL
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        write(urls[0])
    said: list[str] = []
    steps.status(old, new, said.append)
    assert "The old server holds all writers back: take the interrupted switch again, or `finish`." in said
    steps.finish(old, new, said.append)
    write(urls[0])


def test_a_switch_goes_on_that_was_killed_before_sessions_were_ended(
    urls: tuple[str, str], servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = servers
    steps.prepare(old, new, [].append, is_shown=False)

    def end_none(*_servers: object) -> None:
        raise Killed

    with psycopg.connect(urls[1], autocommit=True) as early:
        with monkeypatch.context() as patched, pytest.raises(Killed):
            patched.setattr(steps, "end_sessions", end_none)
            steps.switch(old, new, [].append, patience=WAIT_SECONDS, compares=False)
        assert old.is_held()
        steps.switch(old, new, [].append, patience=WAIT_SECONDS, compares=False)
        with pytest.raises(psycopg.OperationalError):
            early.execute("SELECT 1")  # it would refuse to write for good
    assert not old.is_held()
    write(urls[1])
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        write(urls[0])
    wait_until_followed(new, old)
    steps.switch(new, old, [].append, patience=WAIT_SECONDS, compares=True)
    write(urls[0])


def test_a_session_that_does_not_end_is_named(
    urls: tuple[str, str], servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hold, "END_SECONDS", 0.1)
    with psycopg.connect(urls[0], autocommit=True) as session:
        pid = session.info.backend_pid
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(MoveError, match=rf"do not end: .*process {pid}\b"):
                hold.end_sessions(servers[0], patience=0)
        finally:
            os.kill(pid, signal.SIGCONT)


def test_a_comparison_that_fails_ends_its_queries(urls: tuple[str, str], servers: tuple[Server, Server]) -> None:
    _, new = servers
    new.run("SET lock_timeout = 0")
    new.run("CREATE TABLE locked (id int PRIMARY KEY)")
    with psycopg.connect(urls[1]) as session, connected("old", urls[0]) as old:
        session.execute("LOCK TABLE locked IN ACCESS EXCLUSIVE MODE")
        old.connection.close()
        with pytest.raises(psycopg.OperationalError):
            unequal_tables(old, new)
    assert new.value("SELECT 1")
