"""Whoever dies in the middle of a fold, a process or the server, leaves rankings that are right."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from genonaut.ranking.folding import fold
from genonaut.ranking.verifying import verify
from tests.clusters import crash, data_folder
from tests.processes import database_url
from tests.ranking.items import RANKINGS, make_items

WAIT_SECONDS = 120
# Adds the deltas to the blocks and stays there, before the transaction's end.
HALF_A_FOLD = """
import sys
import django
django.setup()
from genonaut.ranking.folding import exclusive, move
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
# Keeps the embedded server of a folder running and tells its URL.
SERVE = """
import sys
from pathlib import Path
from genonaut import postgres
print(postgres.database_url(Path(sys.argv[1])), flush=True)
sys.stdin.readline()
"""


def start(code: str, *arguments: object, url: str = "") -> subprocess.Popen:
    """Start a process and wait until it says something."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "genonaut.settings", "DATABASE_URL": url}
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
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
def test_a_folder_that_is_killed_leaves_every_delta_to_the_next() -> None:
    make_items(50)
    process = start(HALF_A_FOLD, url=database_url())
    assert process.stdout.readline().split() == ["half", "50"]
    kill(process)
    assert [drift for ranking in RANKINGS.values() for drift in verify(ranking)] == []
    assert fold(RANKINGS).deltas == 50
    assert [drift for ranking in RANKINGS.values() for drift in verify(ranking)] == []


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder for a server of this test's own."""
    with data_folder() as path:
        yield path


def manage(url: str, *arguments: str) -> None:
    """Run manage.py, which must succeed."""
    subprocess.run(
        [sys.executable, settings.BASE_DIR / "manage.py", *arguments],
        env={**os.environ, "DATABASE_URL": url},
        check=True,
        capture_output=True,
        timeout=WAIT_SECONDS,
    )


def test_a_server_that_dies_in_the_middle_of_a_fold_recovers_with_every_count_right(data: Path) -> None:
    keeper = start(SERVE, data)
    url = keeper.stdout.readline().strip()
    manage(url, "migrate", "--verbosity", "0")
    folder = start(HALF_A_FOLD, "fill", url=url)
    assert folder.stdout.readline().split() == ["half", "50"]
    crash(data)
    kill(folder)
    kill(keeper)
    again = start(SERVE, data)
    url = again.stdout.readline().strip()
    manage(url, "rankings", "verify")
    manage(url, "rankings", "fold")
    manage(url, "rankings", "verify")
    again.communicate("\n", timeout=WAIT_SECONDS)
