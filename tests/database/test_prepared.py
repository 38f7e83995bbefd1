"""Prepared statements: named by what they say, and never the reason of a failed request."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import RawCursor, errors

from genonaut.database.connections import SiteConnection
from genonaut.database.prepared import MOST_PREPARED
from tests.processes import database_url


@pytest.fixture
def connected(db: None) -> Iterator[SiteConnection]:
    """A connection of the site that prepares each statement when it first runs."""
    with SiteConnection.connect(database_url(), autocommit=True, prepare_threshold=0) as connection:
        yield connection


def run(connection: SiteConnection, statement: str, *values: object) -> object:
    """Run a statement and return its one value."""
    with connection.raw_cursor_factory(connection) as cursor:
        return cursor.execute(statement, values).fetchone()[0]


def names(connection: SiteConnection) -> set[str]:
    """Return the names of the statements that the server has prepared for a connection."""
    with connection.cursor() as cursor:
        return {name for (name,) in cursor.execute("SELECT name FROM pg_prepared_statements", prepare=False)}


def test_the_same_statement_has_one_name_in_every_connection(connected: SiteConnection) -> None:
    with SiteConnection.connect(database_url(), autocommit=True, prepare_threshold=0) as other:
        run(other, "SELECT 'something else before'")
        for connection in (connected, other):
            run(connection, "SELECT $1::int + 1", 1)
        assert len(names(connected) & names(other)) == 1
        assert len(names(connected)) == 1


def test_other_texts_and_other_types_have_other_names(connected: SiteConnection) -> None:
    for value in (1, 2**40, "1", 1.5):
        run(connected, "SELECT $1", value)
    run(connected, "SELECT  $1", 1)
    assert len(names(connected)) == 5
    assert all(name.startswith("genonaut_") and len(name) == 41 for name in names(connected))


def test_what_another_client_prepared_on_the_same_server_connection_is_run_without_a_plan(
    connected: SiteConnection,
) -> None:
    """A pooler that was not noticed: PREPARE is told that the name is taken."""
    with connected.cursor() as cursor:
        run(connected, "SELECT $1::int + 1", 1)
        (name,) = names(connected)
        connected._prepared.clear()
        connected._prepared._to_flush.clear()
        cursor.execute("SELECT 1", prepare=False)
    assert name in names(connected)
    assert [run(connected, "SELECT $1::int + 1", number) for number in (5, 6)] == [6, 7]
    assert connected.prepare_threshold is None


def test_what_is_gone_from_the_server_connection_is_run_without_a_plan(connected: SiteConnection) -> None:
    run(connected, "SELECT $1::int + 1", 1)
    with RawCursor(connected) as cursor:
        cursor.execute("DEALLOCATE PREPARE ALL", prepare=False)
        connected._prepared._to_flush.clear()
    connected._prepared._names.setdefault((b"SELECT $1::int + 1", (21,)), b"genonaut_gone")
    assert [run(connected, "SELECT $1::int + 1", number) for number in (5, 6)] == [6, 7]


def test_a_lost_plan_inside_a_transaction_is_told_as_the_servers_state(connected: SiteConnection) -> None:
    connected._prepared._names[(b"SELECT $1::int + 1", (21,))] = b"genonaut_gone"
    with pytest.raises(errors.InvalidSqlStatementName), connected.transaction():
        run(connected, "SELECT $1::int + 1", 1)
    with connected.transaction():
        assert run(connected, "SELECT $1::int + 1", 1) == 2


def test_a_migration_that_changes_a_column_fails_no_statement_that_was_prepared(connected: SiteConnection) -> None:
    with connected.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE changing (word varchar(10))", prepare=False)
        cursor.execute("INSERT INTO changing VALUES ('before')", prepare=False)
        assert run(connected, "SELECT word FROM changing") == "before"
        with psycopg.connect(database_url()):
            cursor.execute("ALTER TABLE changing ALTER word TYPE text", prepare=False)
            connected._prepared._to_flush.clear()
        assert [run(connected, "SELECT word FROM changing") for _ in range(2)] == ["before"] * 2
    assert connected.prepare_threshold == 0


def test_an_error_of_the_statement_itself_is_told_once(connected: SiteConnection) -> None:
    with pytest.raises(errors.DivisionByZero):
        run(connected, "SELECT 1 / $1::int", 0)
    assert run(connected, "SELECT 1 / $1::int", 1) == 1


def test_those_not_used_for_longest_are_given_up(connected: SiteConnection) -> None:
    for number in range(2 * MOST_PREPARED):
        assert run(connected, f"SELECT {number}") == number
    assert MOST_PREPARED - 1 <= len(names(connected)) <= MOST_PREPARED + 1
