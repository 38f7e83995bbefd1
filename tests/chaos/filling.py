"""Fills the site's database: by migrations and a seed, whose dump is kept for the next rehearsal."""

import os
import subprocess
import time
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import psycopg

from genonaut.postgres.programs import BIN
from tests.chaos import programs
from tests.chaos.site import URL, manage

WAIT_SECONDS = 60
SOURCES = ("*/migrations/*.py", "*/*/migrations/*.py", "requirements.txt")


def fill(rows: int) -> None:
    """Let the database hold so many works."""
    wait_for_database()
    kept = dump_of(rows)
    if kept.exists():
        _run("pg_restore", "--no-owner", "--exit-on-error", f"--dbname={URL}", kept)
    else:
        manage("migrate", "--verbosity", "0")
        manage("seed", "--rows", rows, "--verbosity", "0")
        _run("pg_dump", "--format=custom", f"--file={kept}.part", URL)
        os.replace(f"{kept}.part", kept)
    manage("collectstatic", "--noinput", "--verbosity", "0")


def wait_for_database() -> None:
    """Wait until the database is there and takes writes: the first leader answers a moment before either.

    Raises TimeoutError.
    """
    deadline = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < deadline:
        with suppress(psycopg.OperationalError), psycopg.connect(URL, connect_timeout=5) as connection:
            if connection.execute("SHOW transaction_read_only").fetchone() == ("off",):
                return
        time.sleep(0.2)
    raise TimeoutError("The cluster did not make its database.")


def dump_of(rows: int) -> Path:
    """Return the dump of so many works: its name tells the sources that decide the tables."""
    digest = sha256()
    for path in sorted({path for pattern in SOURCES for path in programs.BASE.glob(pattern)}):
        digest.update(path.read_bytes())
    return programs.LOGS.parent / f"works-{rows}-{digest.hexdigest()[:16]}.dump"


def _run(name: str, *arguments: object) -> None:
    subprocess.run([BIN / name, *map(str, arguments)], check=True)
