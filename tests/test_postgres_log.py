"""The embedded server's log: no private values, and no growth without end."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from genonaut.postgres.server import LOG_BYTES
from tests.clusters import data_folder, shared

ACCOUNTS = "CREATE TABLE accounts (email text UNIQUE, password text, born date CHECK (born > '1900-01-01'))"
SIGN_UP = "INSERT INTO accounts VALUES ('alice@private.example', 'pbkdf2_sha256$1', {})"


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder of a test's own."""
    with data_folder() as path:
        yield path


def test_statements_that_fail_leave_no_values(data: Path) -> None:
    (data / "genonaut.conf").write_text("# of the version before\n")
    with shared(data) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ACCOUNTS)
        connection.execute(SIGN_UP.format("NULL"))
        for error, born in ((psycopg.errors.UniqueViolation, "NULL"), (psycopg.errors.CheckViolation, "'1812-02-07'")):
            with pytest.raises(error):
                connection.execute(SIGN_UP.format(born))
    log = (data / "log").read_text()
    assert 'duplicate key value violates unique constraint "accounts_email_key"' in log
    assert [value for value in ("alice", "pbkdf2", "1812", "INSERT") if value in log] == []


def test_a_large_log_is_put_aside_in_place_of_the_one_before(data: Path) -> None:
    log, old = data / "log", data / "log.old"
    for line in ("first", "second"):
        log.write_text(f"{line}\n" * LOG_BYTES)
        with shared(data):
            assert old.read_text().startswith(line)
            assert line not in log.read_text()
    with shared(data):  # a small one goes on
        assert log.read_text().count("starting PostgreSQL") == 2


def test_the_end_of_a_new_log_is_told_by_a_start_that_fails(data: Path) -> None:
    (data / "log").write_text("before\n" * LOG_BYTES)
    with (data / "postgresql.conf").open("a") as conf:
        conf.write("shared_buffers = 'nonsense'\n")
    with pytest.raises(RuntimeError, match='invalid value for parameter "shared_buffers": "nonsense"'), shared(data):
        pass
