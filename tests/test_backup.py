"""Back up and restore, by the commands that docs/backups.md shows."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from django.conf import settings as our_settings
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from tests.clusters import data_folder, server_of, shared
from tests.factories import ContentItemFactory
from tests.processes import database_url

SHOWN = "    .venv/bin/python manage.py "


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    """Another server's data folder."""
    with data_folder() as path:
        yield path


def shown(program: str) -> list[str]:
    """Return the arguments of the one command with a word that the guide shows."""
    lines = (our_settings.BASE_DIR / "docs" / "backups.md").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith(SHOWN) and f" {program} " in f"{line} ")
    return shlex.split(line.removeprefix(SHOWN))


@pytest.mark.django_db(transaction=True)
def test_a_dump_is_restored_with_every_row_and_count(
    data: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    items = sorted(item.pk for item in ContentItemFactory.create_batch(3))
    settings.DATABASE_DIRECT_URL = database_url()
    call_command(*shown("pg_dump"))
    assert (tmp_path / "genonaut.dump").stat().st_mode & 0o077 == 0
    with shared(data) as other:
        restored = urlunsplit(urlsplit(other)._replace(path=urlsplit(database_url()).path))
        settings.DATABASE_DIRECT_URL = restored
        call_command(*shown("pg_restore"))
        call_command(*shown("pg_restore"))  # over what is there, too
        with psycopg.connect(restored) as connection:
            found = connection.execute("SELECT id FROM content_contentitem ORDER BY id").fetchall()
        command = [sys.executable, our_settings.BASE_DIR / "manage.py", *shown("rankings verify")]
        run = subprocess.run(command, env={**os.environ, "DATABASE_URL": restored}, capture_output=True, check=False)
    assert [pk for (pk,) in found] == items
    assert run.returncode == 0, run.stderr


@pytest.mark.django_db(transaction=True)
def test_a_dump_is_restored_by_a_role_of_another_name_that_may_not_make_databases(
    data: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ContentItemFactory.create_batch(3)
    settings.DATABASE_DIRECT_URL = database_url()
    call_command(*shown("pg_dump"))
    with shared(data) as other:
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute("CREATE ROLE plain LOGIN PASSWORD 'plain'")
            connection.execute("CREATE DATABASE plain OWNER plain TEMPLATE template0")
        parts = urlsplit(other)
        host = parts.netloc.rpartition("@")[2]
        settings.DATABASE_DIRECT_URL = urlunsplit(parts._replace(netloc=f"plain:plain@{host}", path="/plain"))
        left_out = {"--clean", "--if-exists", "--create", "--dbname=postgres"}
        call_command(*(part for part in shown("pg_restore") if part not in left_out), "--dbname=plain")
        with psycopg.connect(settings.DATABASE_DIRECT_URL) as connection:
            [count] = connection.execute("SELECT count(*) FROM content_contentitem").fetchone()
            owners = connection.execute("SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'")
            assert (count, owners.fetchall()) == (3, [("plain",)])


def test_a_copy_of_the_files_is_started_in_their_place(
    data: Path, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with shared(data) as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS value")
        settings.DATABASE_DIRECT_URL = url
        call_command(*shown("pg_basebackup"))
        connection.execute("DROP TABLE kept")
    old = data.rename(data.with_name("old"))
    shutil.move(tmp_path / "genonaut.base", data)
    with shared(data) as url, psycopg.connect(url) as connection:
        assert connection.execute("SELECT * FROM kept").fetchone() == (1,)
        assert server_of(data).uids().effective == data.stat().st_uid == old.stat().st_uid


def test_a_program_that_fails_fails_the_command(data: Path, settings: Settings, capfd: pytest.CaptureFixture) -> None:
    settings.DATABASE_DIRECT_URL = "postgresql://postgres@/genonaut?host=/nowhere"
    with pytest.raises(CommandError, match=r"^psql ended with 2\.$"):
        call_command("postgres", "psql", "-c", "SELECT 1")
    assert "/nowhere" in capfd.readouterr().err


def test_programs_connect_by_a_url_with_options_that_have_no_variable(
    settings: Settings, capfd: pytest.CaptureFixture
) -> None:
    settings.DATABASE_DIRECT_URL = f"{database_url()}{'&' if '?' in database_url() else '?'}keepalives_idle=30"
    call_command("postgres", "psql", "--no-psqlrc", "--tuples-only", "-c", "SELECT 'it ' || 'connects'")
    assert "it connects" in capfd.readouterr().out
