"""Whether this process can serve: the database is reached, its schema is ours, and static files are collected.

Packages add what they know in `ready`: `DETAILS["pooler"] = ...`, a function that returns what JSON takes. Details are
for operators alone.
"""

import logging
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.db import Error, connection

from genonaut import flags
from genonaut.database import time_limit
from genonaut.database.outages import outage_of
from genonaut.monitoring.remembered import Remembered

# For each statement; and between two looks, however many ask.
SECONDS, EVERY_SECONDS = 2.0, 1.0
GOOD = "ok"
# The primary is away, and replicas answer: pages and lists go on.
FROM_REPLICAS = "away; reads go on from replicas"
UNKNOWN, READ_ONLY = "unknown", "read only"
MIGRATION = re.compile("[0-9]{4}_")

DETAILS: dict[str, Callable[[], Any]] = {}
# Whether reads go on while the database of DATABASE_URL is away: any of these says so. No queries.
READS_GO_ON: list[Callable[[], bool]] = []

logger = logging.getLogger(__name__)


class Readiness(NamedTuple):
    """What was found: each check with "ok" or what is wrong, and what operators are told beside it."""

    checks: dict[str, str]
    details: dict[str, Any]

    @property
    def is_ready(self) -> bool:
        """Whether requests can be served; a site that is read only serves reads."""
        is_served = self.checks["database"] in (GOOD, FROM_REPLICAS)
        return is_served and self.checks["migrations"] in (GOOD, UNKNOWN) and self.checks["static_files"] == GOOD


def readiness() -> Readiness:
    """Return whether this process can serve. Three queries at most once a second."""
    return _remembered()


def _look() -> Readiness:
    token = time_limit.seconds.set(SECONDS)
    try:
        checks, details = _database()
        checks["static_files"] = _static_files()
        details |= {name: _detail(read) for name, read in DETAILS.items()}
        return Readiness(checks, details)
    finally:
        time_limit.seconds.reset(token)


_remembered = Remembered(_look, EVERY_SECONDS)
forget = _remembered.forget


def _database() -> tuple[dict[str, str], dict[str, Any]]:
    """Return the checks of the database. Three queries at most; none while threads wait for connections."""
    pool = connection.pool
    if pool is not None and pool.waiting and pool.in_use >= pool.max_size:
        return {"database": "busy", "migrations": UNKNOWN, "writes": UNKNOWN}, {}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('transaction_read_only'), current_setting('server_version')")
            read_only, version = cursor.fetchone()
            cursor.execute("SELECT app, name FROM django_migrations")
            applied = set(cursor.fetchall())
    except Error as error:
        if any(goes_on() for goes_on in READS_GO_ON):
            return {"database": FROM_REPLICAS, "migrations": UNKNOWN, "writes": READ_ONLY}, {}
        outage = outage_of(error)
        return {"database": outage.cause if outage else "failed", "migrations": UNKNOWN, "writes": UNKNOWN}, {}
    missing = sorted(".".join(name) for name in known_migrations() - applied)
    checks = {
        "database": GOOD,
        "migrations": f"{len(missing)} to be applied" if missing else GOOD,
        "writes": GOOD if read_only == "off" and flags.is_on(flags.Flag.CHANGES) else READ_ONLY,
    }
    return checks, {"server_version": version, "migrations_to_be_applied": missing[:20], **_connection_facts()}


def _connection_facts() -> dict[str, Any]:
    """Return what stands between, and which limits hold, as the connection found out when it was made. No query."""
    site_connection = connection.connection
    return {
        "is_pooled": site_connection.is_pooled,
        "keeps_plans": site_connection.prepare_threshold is not None,
        "statement_timeout_ms": site_connection.facts.statement_timeout,
        "statements_are_limited_by": "server" if site_connection.is_limited_by_server() else "process",
        "is_jit_on": site_connection.facts.is_jit_on,
    }


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """Return the migrations of this build by app and name. Reads folders, once; imports none of them."""
    return frozenset(
        (app.label, module.name)
        for app in apps.get_app_configs()
        for module in iter_modules([str(Path(app.path) / "migrations")])
        if MIGRATION.match(module.name)
    )


def _static_files() -> str:
    """Return whether pages find the files that they name: those of the version before have other scripts."""
    manifest = getattr(staticfiles_storage, "manifest_name", None)
    if manifest is None:
        return GOOD
    is_there = (Path(settings.STATIC_ROOT) / manifest).is_file()
    return GOOD if is_there and staticfiles_storage.is_current() else "not collected"


def _detail(read: Callable[[], Any]) -> Any:  # noqa: ANN401 - what JSON takes
    try:
        return read()
    except Exception as error:
        logger.warning("A detail of /readyz could not be read: %s", type(error).__name__)
        return "unknown"
