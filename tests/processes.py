"""What tests that start processes and threads of their own need."""

import gc
import os
import subprocess
import sys
import time
from itertools import count
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.conf import settings
from django.db import connection

WAIT_SECONDS = 300
# Settings of a site whose database may stand still for some seconds, as any process of a busy machine.
PATIENT = {"STATEMENT_TIMEOUT_MS": "120000", "DATABASE_WAIT_SECONDS": "30"}
# An idle connection is at no work: a thread, or a browser's event loop, may hold one until the process ends.
WORKING = """
    SELECT application_name, state, query FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
        AND state <> 'idle'
"""
# Whose snapshots keep dead rows: autovacuum's workers too, while they analyze any table of the database.
READERS = """
    SELECT backend_type, state, query FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND coalesce(backend_xmin, backend_xid) IS NOT NULL
"""


def database_url() -> str:
    """Return the URL of this test's database, on the server of DATABASE_URL or the embedded one."""
    return database_of(connection.settings_dict["NAME"])


def database_of(name: str) -> str:
    """Return the URL of a database on the same server."""
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{name}"))


def manage_with(changes: str, *arguments: object) -> subprocess.Popen:
    """Start manage.py on this test's database, once Django is set up and `changes` made a size small."""
    code = f"import django, runpy; django.setup(); {changes}; runpy.run_path('manage.py', run_name='__main__')"
    known = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "genonaut.settings"}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=settings.BASE_DIR,
        env={**os.environ, **known},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def slow_down(owner: object, name: str, *, after: int = 3, seconds: float = 3) -> None:
    """Let each call of a function but the first `after` begin late, so that a process is met amid its work."""
    act, calls = getattr(owner, name), count(1)

    def act_later(*arguments: object, **named: object) -> object:
        if next(calls) > after:
            time.sleep(seconds)
        return act(*arguments, **named)

    setattr(owner, name, act_later)


def wait_until_nothing_works() -> None:
    """Wait for whatever tests left running behind their backs, a compaction, say. Raises TimeoutError and says what it
    is."""
    connection.close()
    connection.close_pool()
    gc.collect()  # A thread that ended without closing its connection left it to the garbage.
    _wait_while(WORKING, "Still at work")


def wait_until_nobody_reads() -> None:
    """Wait until a VACUUM could free what is deleted by now. Raises TimeoutError and says who is reading."""
    _wait_while(READERS, "Still reading")


def _wait_while(anybody: str, complaint: str) -> None:
    end = time.monotonic() + WAIT_SECONDS
    with psycopg.connect(database_url(), autocommit=True) as watching:
        while others := watching.execute(anybody).fetchall():
            if time.monotonic() > end:
                raise TimeoutError(f"{complaint}: {others}")
            time.sleep(0.05)
