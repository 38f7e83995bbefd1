"""Compares all rows of the two databases of a move: how many each table has, and a sum of their hashes."""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress

import psycopg
from psycopg import sql

from genonaut.moving.servers import Server

POLL_SECONDS = 0.1
TABLES = """
SELECT nspname::text, relname::text FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind = 'r' AND relpersistence = 'p' AND nspname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1, 2
"""
# A row as text is the same on all versions of PostgreSQL from 12 on, settings of output being equal.
SAME_OUTPUT = "SET extra_float_digits = 1; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'"
SUM = "SELECT count(*), sum(hashtextextended(row_of::text, 0)::numeric) FROM {}.{} AS row_of"


def unequal_tables(source: Server, target: Server) -> list[str]:
    """Return the tables whose rows differ, with both counts. Two queries a table; each reads all of it."""
    with ThreadPoolExecutor(2) as pool:
        sums = {pool.submit(_sums, server): server for server in (source, target)}
        try:
            ours, theirs = (future.result() for future in sums)
        except BaseException:
            _cancel(sums)
            raise
    return [
        f"{name} ({ours.get(name, (None,))[0]} and {theirs.get(name, (None,))[0]} rows)"
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def _cancel(sums: dict[Future, Server]) -> None:
    """End the queries: the pool waits for its threads, and writers are held back meanwhile."""
    while left := wait(sums, POLL_SECONDS).not_done:
        for future in left:
            with suppress(psycopg.Error):  # the server is away, as the thread will see
                sums[future].connection.cancel_safe()


def _sums(server: Server) -> dict[str, tuple]:
    server.connection.execute(SAME_OUTPUT)
    return {
        f"{schema}.{table}": server.rows(sql.SQL(SUM).format(sql.Identifier(schema), sql.Identifier(table)))[0]
        for schema, table in server.rows(TABLES)
    }
