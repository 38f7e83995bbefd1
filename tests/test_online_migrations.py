"""Migrations of a live table can be interrupted anywhere and run again."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.db import NotSupportedError, ProgrammingError, connection
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.db.migrations.state import ProjectState
from django.db.models import F, Index, Q, Value
from django.db.models.functions import Coalesce
from django.test.utils import CaptureQueriesContext

from content.models import ContentItem
from genonaut.database import index_builds
from genonaut.database.index_builds import builds_under_way
from genonaut.database.online_migrations import (
    AddIndexConcurrently,
    AddIndexOnline,
    FillColumn,
    OtherIndexError,
    RemoveIndexOnline,
)
from tests.factories import ContentItemFactory
from tests.index_builds import (
    TABLE,
    build_beside,
    drop_indexes,
    indexes,
    interrupt,
    interrupt_build,
    unfinished_write,
    until,
)
from tests.processes import database_url

NEWEST = Index("created_at", "id", name="test_newest")
# All that an index can have: expressions, a condition with a quoted text, columns that it only carries, an order.
RICH = Index(
    Coalesce("quality_score", Value(-1.0)),
    F("title").desc(),
    condition=Q(is_private=False, title__gt="it's 100% USING this"),
    include=("source",),
    name="test_rich",
)


@pytest.fixture(autouse=True)
def table(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The items' table, and nothing left of the test's indexes; builds are looked at often."""
    monkeypatch.setattr(index_builds, "LOOK_SECONDS", 0.05)
    drop_indexes()
    yield
    drop_indexes()


@pytest.fixture(scope="module")
def state() -> ProjectState:
    """The models as the migrations make them."""
    return MigrationLoader(None).project_state()


class Sample(Migration):
    """A migration that adds two indexes."""

    atomic = False
    operations = [AddIndexOnline("contentitem", NEWEST), AddIndexOnline("contentitem", RICH)]


def migrate(state: ProjectState, *, migration: type[Migration] = Sample) -> ProjectState:
    """Run a migration forwards and return the state that it makes."""
    with connection.schema_editor(atomic=False) as editor:
        return migration("0099_sample", "content").apply(state.clone(), editor)


def unmigrate(state: ProjectState, migration: type[Migration] = Sample) -> None:
    """Run a migration backwards."""
    with connection.schema_editor(atomic=False) as editor:
        migration("0099_sample", "content").unapply(state.clone(), editor)


BOTH = {"test_newest": True, "test_rich": True}


def test_it_adds_indexes_and_removes_them_again(state: ProjectState) -> None:
    migrate(state)
    assert indexes() == BOTH
    unmigrate(state)
    assert indexes() == {}


def test_djangos_own_operation_cannot_be_run_again(state: ProjectState) -> None:
    """Why there are operations of ours."""

    class Plain(Migration):
        atomic = False
        operations = [AddIndexConcurrently("contentitem", NEWEST)]

    interrupt_build("test_newest", "(created_at, id)")
    with pytest.raises(ProgrammingError, match="already exists"):
        migrate(state, migration=Plain)


def test_what_was_left_invalid_is_built_again(state: ProjectState) -> None:
    interrupt_build("test_newest", "(created_at, id)")
    assert indexes() == {"test_newest": False}
    migrate(state)
    assert indexes() == BOTH


def test_run_again_after_the_first_index_it_goes_on_with_the_second(state: ProjectState) -> None:
    migrate(state)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX test_rich")
    interrupt_build("test_rich")
    with CaptureQueriesContext(connection) as queries:
        migrate(state)
    built = [query["sql"] for query in queries if query["sql"].startswith("CREATE INDEX CONCURRENTLY")]
    assert [re.search('"test_[a-z]+"', sql)[0] for sql in built] == ['"test_rich"']
    assert indexes() == BOTH


def test_run_again_when_all_is_built_it_builds_nothing(state: ProjectState) -> None:
    migrate(state)
    with CaptureQueriesContext(connection) as queries:
        migrate(state)
    assert not [query for query in queries if "CONCURRENTLY" in query["sql"]]
    assert indexes() == BOTH


def test_a_build_interrupted_in_the_migration_itself_is_repeated(state: ProjectState) -> None:
    with unfinished_write(), pytest.raises(Exception, match="statement timeout"):
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 20000")
        migrate(state)
    with connection.cursor() as cursor:
        cursor.execute("RESET statement_timeout")
    assert indexes() == {"test_newest": False}
    migrate(state)
    assert indexes() == BOTH


