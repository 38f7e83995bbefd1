"""Index builds beside a live table: how far those under way are, which were interrupted, and how to mend these.

A build or rebuild that is interrupted (Ctrl-C, a cancelled statement, a lost server) leaves an index that is not valid:
every write pays for it, no query uses it.
"""

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import NamedTuple, Self

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg import sql

from genonaut.progress import Progress

# PostgreSQL's names of the phases in plain words.
# https://www.postgresql.org/docs/current/progress-reporting.html#CREATE-INDEX-PHASES
PHASES = {
    "initializing": "starting",
    "waiting for writers before build": "waiting for transactions that write to the table",
    "building index": "building",
    "building index: scanning table": "reading the table",
    "building index: sorting live tuples": "sorting",
    "building index: sorting dead tuples": "sorting dead rows",
    "building index: loading tuples in tree": "writing the index",
    "waiting for writers before validation": "waiting for transactions that write to the table",
    "index validation: scanning index": "checking, reading the index",
    "index validation: sorting tuples": "checking, sorting",
    "index validation: scanning table": "checking, reading the table",
    "waiting for old snapshots": "waiting for transactions older than the index",
    "waiting for readers before marking dead": "waiting for transactions that use the old index",
    "waiting for readers before dropping": "waiting for transactions that use the old index",
}
HIDDEN_PHASE = "built by another role, which hides how far it is"
# REINDEX CONCURRENTLY works on a copy of this name, and renames the old index so before it drops it.
COPY_NAME = re.compile(r"_cc(new|old)\d*$")
# A build that ends leaves the progress view a moment before its index is seen to be valid.
MOMENT_SECONDS = 0.3
LOOK_SECONDS = 0.5
# The name that the connection of `watched` goes by.
WATCHER = "genonaut index progress"

# Each phase counts in figures of its own; sorting has none.
BUILDS = """
    SELECT progress.pid, coalesce(index.relname, 'a new index'), coalesce(progress.relid::regclass::text, 'a table'),
           phase,
           CASE unit WHEN 'transactions' THEN lockers_done
                     WHEN 'rows' THEN tuples_done
                     WHEN 'blocks' THEN blocks_done ELSE 0 END,
           CASE unit WHEN 'transactions' THEN lockers_total
                     WHEN 'rows' THEN tuples_total
                     WHEN 'blocks' THEN blocks_total ELSE 0 END,
           unit,
           nullif(current_locker_pid, 0),
           coalesce(extract(epoch FROM clock_timestamp() - query_start), 0)::float
    FROM pg_stat_progress_create_index AS progress
    CROSS JOIN LATERAL (SELECT CASE
        WHEN phase LIKE 'waiting%' THEN 'transactions'
        WHEN phase LIKE '%loading tuples%' THEN 'rows'
        WHEN phase LIKE '%sorting%' OR phase IS NULL THEN ''
        ELSE 'blocks' END) AS counted (unit)
    LEFT JOIN pg_stat_activity AS activity USING (pid)
    LEFT JOIN pg_class AS index ON index.oid = progress.index_relid
    WHERE progress.datname = current_database()
    ORDER BY progress.pid
"""
# Neither those being built right now nor those being rebuilt or dropped, which are locked. A partitioned table's index
# (relkind I) is not valid as long as a partition has none.
INVALID = """
    SELECT schema.nspname, index.relname, entry.indrelid::regclass::text, entry.indislive
    FROM pg_index AS entry
    JOIN pg_class AS index ON index.oid = entry.indexrelid
    JOIN pg_namespace AS schema ON schema.oid = index.relnamespace
    WHERE NOT entry.indisvalid AND index.relkind = 'i'
      AND NOT EXISTS (
          SELECT FROM pg_stat_progress_create_index AS progress
          WHERE progress.datname = current_database() AND progress.index_relid = entry.indexrelid)
      AND NOT EXISTS (
          SELECT FROM pg_locks
          WHERE relation = entry.indexrelid AND granted AND pid <> pg_backend_pid()
            AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND mode IN ('ShareUpdateExclusiveLock', 'AccessExclusiveLock'))
    ORDER BY schema.nspname, index.relname
"""
FOUND = """
    SELECT schema.nspname, entry.indisvalid, pg_get_indexdef(entry.indexrelid)
    FROM pg_index AS entry
    JOIN pg_class AS index ON index.oid = entry.indexrelid
    JOIN pg_namespace AS schema ON schema.oid = index.relnamespace
    WHERE entry.indrelid = to_regclass(%s) AND index.relname = %s
"""
BUSY = "SELECT EXISTS (SELECT FROM pg_stat_progress_create_index WHERE relid = to_regclass(%s))"


class Build(NamedTuple):
    """A build under way. `done` of `total` are of this phase alone; `total` is 0 where PostgreSQL does not say."""

    pid: int
    index: str
    table: str
    phase: str
    done: int
    total: int
    unit: str
    waits_for: int | None
    seconds: float

    def __str__(self) -> str:
        amount = f", {self.done / self.total:.0%} ({self.done:,} of {self.total:,} {self.unit})" if self.total else ""
        locker = f", now for process {self.waits_for}" if self.waits_for else ""
        return f"{self.index} on {self.table}: {self.phase}{amount}{locker}, {self.seconds:,.0f} s since it began"


