"""Runs statements that give one row: as text once, or again and again with parameters that the server binds."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import RawCursor
from psycopg.pq import Format

from genonaut.ranking.declaration import Ranking
from genonaut.ranking.statements import SQL, Param

Values = Mapping[Param, Any]
NO_VALUES: Values = {}


def run_once(ranking: Ranking, statement: SQL, values: Values = NO_VALUES) -> tuple[Any, ...]:
    """Run a statement and return its row."""
    with connections[router.db_for_read(ranking.owner.model)].cursor() as cursor:
        cursor.execute(statement.sql, statement.bind(values))
        return cursor.fetchone()


@contextmanager
def server_side_binding(ranking: Ranking) -> Iterator[CursorWrapper]:
    """Open a cursor that leaves parameters to PostgreSQL, as Django's own do only for the whole site or not at all."""
    connection: BaseDatabaseWrapper = connections[router.db_for_read(ranking.owner.model)]
    connection.ensure_connection()
    cursor = getattr(connection.connection, "raw_cursor_factory", RawCursor)(connection.connection)
    # Times as text would go through a loader of Django's, in Python.
    cursor.format = Format.BINARY
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cursor) as wrapped:
        yield wrapped
