"""Measures what rankings cost writers: with the statement-level triggers on content's table, and without them.

    .venv/bin/python -m tests.stress.writes --rows 1000000

In a scratch copy of the database (of 1 million rows at most), in turns: 8 processes insert single rows in transactions
of 10 ms, then as fast as they can; then one COPY of all rows into the emptied, indexed table.
"""

import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
from django.core.management import CommandError
from psycopg import sql
from psycopg.types.json import Json

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.databases import call_on, database_of, scratch_copy, settle
from tests.stress.rounds import Samples, spread_of

NAME = "writes"
TABLE = "content_contentitem"
WRITERS = 8
MOST_ROWS = 1_000_000
PIECE_BYTES = 256 * 1024
# Rows of each writer, and the seconds that a transaction is held open behind its insert.
SINGLE_ROWS = {"single rows, 10 ms transactions": (250, 0.01), "single rows, as fast as can be": (400, 0.0)}
# In which all writers connect.
LEAD_SECONDS = 0.5
COPY = "COPY"
ROUNDS = 5
COPY_ROUNDS = 2
WITH, WITHOUT = "with", "without"
INSERT = f"""
    INSERT INTO {TABLE} (title, content_type, source, creator_id, prompt, data, metadata, tags, quality_score,
                         is_private, seed, created_at, updated_at)
    VALUES (%s, %s, %s, NULL, %s, '', %s, %s, %s, %s, %s, now(), now()) RETURNING id
"""


def writers() -> ProcessPoolExecutor:
    """Return the processes that write; Ctrl-C is for the one that gives them work."""
    ignore = (signal.SIGINT, signal.SIG_IGN)
    return ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn"), initializer=signal.signal, initargs=ignore)


def insert_rows(url: str, rows: int, pause: float, begin_at: float) -> tuple[float, int]:
    """Insert single rows, each in a transaction of its own, from a moment on; return when it was done, and failures."""
    failures = 0
    with psycopg.connect(url, autocommit=True) as connection:
        time.sleep(max(0.0, begin_at - time.time()))
        for _ in range(rows):
            try:
                with connection.transaction():
                    connection.execute(INSERT, random_row())
                    time.sleep(pause)
            except psycopg.OperationalError:  # a deadlock, above all
                failures += 1
    return time.time(), failures


def random_row() -> tuple:
    """Return the values of an item."""
    words = " ".join(random.choices(("owl", "harbour", "night", "glass", "rain", "atlas", "ink", "dune"), k=16))
    tags = random.sample(("owl", "rain", "oil", "night", "map"), 3)
    kind, source = random.choice(("image", "video", "text", "audio")), random.choice(("user", "auto"))
    metadata = Json({"steps": random.randrange(60)})
    score, is_private = random.random(), random.random() < 0.2
    return words[:40], kind, source, words, metadata, tags, score, is_private, random.getrandbits(31)


def single_rows(pool: ProcessPoolExecutor, url: str, rows: int, pause: float) -> tuple[float, int]:
    """Let all writers insert at once; return the seconds until the last was done, and their failures."""
    begin_at = time.time() + LEAD_SECONDS
    futures = [pool.submit(insert_rows, url, rows, pause, begin_at) for _ in range(WRITERS)]
    ended, failures = zip(*(future.result() for future in futures), strict=True)
    return max(ended) - begin_at, sum(failures)


def statement_triggers(connection: psycopg.Connection) -> list[str]:
    """Return the names of the table's own statement-level triggers."""
    statement = """
        SELECT tgname FROM pg_trigger
        WHERE tgrelid = %s::regclass AND NOT tgisinternal AND tgtype & 1 = 0 ORDER BY tgname
    """
    return [name for (name,) in connection.execute(statement, [TABLE])]


@contextmanager
def triggers(connection: psycopg.Connection, names: list[str], leg: str) -> Iterator[None]:
    """Run a leg with the triggers or without; afterwards they are on."""

    def switch(verb: str) -> None:
        for name in names:
            statement = sql.SQL("ALTER TABLE {} {} TRIGGER {}")
            connection.execute(statement.format(sql.Identifier(TABLE), sql.SQL(verb), sql.Identifier(name)))

    switch("ENABLE" if leg == WITH else "DISABLE")
    try:
        yield
    finally:
        switch("ENABLE")


def columns(connection: psycopg.Connection) -> sql.Composed:
    """Return the table's columns that are written, separated by commas."""
    statement = """
        SELECT column_name FROM information_schema.columns
        WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position
    """
    return sql.SQL(", ").join(sql.Identifier(name) for (name,) in connection.execute(statement, [TABLE]))


def dump(connection: psycopg.Connection, path: Path) -> None:
    """Write the table's rows to a file in COPY's text format."""
    statement = sql.SQL("COPY (SELECT {} FROM {} ORDER BY id) TO STDOUT").format(
        columns(connection), sql.Identifier(TABLE)
    )
    with path.open("wb") as file, connection.cursor().copy(statement) as copied:
        for piece in copied:
            file.write(piece)


