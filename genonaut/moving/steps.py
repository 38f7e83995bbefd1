"""The steps of a move, each of which can be interrupted and taken again."""

import time
from collections.abc import Callable

from genonaut.moving import obstacles, replication, schema
from genonaut.moving.comparing import unequal_tables
from genonaut.moving.errors import MoveError
from genonaut.moving.hold import end_sessions, held, release
from genonaut.moving.remainders import copy_sequences, copy_unlogged_tables, positions
from genonaut.moving.servers import Server

Say = Callable[[str], object]
# What is caught up with in a moment while writers are held back.
NEAR_BYTES = 16 * 1024**2


def prepare(source: Server, target: Server, say: Say, *, is_shown: bool) -> None:
    """Copy the schema and all rows, let the target follow the source, then build indexes. Raises MoveError.

    Until the switch the target is read-only for all but the replication: no site or worker changes it by mistake.
    """
    if not replication.is_subscribed(target):
        _begin(source, target, say)
    replication.wait_for_copies(source, target, say, is_shown=is_shown)
    with schema.dumped(source) as dump:
        schema.restore_indexes(target, dump, say)
    say("Analyzing.")
    # It also marks the pages whose rows all see, without which scans of an index alone read the table.
    target.run("VACUUM (ANALYZE)")
    say("Prepared. The switch can be made once `status` shows few bytes behind.")


def _begin(source: Server, target: Server, say: Say) -> None:
    found = obstacles.obstacles(source, target)
    if found:
        raise MoveError("\n".join(["The database cannot be moved yet.", *found]))
    replication.end(source, target)  # what a preparation left that was interrupted before the target subscribed
    if not schema.is_restored(source, target):
        target.set_read_only(is_on=True)
        with schema.dumped(source) as dump:
            schema.restore_tables(target, dump)
    say("The tables are made.")
    replication.begin(source, target, copies_rows=True)


def switch(source: Server, target: Server, say: Say, *, patience: float, compares: bool) -> None:
    """Let the target take the writes in the place of the source, which follows it from then on.

    Raises MoveError; nothing is changed then. A switch that was killed goes on where it was.
    """
    if target.is_read_only():
        done = _switch_databases(source, target, patience=patience, compares=compares)
    elif not (source.is_held() and source.is_read_only()):
        _release_both(source, target)
        raise MoveError(f"The {target.label} database takes the writes already.")
    else:
        done = "A switch that was killed is ended."
    _renew_sessions(source, target, patience)
    _release_both(source, target)
    say(done)
    say(f"The {target.label} database takes the writes now; the {source.label} one follows it and is read-only.")


def _switch_databases(source: Server, target: Server, *, patience: float, compares: bool) -> str:
    """Let the target take the writes of new sessions; the source's writers stay held back. Return what was done."""
    if source.is_read_only():
        _go_on(source, target, patience)
    began, done = time.monotonic(), "The direction was turned around before."
    if replication.is_subscribed(target):
        _release_both(source, target)  # what a killed switch holds back need not wait for the checks
        _refuse_early_switch(source, target)
        began = time.monotonic()
        with held(source, patience):
            done = _hand_over(source, target, patience=patience, compares=compares)
    elif not replication.is_subscribed(source):
        raise MoveError(f"The {target.label} database does not follow the {source.label} one: see `status`.")
    # With both databases read-only a switch that fails here can be made again.
    target.set_read_only(is_on=False)
    return f"{done}\nWriters were held back for {time.monotonic() - began:.1f} s."


def _renew_sessions(source: Server, target: Server, patience: float) -> None:
    """End the sessions of both databases: each keeps the default that it began with. Raises MoveError."""
    for server in (target, source):
        end_sessions(server, patience)


def _release_both(source: Server, target: Server) -> None:
    for server in (source, target):
        release(server)


