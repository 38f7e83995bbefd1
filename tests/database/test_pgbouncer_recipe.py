"""PgBouncer as deploy/pgbouncer sets it up: a walk over it is right, and readers notice no reload and no pause."""

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import pytest
from django.core.checks import Info
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer
from rest_framework.authtoken.models import Token

from genonaut.database.checks import check_site_connection
from tests import pgbouncer
from tests.database.conftest import connecting_to
from tests.pgbouncer import WAIT_SECONDS
from tests.pgbouncer_recipe import FOLDER, RecipePgBouncer, example_values, filler
from tests.processes import database_url
from tests.walk import walk
from tests.walk.works import TINY, make_works
from users.models import User

LIST = "/api/v1/content/?page_size=5"
READERS = 3


@pytest.fixture(scope="module")
def recipe(django_db_setup: None) -> Iterator[RecipePgBouncer]:
    """The recipe's PgBouncer before the test's database."""
    if pgbouncer.find() is None:
        pytest.fail(pgbouncer.MISSING, pytrace=False)
    with RecipePgBouncer(database_url()) as running:
        yield running


@pytest.fixture
def through_recipe(transactional_db: None, recipe: RecipePgBouncer) -> Iterator[None]:
    """Let the site connect through it."""
    with connecting_to(recipe.url):
        yield


def test_a_walk_over_it_is_right(
    through_recipe: None, recipe: RecipePgBouncer, live_server: LiveServer, staff: User
) -> None:
    make_works()
    report = walk(live_server.url, database_url(), Token.objects.create(user=staff).key, TINY)
    assert report.is_right, report
    served = {pool["database"]: pool["pool_mode"] for pool in recipe.tell("SHOW POOLS")}
    assert served[recipe.server["dbname"]] == "transaction"
    connection.ensure_connection()
    assert connection.connection.is_pooled


def test_the_rows_of_a_page_are_passed_on_in_few_pieces(recipe: RecipePgBouncer) -> None:
    config = {row["key"]: row["value"] for row in recipe.tell("SHOW CONFIG")}
    assert config["pkt_buf"] == "16384"


def test_the_checks_find_nothing_amiss(through_recipe: None, recipe: RecipePgBouncer, settings: Settings) -> None:
    settings.DATABASE_URL, settings.DATABASE_DIRECT_URL = recipe.url, recipe.session_url
    assert [type(message) for message in check_site_connection(["default"])] == [Info]


def test_commands_have_a_session_without_the_sites_limits(transactional_db: None, recipe: RecipePgBouncer) -> None:
    with connecting_to(recipe.session_url), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', 'a command', false), pg_backend_pid()")
        pid = cursor.fetchone()[1]
        cursor.execute(
            "SELECT current_setting('application_name'), pg_backend_pid(), current_setting('statement_timeout')"
        )
        assert cursor.fetchone() == ("a command", pid, "0")


# --- Readers


@contextmanager
def reading() -> Iterator[tuple[Counter, Callable[[], None]]]:
    """Let readers ask without a pause while the context lasts; yield what they were answered by status, and a function
    that waits until each was answered once more."""
    statuses: Counter = Counter()
    answered = [0] * READERS
    ended = Event()

    def read(number: int) -> None:
        client = Client(raise_request_exception=False)
        while not ended.is_set():
            statuses[client.get(LIST).status_code] += 1
            connection.close()
            answered[number] += 1

    def wait() -> None:
        before = list(answered)
        until = time.monotonic() + WAIT_SECONDS
        while any(now < then + 2 for now, then in zip(answered, before, strict=True)):
            assert time.monotonic() < until, statuses
            time.sleep(0.01)

    with ThreadPoolExecutor(READERS) as threads:
        readers = [threads.submit(read, number) for number in range(READERS)]
        try:
            wait()
            yield statuses, wait
        finally:
            ended.set()
        assert [reader.result() for reader in readers] == [None] * READERS


def test_readers_notice_no_reload_and_no_pause(through_recipe: None, recipe: RecipePgBouncer) -> None:
    with reading() as (statuses, wait):
        recipe.tell("RELOAD")
        wait()
        recipe.tell("PAUSE")
        time.sleep(0.3)
        recipe.tell("RESUME")
        wait()
        recipe.tell("RECONNECT")
        wait()
    assert set(statuses) == {200}


def test_a_restart_is_told_as_a_database_that_is_away(through_recipe: None, recipe: RecipePgBouncer) -> None:
    with reading() as (statuses, wait):
        recipe.stop()
        wait()
        recipe.start()
        until = time.monotonic() + WAIT_SECONDS
        while True:
            before = statuses[503]
            wait()
            if statuses[503] == before:
                break
            assert time.monotonic() < until
    assert set(statuses) == {200, 503}


def test_of_two_one_is_always_there(transactional_db: None, recipe: RecipePgBouncer) -> None:
    """Each is restarted in turn: only requests that it held when it stopped fail."""
    with (
        RecipePgBouncer(database_url()) as second,
        connecting_to(recipe.address(recipe.server["dbname"], second)),
        reading() as (statuses, wait),
    ):
        for number, pooler in enumerate((recipe, second), 1):
            pooler.stop()
            wait()
            failed = statuses[503]
            wait()
            pooler.start()
            wait()
            assert statuses[503] == failed <= number * READERS
    assert set(statuses) <= {200, 503}


# --- The file


def test_it_is_filled_in_from_one_place() -> None:
    program = [sys.executable, FOLDER / "fill.py", FOLDER / "values.env.example"]
    said = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert said == filler().fill(example_values())
    assert "genonaut_session = host=/var/run/postgresql port=5432" in said
    assert "max_prepared_statements" not in "".join(line for line in said.splitlines() if not line.startswith(";"))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("", "listen_port is missing"),
        ("listen_port=6432\ncolour=red", "colour is unknown"),
        ("listen_port=6432 user=root", "is not of the form name=value"),
        ("listen_port", "is not of the form name=value"),
    ],
)
def test_values_that_cannot_be_used_are_named(tmp_path: Path, line: str, complaint: str) -> None:
    file = tmp_path / "values.env"
    file.write_text((FOLDER / "values.env.example").read_text().replace("listen_port=6432", line))
    ran = subprocess.run([sys.executable, FOLDER / "fill.py", file], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, complaint in ran.stderr) == (1, "", True)
