"""Measures `seed` against plain COPY of the same rows into the same empty, indexed tables.

    .venv/bin/python -m tests.stress.seed_against_copy --rows 1000000

It works in a scratch database on the server of DATABASE_URL (or the embedded one), which it drops at the end.
The rows are seeded, dumped to files, and the files loaded with one COPY each into the truncated tables; then the items
alone are seeded again, with one connection and with two. VACUUM and ANALYZE, which both need, are in neither.
"""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import django
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from tests.databases import use

SCRATCH = "genonaut_seed_scratch"
PIECE_BYTES = 256 * 1024


@contextmanager
def scratch_database() -> Iterator[None]:
    """Create an empty database with our tables, connect to it, and drop it at the end."""
    ours = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")
        cursor.execute(f"CREATE DATABASE {SCRATCH}")
    use(SCRATCH)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        use(ours)
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {SCRATCH} WITH (FORCE)")


@contextmanager
def timed(what: str, seconds: dict[str, float]) -> Iterator[None]:
    """Time a step, note its seconds and print them."""
    begin = perf_counter()
    yield
    seconds[what] = perf_counter() - begin
    print(f"{what:<48} {seconds[what]:8.1f} s", flush=True)


def main() -> None:
    """Measure and print the ratios."""
    parser = ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    django.setup()
    with scratch_database(), TemporaryDirectory() as folder:
        measure(rows, Path(folder))


def measure(rows: int, folder: Path) -> None:
    """Load the rows in every way; print seconds and ratios."""
    from genonaut.seeding import Dataset, NumberedTable, declared_tables, load, loaded, missing_blocks  # noqa: PLC0415

    tables, seconds = declared_tables(), {}
    with timed("seed, all tables, 2 connections", seconds):
        load(Dataset(1, rows), workers=2, skip=lambda _: None, advance=lambda _: None)
    files = {table: folder / table.model._meta.db_table for table in tables}
    for table, path in files.items():
        dump(table, path)
    empty(tables)
    for table, path in files.items():
        with timed(f"COPY, {path.name}", seconds):
            copy(table, path)
        # Without it, a foreign key to rows that autovacuum saw uncommitted is checked by a scan of a whole index.
        analyze(table)
    print(f"COPY of all tables: {sum(s for what, s in seconds.items() if what.startswith('COPY')):.1f} s")
    ground, leading = [table for table in tables if isinstance(table, NumberedTable)]
    for workers in (1, 2):
        empty(tables)
        dataset = Dataset(1, rows)
        list(loaded(missing_blocks(dataset, ground), [ground], 1))
        blocks = missing_blocks(dataset, leading)
        with timed(f"seed, items alone, connections: {workers}", seconds):
            list(loaded(blocks, [leading], workers))
    report(seconds, leading.model._meta.db_table)


def report(seconds: dict[str, float], leading: str) -> None:
    """Print the ratios: below 1, seed is faster than plain COPY."""
    copied = [took for what, took in seconds.items() if what.startswith("COPY")]
    items = seconds[f"COPY, {leading}"]
    print(f"ratio, all tables, 2 connections:  {seconds['seed, all tables, 2 connections'] / sum(copied):.2f}")
    for workers in (1, 2):
        ratio = seconds[f"seed, items alone, connections: {workers}"] / items
        print(f"ratio, items alone, connections: {workers}  {ratio:.2f}")


def columns_of(table: object) -> sql.Composed:
    """Return the columns that seed writes, separated by commas."""
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))


def dump(table: object, path: Path) -> None:
    """Write a table's rows to a file, in COPY's text format, in the order of their ids."""
    name = sql.Identifier(table.model._meta.db_table)
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT").format(columns_of(table), name)
    with path.open("wb") as file, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for piece in copy:
            file.write(piece)


def copy(table: object, path: Path) -> None:
    """Load a file with one COPY, in one transaction."""
    name = sql.Identifier(table.model._meta.db_table)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns_of(table))
    with path.open("rb") as file, connection.cursor() as cursor, cursor.copy(statement) as copy:
        while piece := file.read(PIECE_BYTES):
            copy.write(piece)


def analyze(table: object) -> None:
    """Tell the planner how large a table has become."""
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {table.model._meta.db_table}")


def empty(tables: list) -> None:
    """Truncate the tables, and write out what the server still holds back, so that each measure begins alike."""
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"TRUNCATE {table.model._meta.db_table} RESTART IDENTITY CASCADE")
        cursor.execute("CHECKPOINT")


if __name__ == "__main__":
    main()
