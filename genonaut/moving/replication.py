"""Publication, slot and subscription of a move, in either direction, and how far they are."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from psycopg import sql

from genonaut.moving.errors import MoveError
from genonaut.moving.servers import NAME, Server
from genonaut.progress import Progress

POLL_SECONDS = 0.2
WATCH_SECONDS = 1
TABLES = "SELECT count(*), count(*) FILTER (WHERE srsubstate = 'r') FROM pg_subscription_rel"
BEHIND = """
SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), confirmed_flush_lsn)::bigint, active FROM pg_replication_slots
WHERE slot_name = %s AND database = current_database()
"""
ERRORS = "SELECT coalesce(sum(apply_error_count + sync_error_count), 0)::bigint FROM pg_stat_subscription_stats"
SUBSCRIBED = """
SELECT EXISTS (SELECT FROM pg_subscription JOIN pg_database ON pg_database.oid = subdbid
    WHERE subname = %s AND datname = current_database())
"""
DROP_SLOT = """
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
WHERE slot_name = %s AND database = current_database()
"""
REACHED = "SELECT confirmed_flush_lsn >= %s::pg_lsn FROM pg_replication_slots WHERE slot_name = %s"


@dataclass(frozen=True)
class Replication:
    """How far a subscriber is."""

    tables: int
    copied: int
    bytes_behind: int | None
    is_connected: bool
    errors: int


def is_subscribed(server: Server) -> bool:
    """Return whether a server takes what the other writes."""
    return server.value(SUBSCRIBED, [NAME])


def begin(publisher: Server, subscriber: Server, *, copies_rows: bool) -> None:
    """Let the subscriber take all changes from now on, and the rows that are there if it `copies_rows`.

    The slot is made by itself: a subscription to a database of the same server would wait for its own transaction.
    """
    if not publisher.value("SELECT EXISTS (SELECT FROM pg_publication WHERE pubname = %s)", [NAME]):
        publisher.run("CREATE PUBLICATION {} FOR ALL TABLES", NAME)
    publisher.rows("SELECT pg_create_logical_replication_slot(%s, 'pgoutput')", [NAME])
    statement = sql.SQL(
        "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH (create_slot = false, slot_name = {}, copy_data = {})"
    ).format(
        *(sql.Identifier(NAME), sql.Literal(publisher.conninfo()), sql.Identifier(NAME), sql.Literal(NAME)),
        sql.Literal(copies_rows),
    )
    try:
        subscriber.connection.execute(statement)
    except psycopg.Error as error:
        drop_slot(publisher)
        raise MoveError(f"The {subscriber.label} server cannot subscribe to the other one: {error}") from None


def end(publisher: Server, subscriber: Server) -> None:
    """Remove subscription, slots and publication, whichever are there."""
    if is_subscribed(subscriber):
        subscriber.run("DROP SUBSCRIPTION {}", NAME)  # with the slots of copies under way
    drop_slot(publisher)
    publisher.run("DROP PUBLICATION IF EXISTS {}", NAME)


def drop_slot(publisher: Server) -> None:
    """Drop the slot if it is there."""
    publisher.rows(DROP_SLOT, [NAME])


def state(publisher: Server, subscriber: Server) -> Replication:
    """Return how far the subscriber is. Three queries."""
    tables, copied = subscriber.rows(TABLES)[0]
    behind, is_connected = next(iter(publisher.rows(BEHIND, [NAME])), (None, False))
    return Replication(tables, copied, behind, is_connected, subscriber.value(ERRORS))


def wait_for_copies(publisher: Server, subscriber: Server, say: Callable[[str], object], *, is_shown: bool) -> None:
    """Wait until each table was copied, with a bar."""
    now = state(publisher, subscriber)
    with Progress(now.tables, "tables", say, label="copying", is_shown=is_shown) as progress:
        errors = now.errors
        while True:
            progress.advance(now.copied - progress.done)
            if now.copied == now.tables:
                return
            if now.errors > errors:
                errors = now.errors
                progress.say("A copy failed and is tried again; the log of the target server says why.")
            time.sleep(WATCH_SECONDS)
            now = state(publisher, subscriber)


def marked_position(publisher: Server) -> str:
    """Return a position of the log behind all that was committed before, where a record of ours ends.

    The insert position may lie behind the header of a page that no record has come to, or behind records of mere reads,
    which are flushed some time later: a subscriber would not reach it while writers are held back.
    """
    return publisher.value("SELECT pg_logical_emit_message(true, %s, %s)", [NAME, ""])


def reaches(publisher: Server, position: str, seconds: float) -> bool:
    """Wait until the subscriber has written all before a position of the log; return whether it did in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if publisher.rows(REACHED, [position, NAME]) == [(True,)]:
            return True
        time.sleep(POLL_SECONDS / 10)
    return False