class InvalidIndex(NamedTuple):
    """An index that an interrupted command left behind."""

    schema: str
    name: str
    table: str
    is_live: bool

    @property
    def is_rebuilt(self) -> bool:
        """Whether it is rebuilt: the copy of an interrupted rebuild and what was being dropped are dropped instead."""
        return self.is_live and not COPY_NAME.search(self.name)

    def __str__(self) -> str:
        return f"{self.name} on {self.table}"


class FoundIndex(NamedTuple):
    """What is found under an index's name."""

    schema: str
    is_valid: bool
    definition: str


def builds_under_way() -> list[Build]:
    """Return all builds and rebuilds of this database's indexes. One query."""
    with connection.cursor() as cursor:
        cursor.execute(BUILDS)
        builds = [Build(*row) for row in cursor.fetchall()]
    return [build._replace(phase=PHASES.get(build.phase, build.phase or HIDDEN_PHASE)) for build in builds]


def invalid_indexes() -> list[InvalidIndex]:
    """Return the indexes that are not valid although no session builds them. One query, two if it finds any."""
    found = _invalid_now()
    if not found:
        return []
    time.sleep(MOMENT_SECONDS)
    still = set(_invalid_now())
    return [index for index in found if index in still]


def _invalid_now() -> list[InvalidIndex]:
    with connection.cursor() as cursor:
        cursor.execute(INVALID)
        return [InvalidIndex(*row) for row in cursor.fetchall()]


def mend(index: InvalidIndex) -> None:
    """Rebuild an index, or drop it where it is the remains of a rebuild or a drop, beside reads and writes.

    Interrupted, it can be repeated. Not inside a transaction. Raises DatabaseError: a unique index has duplicates, say.
    """
    wait_for_builds(connection, index.table)
    if not index.is_rebuilt:
        drop_index(connection, index.schema, index.name)
        return
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("REINDEX INDEX CONCURRENTLY {}").format(sql.Identifier(index.schema, index.name)))


def wait_for_builds(connection: BaseDatabaseWrapper, table: str) -> None:
    """Wait until no session builds an index of a table; its name is quoted where it has to be.

    Not in the lock's queue: a build waits for all older transactions, ours among them, and ours for the build.
    PostgreSQL resolves that by ending one of the two, and mostly it is the build that was nearly done.
    """
    with connection.cursor() as cursor:
        cursor.execute(BUSY, [table])
        while cursor.fetchone()[0]:
            time.sleep(LOOK_SECONDS)
            cursor.execute(BUSY, [table])


def drop_index(connection: BaseDatabaseWrapper, schema: str, name: str) -> None:
    """Drop an index beside reads and writes. Not inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(schema, name)))


def find_index(connection: BaseDatabaseWrapper, table: str, name: str) -> FoundIndex | None:
    """Return what is found under this name on a table, quoted; None where there is nothing. One query."""
    with connection.cursor() as cursor:
        cursor.execute(FOUND, [table, name])
        row = cursor.fetchone()
    return row and FoundIndex(row[0], row[1], shape(row[2]))


def shape(definition: str) -> str:
    """Return what follows an index's name and table in its definition: the method, and over what."""
    return definition.partition(" USING ")[2]


class Board:
    """Shows builds as they go: a bar for each, a new one for each of its phases that PostgreSQL counts; else a line."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self.say = say
        self.bars: dict[tuple[int, str, str, int], Progress] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.show([])

    def show(self, builds: Iterable[Build]) -> None:
        """Show how far builds are, and take away those that have ended."""
        found = {(build.pid, build.index, build.phase, build.total): build for build in builds}
        for key in self.bars.keys() - found.keys():
            self.bars.pop(key).__exit__(None, None, None)
        for key, build in found.items():
            if key not in self.bars:
                self.bars[key] = self.begin(build)
            bar = self.bars[key]
            bar.advance(max(build.done - bar.done, 0))

    def begin(self, build: Build) -> Progress:
        """Begin a phase; what was done before it was watched counts for no rate."""
        self.say(str(build))
        label = f"{build.index}, {build.phase}"
        bar = Progress(build.total, f" {build.unit}", self.say, label=label, is_shown=bool(build.total))
        bar.skip(build.done)
        return bar


def watch(say: Callable[[str], object]) -> bool:
    """Show builds until none is under way; return whether there was any."""
    has_any = False
    with Board(say) as board:
        while builds := builds_under_way():
            has_any = True
            board.show(builds)
            time.sleep(LOOK_SECONDS)
    return has_any


@contextmanager
def watched(say: Callable[[str], object]) -> Iterator[None]:
    """Show builds while the block runs: from a thread, on a connection of its own."""
    ended = Event()

    def look() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('application_name', %s, false)", [WATCHER])
            with Board(say) as board:
                while not ended.wait(LOOK_SECONDS):
                    board.show(builds_under_way())
        finally:
            connection.close()

    thread = Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
