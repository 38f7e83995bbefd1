"""A database moves to another server beside its writers, and back; what cannot be moved is named before."""

import time
from threading import Event, Thread

import psycopg
import pytest
from django.core.management import CommandError, call_command

from genonaut.moving import replication, steps
from genonaut.moving.errors import MoveError
from genonaut.moving.servers import Server
from tests.moving.following import wait_until_followed
from tests.processes import WAIT_SECONDS

INSERT = "INSERT INTO work (title) VALUES ('New') RETURNING id"
TOTALS = "SELECT count(*), (SELECT works FROM counted), count(DISTINCT id), sum(double) FROM work"
LEFT_OVER = """
SELECT (SELECT count(*) FROM pg_publication) + (SELECT count(*) FROM pg_replication_slots)
    + (SELECT count(*) FROM pg_subscription)
"""
READ_ONLY = psycopg.errors.ReadOnlySqlTransaction


class Writer(Thread):
    """A client that writes one row after the other to whichever database takes it, over sessions that it keeps."""

    def __init__(self, *urls: str) -> None:
        super().__init__()
        self.urls, self.ids, self.is_done = urls, [], Event()

    def run(self) -> None:
        """Write until it is done."""
        sessions: dict[str, psycopg.Connection] = {}
        while not self.is_done.wait(0.005):
            for url in self.urls:
                try:
                    if url not in sessions or sessions[url].closed:
                        sessions[url] = psycopg.connect(url, autocommit=True)
                    self.ids += sessions[url].execute(INSERT).fetchone()
                    break
                except (READ_ONLY, psycopg.OperationalError, psycopg.errors.UndefinedTable):
                    continue
        for session in sessions.values():
            session.close()


def test_a_database_moves_there_and_back_beside_a_writer(
    urls: tuple[str, str], servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = servers
    said: list[str] = []
    writer = Writer(*urls)
    idle = psycopg.connect(urls[0], autocommit=True)
    monkeypatch.setenv("MOVE_DATABASE_FROM", urls[0])
    monkeypatch.setenv("MOVE_DATABASE_TO", urls[1])
    writer.start()
    try:
        call_command("move_database", "prepare", verbosity=0)
        before = len(writer.ids)
        steps.switch(old, new, said.append, patience=WAIT_SECONDS, compares=True)
        with psycopg.connect(urls[0]) as session, pytest.raises(READ_ONLY):
            session.execute(INSERT)
        with pytest.raises(psycopg.OperationalError):
            idle.execute("SELECT 1")
        deadline = time.monotonic() + WAIT_SECONDS
        while len(writer.ids) < before + 50:  # the new one takes them
            assert writer.is_alive()
            assert time.monotonic() < deadline
            time.sleep(0.01)
        wait_until_followed(new, old)
        steps.switch(new, old, said.append, patience=WAIT_SECONDS, compares=True)
        wait_until_followed(old, new)
        steps.switch(old, new, said.append, patience=WAIT_SECONDS, compares=True)
    finally:
        writer.is_done.set()
        writer.join()
    steps.finish(old, new, said.append)
    rows = len(writer.ids) + 100
    assert new.rows(TOTALS) == [(rows, rows, rows, 6 * rows)]
    assert {pk for (pk,) in new.rows("SELECT id FROM work")} >= set(writer.ids)
    assert new.rows("SELECT key FROM tries") == [("alice",)]
    assert new.value("SELECT to_regclass('work_title') IS NOT NULL")
    assert (new.value("SHOW default_transaction_read_only"), old.is_read_only()) == ("off", True)
    assert (old.value(LEFT_OVER), new.value(LEFT_OVER)) == (0, 0)


def test_a_switch_that_would_lose_something_changes_nothing(
    urls: tuple[str, str], servers: tuple[Server, Server]
) -> None:
    old, new = servers
    steps.prepare(old, new, [].append, is_shown=False)

    def refusal(patience: float = WAIT_SECONDS) -> str:
        with pytest.raises(MoveError) as raised:
            steps.switch(old, new, [].append, patience=patience, compares=True)
        with psycopg.connect(urls[0], autocommit=True) as session:
            session.execute(INSERT)
        return str(raised.value)

    with psycopg.connect(urls[0]) as open_transaction:
        open_transaction.execute("SELECT 1")
        assert "Transactions of the old database go on: process " in refusal(0.3)
    new.run("UPDATE work SET title = 'Else' WHERE id = 1")
    assert "Rows differ: public.work (101 and 101 rows)." in refusal()
    old.run("CREATE INDEX added_meanwhile ON work (size)")
    assert "The schemas differ, which is not replicated: index added_meanwhile." in refusal()
    with pytest.raises(MoveError, match="takes the writes already"):
        steps.switch(new, old, [].append, patience=WAIT_SECONDS, compares=False)


def test_what_cannot_be_moved_is_named_at_once(
    urls: tuple[str, str], servers: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = servers
    old.run("CREATE TABLE keyless (value int)")
    old.run("SELECT lo_create(0)")
    old.run("ALTER TABLE work ENABLE ALWAYS TRIGGER work_added")
    new.run("CREATE TABLE in_the_way (id int PRIMARY KEY)")
    monkeypatch.setenv("MOVE_DATABASE_FROM", urls[0])
    monkeypatch.setenv("MOVE_DATABASE_TO", urls[1])
    with pytest.raises(CommandError) as raised:
        call_command("move_database", "prepare")
    assert [line.split()[0:3] for line in str(raised.value).splitlines()] == [
        ["The", "database", "cannot"],
        ["keyless", "has", "no"],
        ["work.work_added", "is", "enabled"],
        ["There", "are", "large"],
        ["The", "target", "database"],
    ]
    assert (old.value(LEFT_OVER), new.value(LEFT_OVER), new.is_read_only()) == (0, 0, False)
    monkeypatch.setenv("MOVE_DATABASE_TO", urls[0])
    with pytest.raises(CommandError, match="lead to the same database"):
        call_command("move_database", "prepare")
    monkeypatch.setenv("MOVE_DATABASE_TO", " ")
    with pytest.raises(CommandError, match="MOVE_DATABASE_TO is not set"):
        call_command("move_database", "status")


def test_a_switch_waits_for_a_position_that_is_on_disk(servers: tuple[Server, Server]) -> None:
    old, _ = servers
    old.value("SELECT pg_switch_wal()")  # the next record begins behind the header of a page that is not written
    position = replication.marked_position(old)
    assert old.value("SELECT %s::pg_lsn <= pg_current_wal_flush_lsn()", [position])