def test_an_index_of_that_name_and_another_definition_is_not_taken_for_it(state: ProjectState) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX test_newest ON {TABLE} (created_at)")
    with pytest.raises(OtherIndexError) as error:
        migrate(state)
    assert str(error.value) == ("test_newest exists as btree (created_at); this migration's is btree (created_at, id).")
    assert indexes() == {"test_newest": True}


def test_an_index_that_some_process_is_still_building_is_waited_for_and_kept(state: ProjectState) -> None:
    """As after the migration's process was killed: the server goes on."""
    with build_beside("test_newest", "(created_at, id)"), CaptureQueriesContext(connection) as queries:
        migrate(state)
    changes = [query["sql"] for query in queries if "CONCURRENTLY" in query["sql"]]
    assert [re.search('"test_[a-z]+"', sql)[0] for sql in changes] == ['"test_rich"']
    assert indexes() == BOTH


class Removal(Migration):
    """A migration that removes an index."""

    atomic = False
    operations = [RemoveIndexOnline("contentitem", "test_newest")]


def test_the_way_back_of_a_removal_builds_whatever_was_left(state: ProjectState) -> None:
    with_index = migrate(state)
    migrate(with_index, migration=Removal)
    assert indexes() == {"test_rich": True}
    interrupt_build("test_newest", "(created_at, id)")
    unmigrate(with_index, Removal)
    assert indexes() == BOTH


def test_a_removal_that_was_interrupted_is_repeated(state: ProjectState) -> None:
    with_index = migrate(state)
    with unfinished_write():
        interrupt("DROP INDEX CONCURRENTLY test_newest")
    assert indexes() == {"test_newest": False, "test_rich": True}
    migrate(with_index, migration=Removal)
    assert indexes() == {"test_rich": True}


def words() -> dict[int, str | None]:
    """Return the search words of all items."""
    return dict(ContentItem.objects.values_list("pk", "search_words"))


@pytest.fixture
def unfilled(monkeypatch: pytest.MonkeyPatch) -> dict[int, str]:
    """Seven items, far apart, as a column finds them that has just been added; their words as they should become."""
    ContentItemFactory.create_batch(4, prompt="harbour")
    ContentItem.objects.bulk_create(ContentItemFactory.build(pk=2**62 + number, creator=None) for number in range(3))
    filled = words()
    with connection.cursor() as cursor:
        for rule in ("DISABLE", "ENABLE"):
            cursor.execute(f"ALTER TABLE {TABLE} {rule} TRIGGER content_search_words_update")
            if rule == "DISABLE":
                ContentItem.objects.update(search_words=None)
    monkeypatch.setattr(FillColumn, "BATCH_ROWS", 2)
    return filled


class Fill(Migration):
    """A migration that fills a column."""

    atomic = False
    operations = [FillColumn("contentitem", "search_words")]


def test_a_column_is_filled_in_batches(state: ProjectState, unfilled: dict[int, str]) -> None:
    deltas = ContentItem.rankings.delta.objects.count()
    with CaptureQueriesContext(connection) as queries:
        migrate(state, migration=Fill)
    assert words() == unfilled
    assert sum(query["sql"].startswith("UPDATE") for query in queries) == 4
    # Lists are found by words: each batch notes that they have changed.
    assert ContentItem.rankings.delta.objects.count() == deltas + 4
    with CaptureQueriesContext(connection) as queries:
        migrate(state, migration=Fill)
    assert len(queries) == 1
    unmigrate(state, Fill)


class Refill(Migration):
    """A migration that fills a column again, where the trigger before wrote it."""

    atomic = False
    operations = [FillColumn("contentitem", "search_words", stale="search_words @@ 'old'")]


def test_what_is_stale_is_filled_again(state: ProjectState, unfilled: dict[int, str]) -> None:
    migrate(state, migration=Fill)
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER content_search_words_update")
        ContentItem.objects.filter(pk__lt=2**62).update(search_words="old")
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER content_search_words_update")
    with CaptureQueriesContext(connection) as queries:
        migrate(state, migration=Refill)
    assert words() == unfilled
    assert sum(query["sql"].startswith("UPDATE") for query in queries) == 2  # of 4 rows, 2 at a time


class FillTexts(Migration):
    """The migration that fills the words of texts."""

    atomic = False
    operations = import_module("content.migrations.0084_fill_words_of_texts").Migration.operations


