"""A pool of connections that notices dead ones before a request uses them, and fails at once while the server is away.

psycopg_pool connects in threads of its own: a request learns of a server that is away by waiting in vain, attempts are
made half as often each time, and dead connections are found one by one, with pauses that double. Here the thread that
needs a connection makes it, and is told at once what is wrong.
"""

import logging
from collections.abc import Callable
from threading import Condition, Event, Lock, Thread
from time import monotonic
from typing import ClassVar

from psycopg import Error, OperationalError
from psycopg.errors import ConnectionTimeout
from psycopg.pq import TransactionStatus

from genonaut.database.connections import SiteConnection

# Connections are made again after this, so that they follow a server that moved and give its memory back.
LIFETIME_SECONDS = 3600
# An idle one is closed after this.
IDLE_SECONDS = 600
# Between two attempts to reach a server that is away; requests make none meanwhile.
RETRY_SECONDS = 0.1
# A server that no request asked for this long is not tried any more; the next request does.
PATIENCE_SECONDS = 60
# What servers and PgBouncer say that have as many connections as they may.
FULL = ("too many clients", "remaining connection slots", "too many connections", "no more connections allowed")

logger = logging.getLogger(__name__)


class DatabaseAwayError(OperationalError):
    """There is no server that answers."""


class PoolExhaustedError(OperationalError):
    """All connections that there may be are in use."""


