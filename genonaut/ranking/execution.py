"""Runs statements: as text once, or again and again with parameters that the server binds, which keeps their plans."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import CursorWrapper
from psycopg import RawCursor
from psycopg.pq import Format

from genonaut.ranking.byte_lru import ByteLRU
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.statements import SQL, Param, PreparedQuery, prepare

Values = Mapping[Param, Any]
NO_VALUES: Values = {}


def run_once(ranking: Ranking, statement: SQL, values: Values = NO_VALUES) -> tuple[Any, ...]:
    """Run a statement and return its row."""
    with connections[alias_of(ranking)].cursor() as cursor:
        cursor.execute(statement.sql, statement.bind(values))
        return cursor.fetchone()


def alias_of(ranking: Ranking) -> str:
    """Return the database that a ranking is read from."""
    return router.db_for_read(ranking.owner.model)


def rows_of(
    alias: str, compose: Callable[[], SQL], values: Values, *, cache: ByteLRU[PreparedQuery], key: Hashable | None
) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows. If it has a key it is composed once, and PostgreSQL keeps its plan.

    To plan a statement takes four times as long as to run it for the rows of a page, over 16 partitions twelve times.
    """
    if key is None:
        statement = compose()
        with connections[alias].cursor() as cursor:
            cursor.execute(statement.sql, statement.bind(values))
            return cursor.fetchall()
    # As text: the loaders are then those of Django's own cursors.
    with server_side_binding(alias, Format.TEXT) as cursor:
        prepared = cache.get(key, lambda: prepare(compose(), cursor.connection))
        cursor.execute(prepared.sql, prepared.bind(values))
        return cursor.fetchall()


@contextmanager
def server_side_binding(alias: str, result_format: Format) -> Iterator[CursorWrapper]:
    """Open a cursor that leaves parameters to PostgreSQL, as Django's own do only for the whole site or not at all."""
    connection: BaseDatabaseWrapper = connections[alias]
    connection.ensure_connection()
    cursor = getattr(connection.connection, "raw_cursor_factory", RawCursor)(connection.connection)
    cursor.format = result_format
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cursor) as wrapped:
        yield wrapped
