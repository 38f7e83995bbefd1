"""The databases that are measured: one for each number of rows, kept for the next run, and scratch copies of them."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit, urlunsplit

import django
import psycopg
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from tests.databases import use

# What a command of ours exits with after Ctrl-C.
INTERRUPTED = 130


def server_url() -> str:
    """Return the URL of DATABASE_URL's server or of the embedded one, which runs until this process ends."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    django.setup()
    return settings.DATABASE_URL


def url_of(name: str) -> str:
    """Return the URL of another database of the server."""
    return urlunsplit(urlsplit(server_url())._replace(path=f"/{name}"))


def name_in(url: str) -> str:
    """Return the name of a URL's database."""
    return urlsplit(url).path[1:]


def database_of(rows: int) -> str:
    """Return the URL of the database that holds so many synthetic items, filled where it is not, rankings correct."""
    name = f"{name_in(server_url())}_rows_{rows}"
    with psycopg.connect(server_url(), autocommit=True) as server:
        if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = url_of(name)
    is_new = bool(manage(url, "migrate", "--check", "--verbosity", "0", is_checked=False))
    manage(url, "migrate", "--verbosity", "0")
    manage(url, "seed", "--rows", str(rows))
    # Once is enough: to verify 10 million rows takes longer than some measurements.
    if is_new and manage(url, "rankings", "verify", is_checked=False):
        manage(url, "rankings", "rebuild")
    settle(url)
    return url


@contextmanager
def scratch_copy(url: str) -> Iterator[str]:
    """Copy a database for measurements that write; yield the copy's URL; drop it at the end."""
    name = f"{name_in(url)}_scratch"
    copy, original = sql.Identifier(name), sql.Identifier(name_in(url))
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(copy)
    # A database is copied only while nobody is connected to it; a pool keeps connections that nobody uses.
    connection.close()
    connection.close_pool()
    with psycopg.connect(server_url(), autocommit=True) as server:
        server.execute(drop)
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name_in(url)])
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(copy, original))
        try:
            yield url_of(name)
        finally:
            server.execute(drop)


def manage(url: str, *arguments: str, is_checked: bool = True) -> int:
    """Run manage.py on a database; return its exit code.

    Raises CalledProcessError if it fails and is checked, KeyboardInterrupt if it was interrupted.
    """
    # No limit on statements: these load, index and count millions of rows.
    environment = {**os.environ, "DATABASE_URL": url, "STATEMENT_TIMEOUT_MS": "0"}
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    code = run_to_its_end(command, environment)
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    if code and is_checked:
        raise subprocess.CalledProcessError(code, command)
    return code


def run_to_its_end(command: Sequence[str], environment: Mapping[str, str] | None = None) -> int:
    """Run a command; return its exit code. Ctrl-C is left to the command, which has it too and ends in good order."""
    with subprocess.Popen(command, env=environment) as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                continue


def settle(url: str) -> None:
    """Write out what the server still holds back, so that it does not do so while something is measured.

    Only where we may: a server that is not ours keeps its own time.
    """
    with suppress(psycopg.errors.InsufficientPrivilege), psycopg.connect(url, autocommit=True) as server:
        server.execute("CHECKPOINT")


@contextmanager
def connected_to(url: str) -> Iterator[None]:
    """Let Django's own connection lead to another database of the server."""
    ours = connection.settings_dict["NAME"]
    use(name_in(url))
    try:
        yield
    finally:
        use(ours)


def call_on(url: str, *arguments: str, **options: object) -> None:
    """Run a management command on another database of the server, in this process. Raises CommandError."""
    with connected_to(url):
        call_command(*arguments, **options)


def staff_cookie(url: str) -> str:
    """Return the cookie of a signed-in session of a member of staff, who is made where there is none."""
    with connected_to(url):
        rights = {"is_staff": True, "is_superuser": True}
        user, _ = get_user_model().objects.get_or_create(username="measuring-staff", defaults=rights)
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