def test_texts_get_the_words_of_what_they_say_and_no_others_are_written(state: ProjectState) -> None:
    ContentItemFactory(content_type="text", data="The keeper's 1girl, 風景", tags=["sea"])
    ContentItemFactory(content_type="image", prompt="harbour")
    filled = words()
    with connection.cursor() as cursor:
        cursor.execute(import_module("content.migrations.0083_words_of_texts").BEFORE)
        ContentItem.objects.update(search_words=None)
        assert words() != filled
        cursor.execute(import_module("content.migrations.0083_words_of_texts").FUNCTION)
    with CaptureQueriesContext(connection) as queries:
        migrate(state, migration=FillTexts)
    assert words() == filled
    assert sum(query["sql"].startswith("UPDATE") for query in queries) == 1
    with CaptureQueriesContext(connection) as queries:
        migrate(state, migration=FillTexts)
    assert len(queries) == 1


def test_a_fill_that_was_interrupted_goes_on_where_it_was(state: ProjectState, unfilled: dict[int, str]) -> None:
    class InterruptedError(Exception):
        """Ctrl-C."""

    updates = []

    def interrupt(execute: Callable, sql: str, *rest: object) -> object:
        if "UPDATE" in str(sql):
            updates.append(sql)
            if len(updates) == 3:
                raise InterruptedError
        return execute(sql, *rest)

    with connection.execute_wrapper(interrupt), pytest.raises(InterruptedError):
        migrate(state, migration=Fill)
    assert sum(text is not None for text in words().values()) == 4
    with connection.execute_wrapper(interrupt):
        migrate(state, migration=Fill)
    assert (words(), len(updates)) == (unfilled, 5)


def test_it_refuses_a_transaction(state: ProjectState) -> None:
    after = Sample("0099_sample", "content").mutate_state(state)
    refused = pytest.raises(NotSupportedError, match="cannot be executed inside a transaction")
    with refused, connection.schema_editor(atomic=True) as editor:
        Sample.operations[0].database_forwards("content", editor, state, after)
    assert indexes() == {}


def test_sqlmigrate_shows_the_statement_and_drops_nothing(state: ProjectState) -> None:
    interrupt_build("test_newest", "(created_at, id)")
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        Sample("0099_sample", "content").apply(state.clone(), editor, collect_sql=True)
    assert 'CREATE INDEX CONCURRENTLY "test_newest"' in "\n".join(editor.collected_sql)
    assert indexes() == {"test_newest": False}


# --- As it is really run

FIRST = """
from django.db import migrations, models

class Migration(migrations.Migration):
    operations = [migrations.CreateModel("Row", [("id", models.BigAutoField(primary_key=True))])]
"""
SECOND = """
from django.db import migrations, models
from genonaut.database.online_migrations import AddIndexOnline

class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sample", "0001_table")]
    operations = [
        AddIndexOnline("row", models.Index(models.F("id").desc(), name="sample_last")),
        AddIndexOnline("row", models.Index("id", name="sample_first")),
    ]
"""


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen]]:
    """Starts `manage.py migrate sample`, an app with a table and two indexes."""
    files = {
        "sample/__init__.py": "",
        "sample/migrations/__init__.py": "",
        "sample/migrations/0001_table.py": FIRST,
        "sample/migrations/0002_indexes.py": SECOND,
        "sample_settings.py": "from genonaut.settings import *\nINSTALLED_APPS += ['sample']\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    known = {"DATABASE_URL": database_url(), "DJANGO_SETTINGS_MODULE": "sample_settings", "PYTHONPATH": str(tmp_path)}

    def start() -> subprocess.Popen:
        command = [sys.executable, settings.BASE_DIR / "manage.py", "migrate", "sample", "--verbosity", "0"]
        return subprocess.Popen(command, env=os.environ | known, stderr=subprocess.PIPE, text=True)

    yield start
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS sample_row")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sample'")


def test_migrate_interrupted_by_ctrl_c_is_run_again(sample: Callable[..., subprocess.Popen]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE sample_row (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY)")
    MigrationRecorder(connection).record_applied("sample", "0001_table")
    with unfinished_write("sample_row"):
        process = sample()
        until(lambda: [build for build in builds_under_way() if build.index == "sample_last"])
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=300)
        assert (process.returncode, "Traceback" in errors) == (130, False), errors
    assert indexes("sample_%st", table="sample_row") == {"sample_last": False}
    assert sample().communicate(timeout=300) == (None, "")
    assert indexes("sample_%st", table="sample_row") == {"sample_last": True, "sample_first": True}
