"""`manage.py index_progress`: builds under way, indexes that interrupted builds left, and how these are mended."""

import io
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from genonaut.database import index_builds
from genonaut.database.index_builds import Board, Build, builds_under_way, invalid_indexes
from tests.factories import ContentItemFactory
from tests.index_builds import (
    TABLE,
    build_beside,
    drop_indexes,
    indexes,
    interrupt,
    interrupt_build,
    interrupt_rebuild,
    unfinished_write,
    until,
)
from tests.processes import database_url

NONE = "No index is being built.\n"
MEND = "Every write pays for them, no query uses them; to rebuild them: manage.py index_progress --rebuild"


@pytest.fixture(autouse=True)
def table(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The items' table, and nothing left of the test's indexes; builds are looked at often."""
    monkeypatch.setattr(index_builds, "LOOK_SECONDS", 0.05)
    drop_indexes()
    yield
    drop_indexes()


def run(*arguments: str) -> str:
    """Return what the command says, its errors included."""
    out = io.StringIO()
    try:
        call_command("index_progress", *arguments, stdout=out, stderr=out)
    except CommandError as error:
        out.write(f"{error.returncode}: {error}")
    return out.getvalue()


def build(name: str) -> Thread:
    """Begin to build an index on another connection, and return when it is under way."""

    def create() -> None:
        with psycopg.connect(database_url(), autocommit=True) as builder:
            builder.execute(f"CREATE INDEX CONCURRENTLY {name} ON {TABLE} (created_at)")

    thread = Thread(target=create)
    thread.start()
    until(lambda: [found for found in builds_under_way() if found.index == name and "waiting" in found.phase])
    return thread


# --- Builds under way


@pytest.mark.parametrize("arguments", [[], ["--once"], ["--rebuild"], ["--once", "--rebuild"]])
def test_without_builds_and_invalid_indexes_it_says_so(arguments: list[str]) -> None:
    assert run(*arguments) == NONE


def test_once_it_prints_one_line_for_each_build() -> None:
    with unfinished_write() as writer:
        pid = writer.info.backend_pid
        thread = build("test_first")
        said = run("--once")
    thread.join()
    expected = (
        rf"test_first on {TABLE}: waiting for transactions that write to the table, "
        rf"0% \(0 of 1 transactions\), now for process {pid}, \d+ s since it began\n"
    )
    assert re.fullmatch(expected, said), said
    assert indexes() == {"test_first": True}


def test_an_index_that_is_being_built_is_not_called_invalid() -> None:
    with unfinished_write():
        thread = build("test_first")
        assert indexes() == {"test_first": False}
        assert invalid_indexes() == []
    thread.join()


def test_while_a_whole_table_is_rebuilt_no_copy_is_called_invalid() -> None:
    def reindex() -> None:
        with psycopg.connect(database_url(), autocommit=True) as builder:
            builder.execute(f"REINDEX TABLE CONCURRENTLY {TABLE}")

    with unfinished_write():
        thread = Thread(target=reindex)
        thread.start()
        until(lambda: len(indexes("%_ccnew")) > 1)
        until(lambda: [found for found in builds_under_way() if "waiting" in found.phase])
        assert invalid_indexes() == []
    thread.join()
    assert indexes("%_cc%") == {}


def test_an_index_that_is_being_dropped_is_not_called_invalid() -> None:
    interrupt_build("test_left")

    def drop() -> None:
        with psycopg.connect(database_url(), autocommit=True) as dropper:
            dropper.execute("DROP INDEX CONCURRENTLY test_left")

    with unfinished_write():
        thread = Thread(target=drop)
        thread.start()
        until(lambda: not invalid_indexes())
        assert indexes() == {"test_left": False}
    thread.join()


def test_it_watches_until_the_build_ends(manage: Callable[..., subprocess.Popen]) -> None:
    with unfinished_write():
        thread = build("test_first")
        watching = manage("index_progress")
        line = watching.stderr.readline()
        assert line.startswith(f"test_first on {TABLE}: waiting for transactions that write to the table")
        assert watching.poll() is None
    thread.join()
    out, _ = watching.communicate(timeout=300)
    assert (out, watching.returncode) == ("", 0)


def test_ctrl_c_ends_watching_and_not_the_build(manage: Callable[..., subprocess.Popen]) -> None:
    with unfinished_write():
        thread = build("test_first")
        watching = manage("index_progress")
        watching.stderr.readline()
        watching.send_signal(signal.SIGINT)
        _, errors = watching.communicate(timeout=300)
        assert (watching.returncode, "Traceback" in errors) == (130, False)
    thread.join()
    assert indexes() == {"test_first": True}


def test_a_build_is_shown_with_its_phases_in_plain_words() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE test_rows AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, 150000) AS n"
        )
    try:
        seen = phases_of("CREATE INDEX CONCURRENTLY test_big ON test_rows (text, n)")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE test_rows")
    assert seen & {"reading the table", "writing the index", "checking, reading the table"}
    assert not [phase for phase in seen if "tuples" in phase or "validation" in phase or ":" in phase]


def phases_of(statement: str) -> set[str]:
    """Run a build on another connection and return the phases that were seen."""

    def create() -> None:
        with psycopg.connect(database_url(), autocommit=True) as builder:
            builder.execute(statement)

    thread = Thread(target=create)
    thread.start()
    seen = set()
    while thread.is_alive():
        for found in builds_under_way():
            assert 0 <= found.done <= max(found.total, found.done)
            seen.add(found.phase)
        time.sleep(0.005)
    return seen


def a_build(phase: str, done: int, total: int) -> Build:
    return Build(1, "newest", "items", phase, done, total, "blocks", None, 5.0)


def test_the_board_has_a_bar_for_each_phase_and_counts_no_rate_for_what_was_done_before() -> None:
    said: list[str] = []
    with Board(said.append) as board:
        board.show([a_build("reading the table", 400, 1000)])
        board.show([a_build("reading the table", 900, 1000)])
        assert [bar.skipped for bar in board.bars.values()] == [400]
        board.show([a_build("sorting", 0, 0)])
        board.show([a_build("writing the index", 0, 10)])
    assert said[0] == "newest on items: reading the table, 40% (400 of 1,000 blocks), 5 s since it began"
    assert re.match(r"newest, reading the table:  90%.*900/1.00k", said[1])
    assert said[2] == "newest on items: sorting, 5 s since it began"
    assert said[3].startswith("newest on items: writing the index, 0% (0 of 10 blocks)")
    assert len(said) == 4


# --- Invalid indexes


def test_an_index_that_an_interrupted_build_left_is_named_and_fails_the_command() -> None:
    interrupt_build("test_left")
    expected = f"{NONE}INVALID: test_left on {TABLE}\n1: Invalid indexes: 1. {MEND}"
    assert run() == expected
    assert run("--once") == expected


def test_it_is_named_beside_the_build_of_another() -> None:
    interrupt_build("test_left")
    with unfinished_write():
        thread = build("test_first")
        said = run("--once")
    thread.join()
    assert said.endswith(f"INVALID: test_left on {TABLE}\n1: Invalid indexes: 1. {MEND}")


def test_rebuild_makes_it_valid() -> None:
    interrupt_build("test_left")
    assert run("--rebuild").startswith(f"{NONE}Rebuilding test_left on {TABLE}\n")
    assert indexes() == {"test_left": True}
    assert run() == NONE


def test_the_copy_of_an_interrupted_rebuild_is_dropped_and_the_index_kept() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX test_kept ON {TABLE} (created_at)")
    for _ in range(2):
        interrupt_rebuild("test_kept")
    assert indexes() == {"test_kept": True, "test_kept_ccnew": False, "test_kept_ccnew1": False}
    said = run("--rebuild")
    assert f"Dropping what is left of test_kept_ccnew on {TABLE}" in said
    assert indexes() == {"test_kept": True}


def test_a_rebuild_that_was_interrupted_is_repeated() -> None:
    interrupt_build("test_left")
    interrupt_rebuild("test_left")
    assert indexes() == {"test_left": False, "test_left_ccnew": False}
    run("--rebuild")
    assert indexes() == {"test_left": True}


def test_an_interrupted_drop_is_finished() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX test_left ON {TABLE} (created_at)")
        # The last step of DROP INDEX CONCURRENTLY that can be interrupted leaves it so.
        cursor.execute(
            "UPDATE pg_index SET indisvalid = false, indisready = false, indislive = false"
            " WHERE indexrelid = 'test_left'::regclass"
        )
    run("--rebuild")
    assert indexes() == {}


def test_one_that_cannot_be_rebuilt_is_told_and_the_others_are_rebuilt() -> None:
    ContentItemFactory.create_batch(2, title="twice")
    with psycopg.connect(database_url(), autocommit=True) as builder, pytest.raises(psycopg.errors.UniqueViolation):
        builder.execute(f"CREATE UNIQUE INDEX CONCURRENTLY test_a ON {TABLE} (title)")
    interrupt_build("test_b")
    said = run("--rebuild")
    assert 'could not create unique index "test_a_ccnew"' in said
    assert said.endswith(f"INVALID: test_a on {TABLE}\n1: Invalid indexes: 1. {MEND}")
    assert indexes() == {"test_a": False, "test_b": True}


def test_ctrl_c_during_a_rebuild_says_so_and_it_goes_on_when_run_again(manage: Callable[..., subprocess.Popen]) -> None:
    interrupt_build("test_left")
    with unfinished_write():
        process = manage("index_progress", "--rebuild")
        until(lambda: "test_left_ccnew" in indexes())
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)
        assert (process.returncode, "Traceback" in errors) == (130, False), errors
        assert "Interrupted; run it again to go on." in errors
        until(lambda: not builds_under_way())
    assert indexes() == {"test_left": False, "test_left_ccnew": False}
    run("--rebuild")
    assert indexes() == {"test_left": True}


@pytest.mark.parametrize("arguments", [["--rebuild"], ["--once", "--rebuild"]])
def test_a_rebuild_waits_for_a_build_of_the_same_table_and_ends_neither(arguments: list[str]) -> None:
    interrupt_build("test_left")
    with build_beside("test_first", "(created_at)"):
        run(*arguments)
    assert indexes() == {"test_left": True, "test_first": True}


def test_an_invalid_index_with_capitals_and_quotes_is_mended() -> None:
    interrupt_build('"test_Odd ""name"""')
    run("--rebuild")
    assert indexes() == {'test_Odd "name"': True}
    with connection.cursor() as cursor:
        cursor.execute('DROP INDEX "test_Odd ""name"""')


def test_writes_go_on_while_an_index_is_rebuilt() -> None:
    def rebuild() -> None:
        run("--rebuild")
        connection.close()

    interrupt_build("test_left")
    with ThreadPoolExecutor(1) as pool, unfinished_write():
        rebuilding = pool.submit(rebuild)
        until(lambda: [found for found in builds_under_way() if "waiting" in found.phase])
        run_quickly = ContentItemFactory()
        assert run_quickly.pk
        assert not rebuilding.done()
    rebuilding.result()
    assert indexes() == {"test_left": True}


def test_a_statement_that_is_not_interrupted_fails_the_helper() -> None:
    with pytest.raises(AssertionError, match="not interrupted"):
        interrupt("SELECT 1")
