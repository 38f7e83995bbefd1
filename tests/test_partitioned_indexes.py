"""Indexes of partitioned tables are built in parts, beside writers, and go on where they were interrupted."""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import OperationalError, connection
from django.db.migrations import CreateModel, Migration
from django.db.migrations.state import ProjectState
from django.db.models import BigAutoField, F, Index, IntegerField, Q
from django.test.utils import CaptureQueriesContext

from genonaut.database import index_builds, partitioned_indexes
from genonaut.database.online_migrations import AddIndexOnline, RemoveIndexOnline
from genonaut.database.partitioned_indexes import OtherIndexError, part_name
from tests.index_builds import interrupt, unfinished_write, until
from tests.processes import database_url

TABLE = "sample_row"
INDEX = Index(F("number").desc(), "id", condition=Q(number__gt=0), name="sample_numbers")
# Two partitions, and a third with two of its own.
TABLES = [f"{TABLE}_0", f"{TABLE}_1", f"{TABLE}_2", f"{TABLE}_2_0", f"{TABLE}_2_1"]
MAKE = f"""
    CREATE TABLE {TABLE} (id bigint PRIMARY KEY, number int NOT NULL) PARTITION BY HASH (id);
    CREATE TABLE {TABLE}_0 PARTITION OF {TABLE} FOR VALUES WITH (MODULUS 3, REMAINDER 0);
    CREATE TABLE {TABLE}_1 PARTITION OF {TABLE} FOR VALUES WITH (MODULUS 3, REMAINDER 1);
    CREATE TABLE {TABLE}_2 PARTITION OF {TABLE} FOR VALUES WITH (MODULUS 3, REMAINDER 2) PARTITION BY HASH (id);
    CREATE TABLE {TABLE}_2_0 PARTITION OF {TABLE}_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE {TABLE}_2_1 PARTITION OF {TABLE}_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
    INSERT INTO {TABLE} SELECT number, number FROM generate_series(1, 1000) AS number;
"""
STATES = """
    SELECT table_name.relname, entry.indisvalid FROM pg_index AS entry
    JOIN pg_class AS table_name ON table_name.oid = entry.indrelid
    JOIN pg_class AS index ON index.oid = entry.indexrelid
    WHERE table_name.relname LIKE 'sample_row%%' AND index.relname LIKE '%%numbers%%'
"""


class Added(Migration):
    """A migration that adds the index."""

    atomic = False
    operations = [AddIndexOnline("row", INDEX)]


class Removed(Migration):
    """A migration that removes it."""

    atomic = False
    operations = [RemoveIndexOnline("row", "sample_numbers")]


