"""The suite's PostgreSQL server, and its databases: copies of templates that are kept between runs.

A template is named by a digest of everything that decides its content, so an outdated one is never used.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from genonaut import postgres

ROOT = Path(__file__).resolve().parent.parent
# What decides the tables: every migration, and the code that migrations run.
SOURCES = (
    "*/migrations/*.py",
    "genonaut/*.py",
    "genonaut/*/migrations/*.py",
    "genonaut/ranking/*.py",
    "tests/ranking/ranked/*.py",
    "tests/ranking/ranked/migrations/*.py",
)
PINS = ("requirements.txt",)
# A crash of the machine may cost the suite its data. A crash of the server does not.
SPEED = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


def start_server() -> str:
    """Start the suite's embedded server unless it runs, and return its URL."""
    url = postgres.database_url(ROOT / "var" / "tests" / "postgres")
    with psycopg.connect(url, autocommit=True) as server:
        for name, value in SPEED.items():
            server.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
        server.execute("SELECT pg_reload_conf()")
    return url


def server() -> psycopg.Connection:
    """Return a connection for statements about whole databases."""
    return psycopg.connect(settings.DATABASE_URL, autocommit=True)


def kept(kind: str, fill: Callable[[], None], *, template: str = "template1", parts: tuple[str, ...] = ()) -> str:
    """Return the name of a database that is kept between runs; `fill` writes it through Django if it is new.

    `parts` are what decides its content beside the tables. One process writes it while others wait, and names it once
    it is complete: the next run trusts nothing that an interrupted one leaves. Outdated versions are dropped.
    """
    stem = f"test_kept_{kind}_"
    name = stem + _digest(*parts)
    with server() as connected:
        connected.execute("SELECT pg_advisory_lock(hashtext(%s))", [stem])
        names = [row[0] for row in connected.execute("SELECT datname FROM pg_database WHERE datname ^@ %s", [stem])]
        if name not in names:
            for outdated in names:
                drop(connected, outdated)
            before, unfinished = connection.settings_dict["NAME"], f"{stem}unfinished"
            create(connected, unfinished, template)
            use(unfinished)
            fill()
            use(before)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connected.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(name)))
    return name


def migrated() -> str:
    """Return the name of a database that has the tables, and nothing in them but what migrations write."""
    return kept("migrated", lambda: call_command("migrate", interactive=False, verbosity=0))


def use(name: str) -> None:
    """Let Django connect to another database of the server."""
    connection.close()
    connection.close_pool()
    settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = name


def create(connected: psycopg.Connection, name: str, template: str, *, strategy: str = "WAL_LOG") -> None:
    """Copy a database, in place of one of that name; `FILE_COPY` is faster for a large one."""
    drop(connected, name)
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}")
    connected.execute(statement.format(*map(sql.Identifier, (name, template, strategy))))


def drop(connected: psycopg.Connection, name: str) -> None:
    """Drop a database, with the connections to it."""
    connected.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _digest(*parts: str) -> str:
    """Return a digest of the sources that decide the tables, and of further parts."""
    digest = hashlib.sha256("\0".join(parts).encode())
    for path in sorted({path for pattern in (*SOURCES, *PINS) for path in ROOT.glob(pattern)}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
