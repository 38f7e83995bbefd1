"""Django's backend for PostgreSQL, over a pool of the site's own."""

import logging
from functools import cache, partial
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import NO_DB_ALIAS
from django.db.backends.postgresql import base
from django.db.backends.utils import CursorWrapper

from genonaut.database.connections import SiteConnection
from genonaut.database.pool import ConnectionPool
from genonaut.database.starts import note_start
from genonaut.database.statements import timed

logger = logging.getLogger(__name__)


@cache
def _warn_of_no_limit() -> None:
    """Log, once in each process, that the server does not know how long a statement may take."""
    logger.warning(
        "No statement_timeout reaches the database; this process limits statements by itself. See "
        "`manage.py check --database default`."
    )


def pools() -> list[ConnectionPool]:
    """Return the pools of this process."""
    return list(DatabaseWrapper._connection_pools.values())


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection of one thread, which comes from the pool of its process.

    OPTIONS["pool"] holds `max_size` and `timeout` of the pool.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - Django's
        super().__init__(*args, **kwargs)
        self.execute_wrappers.append(timed)
        # How often this thread had a connection of the pool.
        self.connects = 0

    def get_new_connection(self, conn_params: dict[str, Any]) -> SiteConnection:
        """Return a connection, and count it."""
        connection = super().get_new_connection(conn_params)
        self.connects += 1
        return connection

    @property
    def pool(self) -> ConnectionPool | None:
        """The pool of this database; None for the maintenance database, which has none."""
        options = self.settings_dict["OPTIONS"].get("pool")
        if self.alias == NO_DB_ALIAS or not options:
            return None
        if self.alias not in self._connection_pools:
            connect = partial(self._connect_for_pool, self.get_connection_params())
            pool = ConnectionPool(connect, alias=self.alias, **options)
            # The first of several threads wins.
            self._connection_pools.setdefault(self.alias, pool)
        return self._connection_pools[self.alias]

    def _connect_for_pool(self, params: dict[str, Any]) -> SiteConnection:
        connection = SiteConnection.connect(**{**params, "autocommit": True})
        connection.answer_seconds = settings.DATABASE_CONNECT_SECONDS
        try:
            self._configure_connection(connection)
            if self.alias == DEFAULT_DB_ALIAS and settings.REPLICA_URLS:
                note_start(connection)
        except BaseException:
            connection.close()
            raise
        connection.answer_seconds = None
        if not connection.is_limited_by_server():
            _warn_of_no_limit()
        return connection

    def chunked_cursor(self) -> CursorWrapper:
        """Open a cursor for rows that are read in parts: on the server, but not through a pooler in autocommit.

        There the next part would be asked of another server connection. All rows are then read at once.
        """
        self.ensure_connection()
        if getattr(self.connection, "is_pooled", False) and not self.in_atomic_block:
            return self.cursor()
        return super().chunked_cursor()
