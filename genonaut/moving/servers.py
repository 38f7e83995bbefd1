"""The two databases of a move, each with a connection that may write while the database is read-only for others."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from genonaut.moving.errors import MoveError

OPTIONS = "-c default_transaction_read_only=off -c statement_timeout=0 -c lock_timeout=20s -c jit=off"
NAME = "move_database"
READ_ONLY = "default_transaction_read_only"
DEFAULT_OF_DATABASE = """
SELECT EXISTS (
    SELECT FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase
    WHERE datname = current_database() AND setrole = 0 AND 'default_transaction_read_only=on' = ANY (setconfig)
)
"""
# What ALTER SYSTEM set, for all databases of the server; sessions of ours have a setting of their own.
HELD = """
SELECT EXISTS (SELECT FROM pg_file_settings
    WHERE name = 'default_transaction_read_only' AND setting = 'on' AND sourcefile LIKE '%/postgresql.auto.conf')
"""


@dataclass(frozen=True)
class Server:
    """A database of a move: what messages call it, its URL, and a connection in autocommit."""

    label: str
    url: str
    connection: psycopg.Connection

    def rows(self, query: str, params: object = None) -> list[tuple]:
        """Return all rows of a query."""
        return self.connection.execute(query, params).fetchall()

    def value(self, query: str, params: object = None) -> Any:  # noqa: ANN401 - of any type
        """Return the first value of a query's first row."""
        return self.connection.execute(query, params).fetchone()[0]

    def run(self, statement: str, *names: str) -> None:
        """Run a statement of this module's text, with names in its places `{}`."""
        self.connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def conninfo(self) -> str:
        """Return what the other server connects with."""
        return make_conninfo(**conninfo_to_dict(self.url))

    def identity(self) -> tuple:
        """Return what tells the database from all others."""
        return self.rows(
            "SELECT system_identifier, pg_postmaster_start_time(), current_database() FROM pg_control_system()"
        )[0]

    def is_read_only(self) -> bool:
        """Return whether new sessions of the database are read-only unless they ask otherwise."""
        return self.value(DEFAULT_OF_DATABASE)

    def is_held(self) -> bool:
        """Return whether a switch holds all writers of the server back, or one that was killed still does."""
        return self.value(HELD)

    def set_read_only(self, *, is_on: bool) -> None:
        """Make new sessions of the database read-only, or writers again."""
        action = f"SET {READ_ONLY} = on" if is_on else f"RESET {READ_ONLY}"
        self.run(f"ALTER DATABASE {{}} {action}", self.connection.info.dbname)


@contextmanager
def connected(label: str, url: str) -> Iterator[Server]:
    """Yield a database. Raises MoveError if it cannot be reached."""
    try:
        connection = psycopg.connect(url, autocommit=True, options=OPTIONS, connect_timeout=10)
    except psycopg.Error as error:
        raise MoveError(f"The {label} database cannot be reached: {str(error).strip()}") from None
    with connection:
        yield Server(label, url, connection)
