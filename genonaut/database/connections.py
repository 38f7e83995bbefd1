"""The site's connection to PostgreSQL: what it finds out about the server, and about a pooler in between."""

import re
import select
from time import monotonic
from typing import Any, NamedTuple, Self

from django.conf import settings
from psycopg import Connection, Error, OperationalError
from psycopg.abc import PQGen
from psycopg.errors import ConnectionTimeout, _WaitTimeout
from psycopg.generators import execute
from psycopg.pq import TransactionStatus

from genonaut.database import time_limit
from genonaut.database.prepared import NamedByText, RetryingRawCursor, keep_no_plans, keeps_statements_apart

# What PgBouncer answers to settings that it cannot hand on.
REFUSED_OPTIONS = "unsupported startup parameter"
OUR_OPTIONS = re.compile(r"^-c jit=off -c statement_timeout=\d+ ?")
# After this a statement of a request makes us ask whether the server answers at all.
DOUBT_SECONDS = 2
# What a server has to end a statement that has taken too long.
GRACE_SECONDS = 1
# What a statement has to end that is cancelled, as psycopg has it.
REST_SECONDS = 5.0
FACTS = """
SELECT pg_backend_pid(), (extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::bigint,
    current_setting('jit') = 'on'
"""


def options_with_limits(timeout: int, theirs: str) -> str:
    """Return what a connection asks of the server as it starts: no jit, a limit in ms, and what the URL says last.

    Statements here take milliseconds; compiling one to machine code takes more than that.
    """
    return f"-c jit=off -c statement_timeout={timeout} {theirs}".rstrip()


class Facts(NamedTuple):
    """What a connection says about the server: process, longest statement in ms (0 is no limit), jit."""

    pid: int
    statement_timeout: int
    is_jit_on: bool


class SiteConnection(Connection):
    """A connection that knows whether a pooler stands between, and waits for no answer without end."""

    # The cursor for statements whose parameters PostgreSQL binds, whose plans are worth keeping.
    raw_cursor_factory = RetryingRawCursor
    is_pooled = False
    facts: Facts
    # When it was last put back into the pool.
    idle_since = 0.0
    # How long any answer may take; None leaves it to the request.
    answer_seconds: float | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - psycopg's
        super().__init__(*args, **kwargs)
        self.made_at = monotonic()
        self._prepared = NamedByText()
        self._poll = select.poll()
        self._poll.register(self.pgconn.socket, select.POLLIN | select.POLLHUP | select.POLLERR)

    @classmethod
    def connect(cls, conninfo: str = "", *, autocommit: bool = False, **params: Any) -> Self:  # noqa: ANN401 - psycopg's
        """Connect and ask what the server's settings are. One query; three more if plans may be kept in a pooler.

        Raises OperationalError.
        """
        try:
            connection = super().connect(conninfo, autocommit=True, **params)
        except OperationalError as error:
            theirs = OUR_OPTIONS.sub("", params.get("options", ""))
            if REFUSED_OPTIONS not in str(error) or params.get("options", "") == theirs:
                raise
            connection = super().connect(conninfo, autocommit=True, **{**params, "options": theirs})
        # A pooler accepts connections while there is no server behind.
        connection.answer_seconds = settings.DATABASE_CONNECT_SECONDS
        try:
            connection.look_around()
        except BaseException:
            connection.close()
            raise
        connection.answer_seconds = None
        connection.autocommit = autocommit
        return connection

    def look_around(self) -> None:
        """Find out what stands between, and which limits hold."""
        self.facts = Facts(*self.execute(FACTS, prepare=False).fetchone())
        # Poolers make up the process number that they tell their clients.
        self.is_pooled = self.facts.pid != self.info.backend_pid
        if self.is_pooled and not (settings.DATABASE_KEEPS_PLANS and keeps_statements_apart(self)):
            keep_no_plans(self)

    def is_ended_by_server(self) -> bool:
        """Return whether an idle connection has something to read: the server's last words, or its end. No query."""
        return self.closed or bool(self._poll.poll(0))

    def wait(self, gen: PQGen, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - psycopg's
        """Wait for the server. In a request, not longer than a statement may take, nor for a server that is away.

        Raises QueryCanceled if the server ended the statement, ConnectionTimeout if it did not answer at all.
        """
        limit = self.answer_seconds or time_limit.seconds.get()
        try:
            if limit is None or args or options:
                return super().wait(gen, *args, **options)
            return self._wait_no_longer(gen, limit)
        except KeyboardInterrupt:
            self._read_the_rest()
            raise

    def _wait_no_longer(self, gen: PQGen, limit: float) -> Any:  # noqa: ANN401 - of any statement
        try:
            return super().wait(gen, timeout=self.answer_seconds or min(limit, DOUBT_SECONDS))
        except _WaitTimeout:
            return self._wait_in_doubt(gen, limit - DOUBT_SECONDS)

    def _read_the_rest(self) -> None:
        """Take what an interrupted statement still answers, or close: psycopg cancels it, but reads no more where the
        interruption came while it was sending or reading, and the connection would refuse all that follows."""
        if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
            try:
                super().wait(execute(self.pgconn), timeout=REST_SECONDS)
            except (Error, _WaitTimeout):
                self.pgconn.finish()

    def _wait_in_doubt(self, gen: PQGen, seconds: float) -> Any:  # noqa: ANN401 - of any statement
        pool = getattr(self, "_pool", None)
        is_away = pool.is_away() if pool else self.answer_seconds is not None
        if not is_away:
            try:
                return super().wait(gen, timeout=max(seconds, 0) + GRACE_SECONDS * self.is_limited_by_server())
            except _WaitTimeout:
                self._try_cancel(timeout=GRACE_SECONDS)
            try:
                return super().wait(gen, timeout=GRACE_SECONDS)
            except _WaitTimeout:
                pass
        self.pgconn.finish()
        raise ConnectionTimeout("the server does not answer")

    def is_limited_by_server(self) -> bool:
        """Return whether the server ends statements by itself that take longer than they may."""
        limit = settings.STATEMENT_TIMEOUT_MS
        return not limit or 0 < self.facts.statement_timeout <= limit
