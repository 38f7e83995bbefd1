"""The start of the server that takes changes, written where its replicas read it too.

It is part of the era of versions (docs/decisions/0012), so that a replica gives a list the ETag that its primary gives;
and it numbers eras, so that positions in the log are compared within one era (docs/decisions/0029).
"""

import logging

import psycopg

IS_NOTED = """SELECT pg_is_in_recovery()
    OR coalesce((SELECT started_at = pg_postmaster_start_time() FROM genonaut_primarystart), false)"""
NOTE = """INSERT INTO genonaut_primarystart AS noted (id, number, started_at) VALUES (1, 1, pg_postmaster_start_time())
    ON CONFLICT (id) DO UPDATE SET number = noted.number + 1, started_at = excluded.started_at
    WHERE noted.started_at <> excluded.started_at"""

logger = logging.getLogger(__name__)


def note_start(connection: psycopg.Connection) -> None:
    """Write when the server started, unless that is written or the server takes no changes. One query, in autocommit.

    Each connection does so before it is used: so no change of a promoted server comes before its new era.
    """
    try:
        (is_noted,) = connection.execute(IS_NOTED, prepare=False).fetchone()
        if not is_noted:
            connection.execute(NOTE, prepare=False)
    except (psycopg.errors.UndefinedTable, psycopg.errors.ReadOnlySqlTransaction) as error:
        logger.debug("The start of the server is not noted: %s", error)
