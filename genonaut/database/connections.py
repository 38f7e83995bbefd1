"""The site's connection to PostgreSQL: what it finds out about the server, and about a pooler in between."""

import logging
from typing import Any, NamedTuple, Self

from django.conf import settings
from psycopg import Connection, OperationalError

from genonaut.database.prepared import NamedByText, RetryingRawCursor, keeps_statements_apart

# Each keeps the texts and the plans of so many statements, and counts how often so many others ran. A page's statement
# is 10 kB of text here, and some 300 kB of plan in PostgreSQL.
MOST_PREPARED = 20
# What PgBouncer answers to settings that it cannot hand on.
REFUSED_OPTIONS = "unsupported startup parameter"
FACTS = """
SELECT pg_backend_pid(), (extract(epoch FROM current_setting('statement_timeout')::interval) * 1000)::bigint,
    current_setting('jit') = 'on'
"""

logger = logging.getLogger(__name__)


class Facts(NamedTuple):
    """What a connection says about the server: process, longest statement in ms (0 is no limit), jit."""

    pid: int
    statement_timeout: int
    is_jit_on: bool


class SiteConnection(Connection):
    """A connection that knows whether a pooler stands between, and leaves no plans with one that mixes them up."""

    # The cursor for statements whose parameters PostgreSQL binds, whose plans are worth keeping.
    raw_cursor_factory = RetryingRawCursor
    is_pooled = False
    # Whether the server ends a statement that takes longer than STATEMENT_TIMEOUT_MS.
    is_limited_by_server = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - psycopg's
        super().__init__(*args, **kwargs)
        self._prepared = NamedByText()
        self.prepared_max = MOST_PREPARED

    @classmethod
    def connect(cls, conninfo: str = "", *, autocommit: bool = False, **params: Any) -> Self:  # noqa: ANN401 - psycopg's
        """Connect and ask what the server's settings are. One query; three more if plans may be kept in a pooler.

        Raises OperationalError.
        """
        try:
            connection = super().connect(conninfo, autocommit=True, **params)
        except OperationalError as error:
            if REFUSED_OPTIONS not in str(error) or params.get("options", "") == settings.DATABASE_URL_OPTIONS:
                raise
            params["options"] = settings.DATABASE_URL_OPTIONS
            connection = super().connect(conninfo, autocommit=True, **params)
        try:
            connection.look_around()
        except BaseException:
            connection.close()
            raise
        connection.autocommit = autocommit
        return connection

    def look_around(self) -> None:
        """Find out what stands between, and which limits hold."""
        facts = Facts(*self.execute(FACTS, prepare=False).fetchone())
        wanted = settings.STATEMENT_TIMEOUT_MS
        # Poolers make up the process number that they tell their clients.
        self.is_pooled = facts.pid != self.info.backend_pid
        self.is_limited_by_server = not wanted or 0 < facts.statement_timeout <= wanted
        if self.is_pooled and not (settings.DATABASE_KEEPS_PLANS and keeps_statements_apart(self)):
            self._prepared = NamedByText()
            self.prepared_max = MOST_PREPARED
            self.prepare_threshold = None
