"""What `manage.py check --database default` says of the address that the site uses: limits, plans, poolers."""

from collections.abc import Collection, Iterator
from typing import Any

import psycopg
from django.conf import settings
from django.core.checks import CheckMessage, Info, Warning
from psycopg.conninfo import conninfo_to_dict

from genonaut import web_process
from genonaut.database.connections import SiteConnection, options_with_limits

CONNECT_QUERY = "connect_query='SET statement_timeout={}; SET jit=off'"


def check_site_connection(databases: Collection[str] | None = None, **_options: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's
    """Connect as the site does, and tell which of its limits do not reach the server."""
    if "default" not in (databases or ()):
        return []
    timeout = settings.STATEMENT_TIMEOUT_MS or web_process.STATEMENT_TIMEOUT_MS
    try:
        options = options_with_limits(timeout, conninfo_to_dict(settings.DATABASE_URL).get("options", ""))
        with SiteConnection.connect(settings.DATABASE_URL, options=options, prepare_threshold=3) as connection:
            return list(_messages(connection, timeout))
    except psycopg.Error as error:
        return [Warning(f"DATABASE_URL cannot be reached: {error}", id="genonaut.W010")]


def _messages(connection: SiteConnection, timeout: int) -> Iterator[CheckMessage]:
    hint = f"In PgBouncer's entry of the database: {CONNECT_QUERY.format(timeout)}."
    if not 0 < connection.facts.statement_timeout <= timeout:
        message = (
            f"No statement_timeout reaches the server: each process of the site ends statements after {timeout} ms."
        )
        yield Warning(message, hint=hint, id="genonaut.W011")
    if connection.facts.is_jit_on:
        yield Warning(
            "The server compiles statements (jit), which takes longer than most run.", hint=hint, id="genonaut.W012"
        )
    if not connection.is_pooled:
        return
    if settings.DATABASE_DIRECT_URL == settings.DATABASE_URL:
        message = "Commands connect through a pooler, under the limits of the site."
        hint = "Set DATABASE_DIRECT_URL to the address of the server, or of a pooler's entry in session mode."
        yield Warning(message, hint=hint, id="genonaut.W013")
    kept = "kept" if connection.prepare_threshold is not None else "not kept"
    yield Info(f"DATABASE_URL leads through a connection pooler; plans are {kept}.", id="genonaut.I010")
