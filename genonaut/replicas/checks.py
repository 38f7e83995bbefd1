"""What `manage.py check --database default` says of the replicas."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

import psycopg
from django.core.checks import CheckMessage, Error, Info, Warning
from django.db import DEFAULT_DB_ALIAS

from genonaut.replicas.cluster import aliases, connect_to

FACTS = """SELECT (SELECT system_identifier FROM pg_control_system()), pg_is_in_recovery(),
    current_setting('hot_standby_feedback') = 'on', to_regclass('genonaut_primarystart') IS NOT NULL"""


class Facts(NamedTuple):
    """What a server says of itself."""

    identifier: int
    is_in_recovery: bool
    gives_feedback: bool
    is_migrated: bool


def check_replicas(databases: Collection[str] | None = None, **_options: Any) -> list[CheckMessage]:  # noqa: ANN401 - Django's
    """Connect to each replica, and tell which will not be read, and why."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        primary, _ = facts_of(DEFAULT_DB_ALIAS)
    except psycopg.Error:  # said by check_site_connection
        return []
    return [message for alias in aliases() for message in _messages(alias, primary)]


def facts_of(alias: str) -> tuple[Facts, bool]:
    """Return what a server says, and whether a pooler stands between. Raises psycopg.Error."""
    with connect_to(alias) as connection:
        return Facts(*connection.execute(FACTS, prepare=False).fetchone()), connection.is_pooled


def _messages(alias: str, primary: Facts) -> Iterator[CheckMessage]:
    try:
        facts, is_pooled = facts_of(alias)
    except psycopg.Error as error:
        yield Warning(f"{alias} cannot be reached: {error}", id="genonaut.W020")
        return
    if facts.identifier != primary.identifier:
        yield Error(f"{alias} is a replica of another server than DATABASE_URL's.", id="genonaut.E020")
    elif not facts.is_in_recovery:
        yield Warning(f"{alias} takes changes: it is no replica, and is not read.", id="genonaut.W021")
    elif not facts.is_migrated:
        hint = "manage.py migrate; then wait for the replica."
        yield Warning(
            f"{alias} is not read: the table of the primary's start is not there.", hint=hint, id="genonaut.W022"
        )
    if facts.is_in_recovery and not facts.gives_feedback:
        hint = "hot_standby_feedback = on: docs/replicas.md says what it costs."
        yield Info(f"{alias} delays what it receives for its readers, or ends them.", hint=hint, id="genonaut.I020")
    if is_pooled:
        hint = "Its positions are right only if all connections lead to one server."
        yield Info(f"{alias} is reached through a connection pooler.", hint=hint, id="genonaut.I021")