def _go_on(source: Server, target: Server, patience: float) -> None:
    """Mend what a switch left that was killed while it turned the direction around, with both databases read-only.

    As long as neither follows the other both have the same rows: nothing was written since the target had them all.
    """
    if replication.is_subscribed(target):
        source.set_read_only(is_on=False)  # it had not begun: the source's writers go on until they are held back
        end_sessions(source, patience)
    elif not replication.is_subscribed(source) and _is_equal(source, target):
        for publisher, subscriber in ((source, target), (target, source)):
            replication.end(publisher, subscriber)
        replication.begin(target, source, copies_rows=False)


def _is_equal(source: Server, target: Server) -> bool:
    """Return whether two databases are those of a switch, and not of a preparation that was given up."""
    return not schema.differences(source, target) and positions(source) == positions(target)


def _refuse_early_switch(source: Server, target: Server) -> None:
    now = replication.state(source, target)
    if now.copied < now.tables or not now.is_connected or now.bytes_behind > NEAR_BYTES:
        raise MoveError(f"It is too early: {told(now)}.")
    differing = schema.differences(source, target)
    if differing:
        raise MoveError(
            f"The schemas differ, which is not replicated: {', '.join(differing)}. Change the other one alike."
        )


def _hand_over(source: Server, target: Server, *, patience: float, compares: bool) -> str:
    """Bring the target to where the source stopped, and let the source follow; return what was done."""
    position = replication.marked_position(source)
    if not replication.reaches(source, position, patience):
        raise MoveError(f"The {target.label} database did not reach {position} within {patience:g} s.")
    sequences = copy_sequences(source, target)
    tables = copy_unlogged_tables(source, target)
    if compares and (unequal := unequal_tables(source, target)):
        raise MoveError(f"Rows differ: {', '.join(unequal)}.")
    _turn_around(source, target)
    return f"At {position}: {sequences} sequences set, rows copied of unlogged tables: {', '.join(tables) or 'none'}."


def _turn_around(source: Server, target: Server) -> None:
    source.set_read_only(is_on=True)
    try:
        replication.end(source, target)
        replication.begin(target, source, copies_rows=False)
    except BaseException:
        replication.end(target, source)
        if not replication.is_subscribed(target):
            replication.begin(source, target, copies_rows=False)  # nothing was written meanwhile
        source.set_read_only(is_on=False)
        raise


def finish(source: Server, target: Server, say: Say, *, patience: float = 10) -> None:
    """End the replication, in whichever direction it goes; the database that is read-only stays so.

    Raises MoveError if none takes the writes.
    """
    if source.is_read_only() and target.is_read_only():
        raise MoveError("Both databases are read-only: take the interrupted switch again, or `back`, and then finish.")
    if source.is_held() or target.is_held():
        _renew_sessions(source, target, patience)
    _release_both(source, target)
    for publisher, subscriber in ((source, target), (target, source)):
        replication.end(publisher, subscriber)
    for server in (source, target):
        if server.is_read_only():
            say(f"The {server.label} database follows no more. It stays read-only until it is dropped.")


def status(source: Server, target: Server, say: Say) -> None:
    """Say which database takes the writes, and how far the other one is."""
    for server in (source, target):
        writes = "is read-only" if server.is_read_only() else "takes the writes"
        say(f"The {server.label} database (PostgreSQL {server.value('SHOW server_version')}) {writes}.")
        if server.is_held():
            say(f"The {server.label} server holds all writers back: take the interrupted switch again, or `finish`.")
    for publisher, subscriber in ((source, target), (target, source)):
        if replication.is_subscribed(subscriber):
            say(f"The {subscriber.label} one follows: {told(replication.state(publisher, subscriber))}.")


def told(now: replication.Replication) -> str:
    """Return a replication's state in words."""
    behind = "no position known" if now.bytes_behind is None else f"{now.bytes_behind:,} bytes behind"
    connected = "connected" if now.is_connected else "NOT CONNECTED (the subscriber's log says why)"
    errors = f"; {now.errors} errors so far (the subscriber's log has them)" if now.errors else ""
    return f"{now.copied} of {now.tables} tables copied, {behind}, {connected}{errors}"
