"""Whoever dies in the middle of a compaction, a process or the server, leaves rankings that are right."""

import os
import signal
import subprocess
import sys

import pytest
from django.conf import settings

from genonaut.postgres.programs import BIN
from genonaut.ranking import compact, verify
from tests.clusters import crash, data_folder, shared
from tests.processes import database_url
from tests.ranking.items import RANKINGS, make_items

WAIT_SECONDS = 120
# Adds the deltas to the leaves and stays there, before the transaction's end.
HALF_A_COMPACTION = """
import sys
import django
django.setup()
from genonaut.postgres.programs import BIN
from genonaut.ranking.compaction import exclusive, move
from tests.ranking.items import RANKINGS, make_items
if "fill" in sys.argv:
    make_items(50, seed=3)
with exclusive(RANKINGS, wait=True) as cursor:
    for ranking in RANKINGS.values():
        move(cursor, ranking)
    cursor.execute(f'DELETE FROM "{RANKINGS.delta._meta.db_table}"')
    print("half", cursor.rowcount, flush=True)
    sys.stdin.readline()
"""
# Verifies, compacts and verifies again what a dead server left.
GO_ON = """
import django
django.setup()
from django.core.management import call_command
for action in ("verify", "compact", "verify"):
    call_command("rankings", action)
"""


def start(code: str, *arguments: str, url: str) -> subprocess.Popen:
    """Start a process that runs some code on a database."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": url}
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def kill(process: subprocess.Popen) -> None:
    """End a process as a power cut does."""
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=WAIT_SECONDS)


@pytest.mark.django_db(transaction=True)
def test_a_compactor_that_is_killed_leaves_every_delta_to_the_next() -> None:
    make_items(50)
    process = start(HALF_A_COMPACTION, url=database_url())
    assert process.stdout.readline().split() == ["half", "50"]
    kill(process)
    assert [drift for ranking in RANKINGS.values() for drift in verify(ranking)] == []
    assert compact(RANKINGS).deltas == 50
    assert [drift for ranking in RANKINGS.values() for drift in verify(ranking)] == []


def copy_tables(source: str, target: str) -> None:
    """Copy a migrated database, which is faster than to migrate another."""
    dump = subprocess.run([BIN / "pg_dump", "--no-owner", "-d", source], check=True, capture_output=True)
    psql = [BIN / "psql", "--quiet", "--set=ON_ERROR_STOP=1", "-d", target]
    subprocess.run(psql, input=dump.stdout, check=True, capture_output=True)


def test_a_server_that_dies_in_the_middle_of_a_compaction_recovers_with_every_count_right(db: None) -> None:
    with data_folder() as data:
        with shared(data) as url:
            copy_tables(database_url(), url)
            compactor = start(HALF_A_COMPACTION, "fill", url=url)
            assert compactor.stdout.readline().split() == ["half", "50"]
            crash(data)
            kill(compactor)
        with shared(data) as url:
            going_on = start(GO_ON, url=url)
            said, _ = going_on.communicate(timeout=WAIT_SECONDS)
            assert going_on.returncode == 0, said
