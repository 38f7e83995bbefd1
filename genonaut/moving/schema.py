"""The schema of a move: its tables and, once their rows are there, its indexes; and how two schemas differ."""

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from genonaut.moving.errors import MoveError
from genonaut.moving.servers import Server
from genonaut.postgres.programs import BIN, connection_variables

FOR_US_ALONE = 0o077
INDEX = " INDEX "
# A partition's index becomes part of the whole table's.
ATTACH = " INDEX ATTACH "
# Names and states: expressions are written otherwise once they were dumped and restored. Constraints NOT NULL are rows
# of their own from 18 on, and stand in attnotnull before. A foreign key's parts for partitions are named by PostgreSQL.
DEFINITIONS = """
WITH ours AS (
    SELECT oid, oid::regclass::text AS name FROM pg_class
    WHERE relkind IN ('r', 'p') AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
)
SELECT 'column ' || name || '.' || attname,
        concat_ws(' ', format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated)
    FROM ours JOIN pg_attribute ON attrelid = oid WHERE attnum > 0 AND NOT attisdropped
UNION ALL SELECT 'index ' || indexrelid::regclass::text, indisvalid::text
    FROM ours JOIN pg_index ON indrelid = oid
UNION ALL SELECT 'constraint ' || name || '.' || conname, concat_ws(' ', contype, convalidated)
    FROM ours JOIN pg_constraint ON conrelid = ours.oid
    WHERE contype IN ('c', 'f', 'p', 'u', 'x') AND (contype <> 'f' OR conparentid = 0)
UNION ALL SELECT 'trigger ' || name || '.' || tgname, tgenabled::text
    FROM ours JOIN pg_trigger ON tgrelid = ours.oid WHERE NOT tgisinternal
UNION ALL SELECT 'function ' || pg_proc.oid::regprocedure::text, md5(prosrc)
    FROM pg_proc WHERE pronamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
"""

ROWS = """
SELECT coalesce(sum(pg_relation_size(oid)), 0) > 0 FROM pg_class
WHERE relkind = 'r' AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
"""


@contextmanager
def dumped(source: Server) -> Iterator[Path]:
    """Yield a dump of the schema, as a file that only this account can read. Raises MoveError."""
    with TemporaryDirectory(prefix="schema") as folder:
        dump = Path(folder) / "schema.dump"
        _program(
            source, "pg_dump", "--schema-only", "--format=custom", "--no-publications", "--no-subscriptions", "-f", dump
        )
        yield dump


def restore_tables(target: Server, dump: Path) -> None:
    """Restore all of a schema but its indexes, or nothing. Raises MoveError."""
    contents = _contents(target, dump)
    later = set(_index_lines(contents))
    wanted = [line for line in contents if line not in later and " SCHEMA - public " not in line]
    _restore(target, dump, wanted, "--single-transaction")


def is_restored(source: Server, target: Server) -> bool:
    """Return whether the target holds what `restore_tables` makes of the source now, and no row."""
    return (
        target.is_read_only()
        and not target.value(ROWS)
        and all(name.startswith("index ") for name in differences(source, target))
    )


def restore_indexes(target: Server, dump: Path, say: Callable[[str], object]) -> None:
    """Build the indexes that the target lacks, two at a time. Raises MoveError."""
    present = {name for (name,) in target.rows("SELECT relname::text FROM pg_class WHERE relkind IN ('i', 'I')")}
    lines = [line for line in _index_lines(_contents(target, dump)) if line.split()[5] not in present]
    if lines:
        say(f"Building {sum(ATTACH not in line for line in lines)} indexes.")
        _restore(target, dump, lines, "--jobs=2")


def differences(source: Server, target: Server) -> list[str]:
    """Return the columns, indexes and the like that only one of the databases has, or that they have otherwise."""
    ours, theirs = dict(source.rows(DEFINITIONS)), dict(target.rows(DEFINITIONS))
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def _index_lines(contents: list[str]) -> list[str]:
    """Return the lines of indexes, but those that attach the index of a partition's key.

    Until these are attached the whole table's key is not valid, and no foreign key can refer to it.
    """
    keys = {tuple(line.split()[4:7:2]) for line in contents if " CONSTRAINT " in line}
    return [line for line in contents if INDEX in line and not (ATTACH in line and tuple(line.split()[5:7]) in keys)]


def _contents(target: Server, dump: Path) -> list[str]:
    listing = _program(target, "pg_restore", "--list", dump)
    return [line for line in listing.splitlines() if line and not line.startswith(";")]


def _restore(target: Server, dump: Path, lines: list[str], *options: str) -> None:
    listing = dump.with_suffix(".list")
    listing.write_text("\n".join(lines))
    name = target.connection.info.dbname
    _program(target, "pg_restore", "--exit-on-error", f"--use-list={listing}", f"--dbname={name}", *options, dump)


def _program(server: Server, name: str, *arguments: object) -> str:
    known = {**os.environ, **connection_variables(server.url), "PGOPTIONS": "-c default_transaction_read_only=off"}
    command = [BIN / name, *map(str, arguments)]
    done = subprocess.run(command, env=known, umask=FOR_US_ALONE, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise MoveError(f"{name} on the {server.label} database: {done.stderr.strip()}")
    return done.stdout
