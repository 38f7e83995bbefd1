"""No history of the database shares a version with another: restored, copied or started again, it has a new era."""

import subprocess
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from genonaut.postgres.programs import BIN
from genonaut.ranking import RankingState, reading
from genonaut.ranking.versions import era_sql
from tests.clusters import data_folder, shared
from tests.ranking.items import LABEL, RANKINGS

NEWEST = RANKINGS["newest"]
STATES = RankingState._meta.db_table
STATE = f"""
    CREATE TABLE {STATES} (model text PRIMARY KEY, generation bigint NOT NULL);
    INSERT INTO {STATES} VALUES ('{LABEL}', 7), ('{LABEL}.newest:1', 7);
"""


def era(url: str) -> str:
    sql, params = era_sql(NEWEST)
    with psycopg.connect(url) as connection:
        return connection.execute(f"SELECT {sql}", params).fetchone()[0]


def run(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def restore(dump: Path, url: str, *options: str) -> None:
    subprocess.run([BIN / "pg_restore", "--exit-on-error", *options, "-d", url, dump], check=True, capture_output=True)


def test_each_restore_and_each_start_begins_a_new_era(tmp_path: Path) -> None:
    with data_folder() as data:
        with shared(data) as url:
            run(url, STATE)
            eras = [era(url)]
            run(url, f"VACUUM FREEZE {STATES}", "CHECKPOINT")
            assert [era(url)] == eras
            dump = tmp_path / "dump"
            subprocess.run([BIN / "pg_dump", "-Fc", "-f", dump, "-d", url], check=True, capture_output=True)
            restore(dump, url, "--clean")
            eras.append(era(url))
            run(url, f"DELETE FROM {STATES}")
            restore(dump, url, "--data-only")
            eras.append(era(url))
            run(url, "CREATE DATABASE emptied", "CREATE DATABASE cloned TEMPLATE genonaut")
            restore(dump, make_conninfo(url, dbname="emptied"))
            eras += [era(make_conninfo(url, dbname=name)) for name in ("emptied", "cloned")]
        # As after a copy of the folder was put back, or a failover to another server.
        with shared(data) as url:
            eras.append(era(url))
    assert len(set(eras)) == 6


def test_a_version_holds_its_era(db: None) -> None:
    """The row is written again as it was, which is what a restore does."""
    before = reading.version(NEWEST, {})
    state = RankingState.objects.get(pk=LABEL)
    RankingState.objects.filter(pk=state.pk).delete()
    state.save(force_insert=True)
    assert reading.version(NEWEST, {}).split(".")[0] == before.split(".")[0]
    assert reading.version(NEWEST, {}) != before
