"""Servers of their own, each with a part of the works. They are kept for the next run.

The part of a work is in its id: each server's sequence begins at a number of its own. Accounts have the same ids
everywhere, so that one member has works on all servers.
"""

from pathlib import Path

import psycopg
from django.conf import settings

from content.models import ContentItem
from genonaut import postgres
from tests.stress.databases import manage, settle

TABLE = ContentItem._meta.db_table
IDS_OF_SERVER = 1_000_000_000
RESERVE = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s, false)"


def started(number: int, rows: int) -> list[str]:
    """Start the servers and return their URLs; one that is new is filled with its part of the rows."""
    return [filled(server, rows // number, url) for server, url in enumerate(_urls(number, rows))]


def filled(server: int, rows: int, url: str) -> str:
    """Fill a server's database unless it is, and return its URL."""
    manage(url, "migrate", "--verbosity", "0")
    with psycopg.connect(url) as connection:
        if connection.execute(f"SELECT count(*) FROM {TABLE}").fetchone()[0] >= rows:
            return url
        begin_ids(connection, server)
    manage(url, "seed", "--rows", str(rows), "--seed", str(server + 1))
    settle(url)
    return url


def begin_ids(connection: psycopg.Connection, server: int) -> None:
    """Let the ids of a server's works begin at a number of its own, unless it has works."""
    if connection.execute(f"SELECT NOT EXISTS (SELECT FROM {TABLE})").fetchone()[0]:
        connection.execute(RESERVE, [TABLE, server * IDS_OF_SERVER + 1])


def server_of(pk: int) -> int:
    """Return the number of the server that holds a work."""
    return pk // IDS_OF_SERVER


def _urls(number: int, rows: int) -> list[str]:
    folder: Path = settings.VAR_DIR / "shards" / f"{rows}-{number}"
    return [postgres.database_url(folder / str(server) / "postgres") for server in range(number)]