def load(connection: psycopg.Connection, path: Path) -> float:
    """Load the file in one COPY; return its seconds."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(TABLE), columns(connection))
    begin = time.perf_counter()
    with path.open("rb") as file, connection.cursor().copy(statement) as copied:
        while piece := file.read(PIECE_BYTES):
            copied.write(piece)
    return time.perf_counter() - begin


def in_turns(number: int) -> tuple[str, str]:
    """Return the two legs of a round, the other first in every second one."""
    return (WITH, WITHOUT) if number % 2 else (WITHOUT, WITH)


def measure_single_rows(
    connection: psycopg.Connection, url: str, pool: ProcessPoolExecutor, rounds: int
) -> tuple[dict[str, Samples], int]:
    """Return the seconds of each kind and leg, and how many inserts failed."""
    names = statement_triggers(connection)
    samples, failures = {f"{kind}/{leg}": Samples() for kind in SINGLE_ROWS for leg in (WITH, WITHOUT)}, 0
    with Progress(rounds * len(samples), " legs", print) as progress:
        single_rows(pool, url, 20, 0.0)
        for number in range(rounds):
            for kind, (rows, pause) in SINGLE_ROWS.items():
                for leg in in_turns(number):
                    with triggers(connection, names, leg):
                        seconds, failed = single_rows(pool, url, rows, pause)
                    samples[f"{kind}/{leg}"].seconds.append(seconds)
                    failures += failed
                    # As readers and workers do all the time; in nobody's time here.
                    call_on(url, "rankings", "compact", verbosity=0)
                    progress.advance(1)
    return samples, failures


def measure_copy(connection: psycopg.Connection, url: str, rounds: int) -> dict[str, Samples]:
    """Return the seconds of each leg of COPY into the emptied table."""
    names = statement_triggers(connection)
    samples = {f"{COPY}/{leg}": Samples() for leg in (WITH, WITHOUT)}
    with TemporaryDirectory() as folder, Progress(2 * rounds, " COPY", print) as progress:
        path = Path(folder) / TABLE
        dump(connection, path)
        for number in range(rounds):
            for leg in in_turns(number):
                connection.execute(f"TRUNCATE {TABLE} CASCADE")
                settle(url)
                with triggers(connection, names, leg):
                    samples[f"{COPY}/{leg}"].seconds.append(load(connection, path))
                progress.advance(1)
    return samples


def are_counts_right(url: str, pool: ProcessPoolExecutor) -> bool:
    """Return whether rankings, made anew, are correct after 8 writers at once."""
    call_on(url, "rankings", "rebuild", verbosity=0)
    single_rows(pool, url, 50, 0.0)
    try:
        call_on(url, "rankings", "verify", verbosity=0)
    except CommandError:
        return False
    return True


def measure(url: str, rows: int, *, rounds: int = ROUNDS, copy_rounds: int = COPY_ROUNDS) -> report.Result:
    """Measure in a scratch copy; a database of more than MOST_ROWS is left to its smaller sister."""
    source = url if rows <= MOST_ROWS else database_of(MOST_ROWS)
    with scratch_copy(source) as scratch, psycopg.connect(scratch, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE {TABLE} SET (autovacuum_enabled = off)")
        names = statement_triggers(connection)
        with writers() as pool:
            samples, failures = measure_single_rows(connection, scratch, pool, rounds)
            is_right = are_counts_right(scratch, pool)
        samples |= measure_copy(connection, scratch, copy_rounds)
    return {
        "rows": min(rows, MOST_ROWS),
        "triggers": names,
        "failures": failures,
        "is_right": is_right,
        "samples": report.packed(samples),
    }


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    kinds = {kind: f"{WRITERS} writers, {kind}, {rows} each" for kind, (rows, _) in SINGLE_ROWS.items()}
    kinds[COPY] = f"COPY of {result['rows']:,} rows"
    lines = []
    for kind, name in kinds.items():
        legs = [spread_of(samples[f"{kind}/{leg}"].taken) for leg in (WITHOUT, WITH)]
        ratio = report.times(samples[f"{kind}/{WITH}"], samples[f"{kind}/{WITHOUT}"])
        lines.append([name, *[f"{report.spread_text(leg)} s" for leg in legs], ratio])
    switched = ", ".join(result["triggers"]) or "none in this version: both columns are the same"
    right = "yes" if result["is_right"] else "NO"
    return f"""Writing with rankings and without
In a scratch copy of {result["rows"]:,} rows; COPY loads them again into the emptied table. Medians with quartiles,
ratios paired by round. Goals: at most 1.3 for 10 ms transactions, at most 1.2 for COPY. Triggers switched: {switched}.

{report.table(["", "without", "with", "ratio"], lines)}

Inserts that failed (deadlocks included): {result["failures"]}. Rankings correct after {WRITERS} writers: {right}.
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
