"""Errors of the database that pass by themselves: the one place that tells them from faults of the site.

Pages, fragments, the admin and the API answer them with 503, Retry-After and what is the matter; the log has one line
for each, and no traceback.
"""

import logging
from collections.abc import Iterator
from copy import copy
from typing import NamedTuple

import django.db
import psycopg

from genonaut.database.pool import PoolExhaustedError

RETRY_AFTER_SECONDS = 5
REFUSAL = "the site is read only"


class Outage(NamedTuple):
    """What readers are told, and the name of the cause in metrics."""

    title: str
    detail: str
    cause: str


READ_ONLY = Outage(
    "Read only at the moment",
    "Nothing can be changed at the moment: the site is read only. Try again later.",
    "read_only",
)
AWAY = Outage(
    "The database is away", "The database cannot be reached at the moment. Try again in a few seconds.", "database_away"
)
BUSY = Outage("Too busy", "The site is too busy at the moment. Try again in a few seconds.", "busy")
TOO_LONG = Outage("That took too long", "This took too long; try again, or narrow the filter.", "too_long")

# By SQLSTATE, the longest beginning first. https://www.postgresql.org/docs/current/errcodes-appendix.html
BY_STATE = {
    "25006": READ_ONLY,
    "57014": TOO_LONG,  # statement_timeout, or an administrator
    "25P03": TOO_LONG,  # idle_in_transaction_session_timeout
    "25P04": TOO_LONG,  # transaction_timeout
    "57P0": AWAY,  # shut down, crashed, starting, dropped, idle for too long
    "08": AWAY,  # the connection
    "55P03": BUSY,  # a lock was not to be had
    "53": BUSY,  # memory, disk, connections
    "40": BUSY,  # a deadlock, two writers at once
    "26000": BUSY,  # a pooler lost a prepared statement inside a transaction
    "42P05": BUSY,  # or has it already
}


class ReadOnlyError(django.db.InternalError):
    """The site takes no changes at the moment."""

    def __init__(self) -> None:
        super().__init__(REFUSAL)
        self.__cause__ = psycopg.errors.ReadOnlySqlTransaction(REFUSAL)


def outage_of(error: BaseException | None) -> Outage | None:
    """Return what is the matter with the database; None if the error is none that passes."""
    return next((outage for cause in _database_errors(error) if (outage := _outage(cause))), None)


def _database_errors(error: BaseException | None) -> Iterator[psycopg.Error]:
    """Yield the driver's errors behind an error; Django raises its own from them."""
    while isinstance(error, django.db.Error | psycopg.Error):
        if isinstance(error, psycopg.Error):
            yield error
        elif error.__cause__ is None and isinstance(error, django.db.OperationalError | django.db.InterfaceError):
            # Django's own: the connection is closed.
            yield psycopg.OperationalError(str(error))
        error = error.__cause__


def _outage(error: psycopg.Error) -> Outage | None:
    if isinstance(error, PoolExhaustedError):
        return BUSY
    if error.sqlstate is None:
        # What the driver says by itself: no connection, or one that broke.
        return AWAY if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) else None
    return next((outage for begin, outage in BY_STATE.items() if error.sqlstate.startswith(begin)), None)


class OneLineFormatter(logging.Formatter):
    """Writes one line for each request that an outage or a mistake of the client fails.

    The traceback of an outage would be 13 kB, and that of a mistyped page number 2 kB.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        return super().format(shortened(record))


def shortened(record: logging.LogRecord) -> logging.LogRecord:
    """Return a record without its traceback, if an outage or a mistake of the client is what it tells of."""
    error = record.exc_info[1] if record.exc_info else None
    outage = outage_of(error) if error else None
    is_of_client = 400 <= getattr(record, "status_code", 500) < 500
    if outage is None and not is_of_client:
        return record
    record = copy(record)
    record.exc_info = record.exc_text = None
    if outage is not None:
        reason = next(iter(str(error).splitlines()), "")
        record.msg, record.args = f"{record.getMessage()}: {outage.title}: {reason}", ()
        record.levelname = "WARNING"
    return record