@pytest.fixture(autouse=True)
def table(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A partitioned table; locks are given up soon."""
    monkeypatch.setattr(index_builds, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(partitioned_indexes, "PAUSE_SECONDS", 0.05)
    with connection.cursor() as cursor:
        cursor.execute(MAKE)
        yield
        cursor.execute(f"DROP TABLE {TABLE}")


@pytest.fixture
def state() -> ProjectState:
    """The model of the table."""
    state = ProjectState()
    fields = [("id", BigAutoField(primary_key=True)), ("number", IntegerField())]
    CreateModel("Row", fields, options={"db_table": TABLE}).state_forwards("sample", state)
    return state


def migrate(state: ProjectState, migration: type[Migration] = Added) -> ProjectState:
    """Run a migration forwards and return the state that it makes."""
    with connection.schema_editor(atomic=False) as editor:
        return migration("0002_numbers", "sample").apply(state.clone(), editor)


def unmigrate(state: ProjectState, migration: type[Migration] = Added) -> None:
    """Run a migration backwards."""
    with connection.schema_editor(atomic=False) as editor:
        migration("0002_numbers", "sample").unapply(state.clone(), editor)


def indexes() -> dict[str, bool]:
    """Return whether the indexes are valid, by the tables that have one."""
    with connection.cursor() as cursor:
        cursor.execute(STATES.replace("%%", "%"))
        return dict(cursor.fetchall())


WHOLE = dict.fromkeys([TABLE, *TABLES], True)


def test_an_index_is_added_in_parts_and_removed_again(state: ProjectState) -> None:
    after = migrate(state)
    assert indexes() == WHOLE
    migrate(state)
    migrate(after, Removed)
    assert indexes() == {}
    unmigrate(after, Removed)
    assert indexes() == WHOLE
    unmigrate(state)
    assert indexes() == {}


def test_what_was_interrupted_goes_on_with_the_parts_that_are_missing(state: ProjectState) -> None:
    with connection.cursor() as cursor, unfinished_write(f"{TABLE}_1"):
        cursor.execute("SET statement_timeout = 20000")
        with pytest.raises(OperationalError, match="statement timeout"):
            migrate(state)
        cursor.execute("RESET statement_timeout")
    assert indexes() == {TABLE: False, f"{TABLE}_0": True, f"{TABLE}_1": False}
    with CaptureQueriesContext(connection) as queries:
        migrate(state)
    statements = [query["sql"] for query in queries if re.match("(CREATE|DROP) INDEX .*_", query["sql"])]
    made = [re.search(rf"{TABLE}(_\d)+", sql)[0] for sql in statements if "index_probe" not in sql]
    assert made == [f"{TABLE}_1", f"{TABLE}_1", f"{TABLE}_2", f"{TABLE}_2_0", f"{TABLE}_2_1"]
    assert indexes() == WHOLE


def test_what_an_interrupted_build_left_is_removed(state: ProjectState) -> None:
    name = part_name(f"{TABLE}_0", "sample_numbers")
    with unfinished_write(f"{TABLE}_0"):
        interrupt(f"CREATE INDEX CONCURRENTLY {name} ON {TABLE}_0 (number)")
    assert indexes() == {f"{TABLE}_0": False}
    migrate(migrate(state), Removed)
    assert indexes() == {}


def test_writers_go_on_while_a_part_waits_for_one_of_them(state: ProjectState) -> None:
    def build() -> None:
        try:
            migrate(state)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool, psycopg.connect(database_url(), autocommit=True) as other:
        with unfinished_write(f"{TABLE}_1"):
            building = pool.submit(build)
            until(lambda: building.done() or f"{TABLE}_1" in indexes())
            other.execute("SET lock_timeout = '5s'")
            other.execute(f"INSERT INTO {TABLE} SELECT number, 1 FROM generate_series(2001, 2100) AS number")
            assert not building.done()
        building.result(60)
    assert indexes() == WHOLE
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(f"SELECT count(*) FROM {TABLE} WHERE number > 0")
        assert cursor.fetchone() == (1100,)
        cursor.execute("RESET enable_seqscan")


def test_a_partition_that_comes_later_has_the_index(state: ProjectState) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE later (LIKE {TABLE}); ALTER TABLE {TABLE} DETACH PARTITION {TABLE}_1")
        cursor.execute("CREATE INDEX numbers_of_its_own ON later (number DESC, id) WHERE number > 0")
        migrate(state)
        assert indexes() == {name: True for name in WHOLE if name != f"{TABLE}_1"}
        cursor.execute(f"ALTER TABLE {TABLE} ATTACH PARTITION later FOR VALUES WITH (MODULUS 3, REMAINDER 1)")
        cursor.execute(f"DROP TABLE {TABLE}_1")
        migrate(state)
        cursor.execute("SELECT count(*) FROM pg_indexes WHERE tablename = 'later' AND indexname LIKE '%numbers%'")
        assert cursor.fetchone() == (1,)


@pytest.mark.parametrize("place", [f"sample_numbers ON ONLY {TABLE}", f"{TABLE}_0_sample_numbers ON {TABLE}_0"])
def test_an_index_of_another_definition_is_not_taken_for_it(state: ProjectState, place: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE INDEX {place} (number)")
    with pytest.raises(OtherIndexError, match=r"exists as btree \(number\)"):
        migrate(state)


def test_names_of_parts_are_short_and_differ() -> None:
    long = "content_with_a_name_of_fifty_letters_that_is_long_" + "x" * 13
    names = {part_name(long, f"index_{number}") for number in range(20)}
    assert (len(names), {len(name) for name in names}) == (20, {63})
    assert part_name("short", "index") == "short_index"
