"""Which server the statements of this thread go to.

While a request reads a replica, `connections["default"]` is the replica's connection: the ORM, `connection.cursor()`
and `transaction.atomic()` all take it from there, so that no statement of a request reaches another server unnoticed.
A replica refuses each write. Threads that a request starts have connections of their own, which are the primary's.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

from genonaut import flags
from genonaut.database.outages import ReadOnlyError

PRIMARY = DEFAULT_DB_ALIAS


@dataclass
class Reading:
    """What a request reads from. `replica` is an alias, None for the primary."""

    primary: BaseDatabaseWrapper
    replica: str | None = None
    has_changed: bool = False


# None outside of a request, and in a site without replicas.
current: ContextVar[Reading | None] = ContextVar("reading", default=None)


def begin() -> Reading:
    """Let this thread's statements go to the primary, and note from now on where they go."""
    end()
    reading = Reading(connections[PRIMARY])
    current.set(reading)
    return reading


def read_from(replica: str | None) -> None:
    """Let this thread's statements go to a replica, or to the primary, until `end`."""
    reading = current.get()
    reading.replica = replica
    connections[PRIMARY] = connections[replica] if replica else reading.primary
    if replica:
        # Of this request alone: what failed before may have had no connection that could forget it.
        connections[replica].errors_occurred = False


def end() -> None:
    """Let this thread's statements go to the primary."""
    reading = current.get()
    if reading is not None:
        connections[PRIMARY] = reading.primary
        current.set(None)


@contextmanager
def on_primary() -> Iterator[None]:
    """Let the statements of a block go to the primary: it writes, though its request may read a replica.

    Raises ReadOnlyError, an error of the database, if the switch `changes` is off. Not inside a transaction.
    """
    if not flags.is_on(flags.Flag.CHANGES):
        raise ReadOnlyError
    reading = current.get()
    if reading is None:
        yield
        return
    reading.has_changed = True
    before = connections[PRIMARY]
    connections[PRIMARY] = reading.primary
    try:
        yield
    finally:
        connections[PRIMARY] = before


def reads_primary(view: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a view that writes and then reads it: its requests go to the primary, GET too. The outermost decorator."""
    view.reads_primary = True
    return view