class ConnectionPool:
    """Up to `max_size` connections, each used by one thread at a time, the one used last first.

    `connect` makes a connection or raises psycopg's OperationalError. `open`, `close`, `getconn` and `putconn` are what
    Django calls. `patience` is for how long after the server went away requests wait for it.
    """

    # Are told of each wait for a connection, in vain or not, and its seconds.
    watchers: ClassVar[list[Callable[["ConnectionPool", float], None]]] = []

    def __init__(
        self,
        connect: Callable[[], SiteConnection],
        *,
        max_size: int,
        timeout: float,
        patience: float = 0,
        alias: str = "default",
    ) -> None:
        self._connect = connect
        self.alias = alias
        self.max_size = max_size
        self.timeout = timeout
        self.patience = patience
        self._changed = Condition()
        self._idle: list[SiteConnection] = []
        # Connections in use, and those being made.
        self._in_use = 0
        # Threads that wait for a connection.
        self.waiting = 0
        # When the server may have room for another connection.
        self._full_until = 0.0
        self._closing = Event()
        # Why the server cannot be reached, while a thread tries to; else None.
        self._failure: str | None = None
        # When it was first found to be away.
        self._failed_at = 0.0
        self._asked_at = 0.0
        self._probing = Lock()

    @property
    def in_use(self) -> int:
        """How many connections are in use, or being made."""
        return self._in_use

    @property
    def idle(self) -> int:
        """How many connections wait to be used."""
        return len(self._idle)

    def open(self) -> None:
        """Do nothing: connections are made when they are needed."""

    def close(self) -> None:
        """Close idle connections now, and each in use when it comes back."""
        self._closing.set()
        self._forget_idle()
        with self._changed:
            self._changed.notify_all()

    def getconn(self) -> SiteConnection:
        """Return a connection that was alive a moment ago; connect if there is none.

        Raises DatabaseAwayError, once the server has been away for longer than `patience`; PoolExhaustedError after
        `timeout` seconds.
        """
        began = monotonic()
        connection = None
        while connection is None:
            connection = self._take(began) or self._make()
        connection._pool = self
        return connection

    def putconn(self, connection: SiteConnection) -> None:
        """Take a connection back; close it if it is broken, old, or in the middle of something."""
        connection._pool = None
        now = monotonic()
        is_sound = connection.info.transaction_status == TransactionStatus.IDLE
        with self._changed:
            self._in_use -= 1
            if is_sound and now < connection.made_at + LIFETIME_SECONDS and not self._closing.is_set():
                connection.idle_since = now
                self._idle.append(connection)
                connection = None
            is_old = bool(self._idle) and now > self._idle[0].idle_since + IDLE_SECONDS
            oldest = self._idle.pop(0) if is_old else None
            self._changed.notify()
        for gone in (connection, oldest):
            if gone is not None:
                gone.close()

    @property
    def is_failing(self) -> bool:
        """Whether the server was away when it was last asked. No query."""
        return self._failure is not None

    def is_away(self) -> bool:
        """Return whether the server leaves a new connection without an answer, as one that is stopped does.

        It is asked by one thread at a time; the others wait for its answer.
        """
        with self._probing:
            if self._failure is not None:
                return True
            try:
                connection = self._connect()
            except ConnectionTimeout as error:
                self.report(str(error))
                return True
            except Error:  # an answer, though no welcome one
                return False
        with self._changed:
            has_place = self._in_use + len(self._idle) < self.max_size
            self._in_use += has_place
        if has_place:
            self.putconn(connection)
        else:
            connection.close()
        return False

    def report(self, failure: str) -> bool:
        """Let requests fail at once from now on, until a thread has reached the server again.

        Return whether there is such a thread. If none can be started, the next request tries by itself.
        """
        self._forget_idle()
        with self._changed:
            is_known = self._failure is not None
            self._failure = failure
            self._asked_at = monotonic()
            self._failed_at = self._failed_at if is_known else self._asked_at
            self._changed.notify_all()
        if is_known:
            return True
        logger.warning("The database is away: %s", failure)
        try:
            Thread(target=self._try_until_it_is_back, name="database", daemon=True).start()
        except RuntimeError:  # no more threads, or the interpreter is on its way out
            self._forget_failure()
            return False
        return True

    def _take(self, began: float) -> SiteConnection | None:
        """Count one more in use and return an idle connection; None if the caller is to make one."""
        deadline = began + self.timeout
        with self._changed:
            while not self._drop_dead():
                now = monotonic()
                if self._failure is not None:
                    self._wait_for_server(began, now)
                    continue
                if self._in_use < self.max_size and now >= self._full_until:
                    self._in_use += 1
                    return None
                if now >= deadline:
                    raise PoolExhaustedError(f"All connections are in use, and were for {self.timeout} seconds.")
                self._wait(min(deadline - now, RETRY_SECONDS))
            self._in_use += 1
            return self._idle.pop()

    def _wait_for_server(self, began: float, now: float) -> None:
        """Wait a moment for a server that went away a moment ago. Raises DatabaseAwayError if it has been for longer.

        All requests wait until the same moment, so that an outage holds the threads once, and not once a request.
        """
        self._asked_at = now
        rest = min(self._failed_at + self.patience, began + self.timeout) - now
        if rest <= 0:
            raise DatabaseAwayError(self._failure)
        self._wait(min(rest, RETRY_SECONDS))

    def _wait(self, seconds: float) -> None:
        """Wait until connections change, but not for longer."""
        self.waiting += 1
        begun = monotonic()
        try:
            self._changed.wait(seconds)
        finally:
            self.waiting -= 1
            for watcher in self.watchers:
                watcher(self, monotonic() - begun)

    def _drop_dead(self) -> bool:
        """Close all idle connections that the server has ended, if the next one is; return whether any is left."""
        if self._idle and self._idle[-1].is_ended_by_server():
            dead = [connection for connection in self._idle if connection.is_ended_by_server()]
            self._idle = [connection for connection in self._idle if connection not in dead]
            for connection in dead:
                connection.close()
        return bool(self._idle)

    def _make(self) -> SiteConnection | None:
        """Connect; None if the server is full or away."""
        try:
            return self._connect()
        except Error as error:
            self._give_back_place()
            if any(words in str(error) for words in FULL):
                self._full_until = monotonic() + RETRY_SECONDS
                return None
            if not self.report(str(error)):
                raise DatabaseAwayError(str(error)) from error
            return None
        except BaseException:
            self._give_back_place()
            raise

    def _give_back_place(self) -> None:
        with self._changed:
            self._in_use -= 1
            self._changed.notify()

    def _forget_idle(self) -> None:
        with self._changed:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _try_until_it_is_back(self) -> None:
        """Connect again and again, at even distances; give up when no request has asked for long, or at an odd error.

        The next request then connects, and meets that error itself.
        """
        connection = None
        try:
            connection = self._reconnect()
        except Exception:
            logger.exception("The database is not tried any more.")
        finally:
            self._forget_failure(in_use=connection is not None)
        if connection is not None:
            logger.warning("The database is back.")
            self.putconn(connection)

    def _reconnect(self) -> SiteConnection | None:
        while not self._closing.wait(RETRY_SECONDS) and monotonic() <= self._asked_at + PATIENCE_SECONDS:
            try:
                return self._connect()
            except Error as error:
                self._failure = str(error)
        return None

    def _forget_failure(self, *, in_use: int = 0) -> None:
        with self._changed:
            self._failure = None
            self._in_use += in_use
            self._changed.notify_all()
