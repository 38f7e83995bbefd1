"""Indexes of tables that `seed` fills from nothing: dropped and built afterwards, and never lost."""

import io
import signal
import subprocess
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from content.models import ContentItem
from genonaut import postponed_indexes, seeding, upkeep
from genonaut.models import PostponedIndex
from genonaut.postponed_indexes import LOADER, LOCK, build_postponed, postpone
from genonaut.seeding import Dataset, declared_tables, expected_rows
from tests.index_builds import unfinished_write, until
from tests.processes import database_url, manage_with, wait_until_nothing_works

ROWS = 4_000
INDEXES = """
    SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), indisvalid
    FROM pg_index WHERE indrelid = %s::regclass
"""
END_OTHERS = """
    SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""
SMALL = (
    "from genonaut import postponed_indexes as postponed, seeding; "
    "seeding.BLOCK_ROWS = 250; postponed.FEWEST_ROWS = 1000; postponed.LOOK_SECONDS = "
)


@pytest.fixture(autouse=True)
def few_rows_are_many(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Postpone the indexes of loads of some thousand rows; whatever a test leaves missing is built at its end."""
    monkeypatch.setattr(postponed_indexes, "FEWEST_ROWS", 1_000)
    monkeypatch.setattr(seeding, "BLOCK_ROWS", 250)
    be_alone()
    yield
    build_postponed(print, is_shown=False)


def be_alone() -> None:
    """Leave no connection to the database but the next one of this thread."""
    wait_until_nothing_works()
    # What a thread of another test has not given back to a pool that was closed meanwhile.
    with psycopg.connect(database_url(), autocommit=True) as watching:
        while watching.execute(END_OTHERS).fetchone() != (0,):
            time.sleep(0.05)


def indexes() -> list[tuple]:
    """Return every index of the tables that are filled: its name, its definition, and whether it is valid."""
    rows: list[tuple] = []
    with connection.cursor() as cursor:
        for table in declared_tables():
            cursor.execute(INDEXES, [table.model._meta.db_table])
            rows += cursor.fetchall()
    return sorted(rows)


def expected() -> dict:
    return expected_rows(Dataset(1, ROWS))


def seed() -> str:
    out = io.StringIO()
    call_command("seed", rows=ROWS, stdout=out, stderr=out, verbosity=0)
    return out.getvalue()


def test_after_a_seed_the_indexes_are_those_from_before() -> None:
    before = indexes()
    assert f"{ROWS:,} items loaded" in seed()
    assert indexes() == before
    assert not PostponedIndex.objects.exists()


def test_plain_indexes_alone_are_postponed() -> None:
    before = indexes()
    dropped = postpone(expected())
    kept = indexes()
    assert dropped == len(before) - len(kept) == PostponedIndex.objects.count()
    names = {name for name, _, _ in kept}
    assert {"content_contentitem_pkey", "content_source_id_unique"} <= names
    assert not {"content_search_words", "content_every_newest"} & names
    assert build_postponed(print, is_shown=False) == dropped
    assert indexes() == before


def test_a_table_that_has_rows_keeps_its_indexes() -> None:
    seed()
    before = indexes()
    be_alone()
    assert postpone({ContentItem: 10 * ROWS - 1}) == 0
    assert indexes() == before
    assert postpone({ContentItem: 10 * ROWS}) > 0


def test_a_small_load_keeps_the_indexes() -> None:
    assert postpone({ContentItem: 999}) == 0


def test_while_a_reader_is_connected_the_indexes_are_kept() -> None:
    with psycopg.connect(database_url()):
        assert postpone(expected()) == 0
    be_alone()
    assert postpone(expected()) > 0


def test_a_load_that_was_killed_early_postpones_again() -> None:
    postpone(expected())
    said: list[str] = []
    built = build_postponed(said.append)
    assert postpone(expected()) == built > 0


def test_a_lock_that_is_not_to_be_had_keeps_the_indexes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postponed_indexes, "LOCK_SECONDS", 0.1)
    before = indexes()
    with unfinished_write() as writer:
        writer.execute(f"SET application_name = '{LOADER}'")
        assert postpone(expected()) == 0
    assert indexes() == before
    assert not PostponedIndex.objects.exists()


def test_what_an_interrupted_build_left_is_built_again() -> None:
    before = indexes()
    postpone({ContentItem: ROWS})
    whole, broken = PostponedIndex.objects.order_by("name")[:2]
    with connection.cursor() as cursor:
        cursor.execute(whole.definition)
        cursor.execute(broken.definition)
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", [broken.name])
    build_postponed(print, is_shown=False)
    assert indexes() == before


def test_the_site_builds_what_a_killed_load_left_unless_another_process_does() -> None:
    before = indexes()
    postpone({ContentItem: ROWS})
    with psycopg.connect(database_url(), autocommit=True) as builder:
        builder.execute("SELECT pg_advisory_lock(hashtext(%s))", [LOCK])
        upkeep.look(1)
        assert indexes() != before
    until(lambda: look_again() == before)


def look_again() -> list[tuple]:
    """Let the site's background thread look, and return the indexes."""
    upkeep.look(1)
    return indexes()


# --- with a process of its own


def load_under_way(process: subprocess.Popen) -> bool:
    """Return whether the load's workers are connected; asked of another database, so that it sees no reader."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(database_url(), dbname="postgres") as watching:
        query = "SELECT FROM pg_stat_activity WHERE datname = %s AND application_name = %s"
        return process.poll() is not None or bool(watching.execute(query, [name, LOADER]).fetchall())


def test_killed_in_a_load_it_loses_no_index_and_the_next_builds_them() -> None:
    before = indexes()
    be_alone()
    process = manage_with(f"{SMALL}60", "seed", "--rows", 16_000)
    until(lambda: load_under_way(process))
    process.kill()
    _, errors = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, errors
    assert 0 < len(indexes()) < len(before)
    call_command("migrate", verbosity=0)
    assert indexes() == before
    assert seed().startswith(f"{ROWS:,} items loaded")
    assert indexes() == before


def test_interrupted_in_a_load_it_builds_the_indexes_before_it_ends() -> None:
    before = indexes()
    be_alone()
    process = manage_with(f"{SMALL}60", "seed", "--rows", 50_000)
    until(lambda: load_under_way(process))
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 130, errors
    assert indexes() == before
    assert not PostponedIndex.objects.exists()


def test_a_reader_who_comes_during_a_load_has_the_indexes_soon() -> None:
    before = indexes()
    be_alone()
    process = manage_with(f"{SMALL}0.05", "seed", "--rows", 100_000)
    until(lambda: load_under_way(process))
    try:
        until(lambda: indexes() == before)
        assert process.poll() is None
        assert ContentItem.objects.count() < 100_000
    finally:
        process.terminate()
        process.communicate(timeout=300)
