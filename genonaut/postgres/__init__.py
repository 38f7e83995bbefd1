"""The embedded PostgreSQL server that runs when DATABASE_URL names no other."""

from genonaut.postgres.errors import PostgresDidNotStartError
from genonaut.postgres.server import database_url
from genonaut.postgres.watching import keep_up

__all__ = ["PostgresDidNotStartError", "database_url", "keep_up"]
