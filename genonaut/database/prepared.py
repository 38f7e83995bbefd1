"""Prepared statements that a connection pooler cannot mix up.

psycopg numbers its statements: `_pg3_0` of two clients are two statements. A pooler in transaction mode that keeps no
prepared statements gives both clients the same server connection, and one would run the statement of the other. Here a
statement is named by what it says, so that two clients mean the same statement by the same name.
"""

import logging
from hashlib import sha256
from typing import Any

from psycopg import Connection, RawCursor, errors
from psycopg._preparing import Prepare, PrepareManager
from psycopg._queries import PostgresQuery
from psycopg.pq import TransactionStatus

# Each connection keeps the texts and the plans of so many statements, and counts how often so many others ran. A page's
# statement is 10 kB of text here, and about 300 kB of plan in PostgreSQL.
MOST_PREPARED = 20
# The pooler has moved this client to a server connection that lacks the statement, or to one that has it already; or
# a migration changed the type of a column that the statement returns. None of them ran.
STALE_PLAN_ERRORS = (errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement, errors.FeatureNotSupported)

logger = logging.getLogger(__name__)


def statement_name(query: PostgresQuery) -> bytes:
    """Name a statement by its text and the types of its parameters: 41 bytes, of the 63 that PostgreSQL compares."""
    types = ",".join(map(str, query.types)).encode()
    return b"genonaut_" + sha256(types + b"\0" + query.query).hexdigest()[:32].encode()


class NamedByText(PrepareManager):
    """Decides what a connection prepares, as psycopg does, under names that mean the same for every client."""

    prepared_max = MOST_PREPARED

    def get(self, query: PostgresQuery, prepare: bool | None = None) -> tuple[Prepare, bytes]:
        """Return whether to prepare a query, and the name of the statement."""
        decision, name = super().get(query, prepare)
        return decision, statement_name(query) if decision is Prepare.SHOULD else name


class RetryingRawCursor(RawCursor):
    """A raw cursor that runs a statement without its plan if the plan is lost or out of date."""

    def execute(
        self,
        query: Any,  # noqa: ANN401 - psycopg's Query
        params: Any = None,  # noqa: ANN401 - psycopg's Params
        *,
        prepare: bool | None = None,
        binary: bool | None = None,
    ) -> "RetryingRawCursor":
        """Execute a statement. Inside a transaction, which is lost with the plan, the error is raised."""
        try:
            return super().execute(query, params, prepare=prepare, binary=binary)
        except STALE_PLAN_ERRORS as error:
            if prepare is False or self.connection.prepare_threshold is None:
                raise
            forget_plans(self.connection, error)
            if self.connection.pgconn.transaction_status != TransactionStatus.IDLE:
                raise
            return super().execute(query, params, prepare=False, binary=binary)


def forget_plans(connection: Connection, error: Exception) -> None:
    """Forget which statements a connection has prepared; if a pooler mixed them up, let it prepare none from now on."""
    if isinstance(error, errors.FeatureNotSupported):
        connection._prepared.clear()
        return
    logger.warning("A connection keeps no plans any more: there is a pooler in between that keeps none (%s)", error)
    keep_no_plans(connection)


def keep_no_plans(connection: Connection) -> None:
    """Let a connection prepare nothing from now on; what it has prepared stays where it is."""
    connection._prepared = NamedByText()
    connection.prepare_threshold = None


def keeps_statements_apart(connection: Connection) -> bool:
    """Return whether the pooler in between renames prepared statements, each client's apart. Two queries.

    In one transaction, hence on one server connection: a statement that the server knows by our name was not renamed.
    """
    try:
        with connection.transaction(), RawCursor(connection) as cursor:
            cursor.execute("SELECT 'is this renamed?'", prepare=True)
            name = next(reversed(connection._prepared._names.values())).decode()
            cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name = $1", [name], prepare=False)
            is_renamed = cursor.fetchone()[0] == 0
            if not is_renamed:
                cursor.execute(f"DEALLOCATE {name}", prepare=False)
    except errors.DuplicatePreparedStatement:
        return False
    return is_renamed
