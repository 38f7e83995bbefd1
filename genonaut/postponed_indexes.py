"""Indexes that a load into an empty table postpones: dropped before it, built after it.

To sort all rows once costs less than to look for the place of each in every index. A dropped index is noted in the same
transaction (PostponedIndex), so that a process that is killed loses none: the next `seed`, `migrate` or `serve` builds
what is noted, and so does a site that runs. Every build is CONCURRENTLY, so that a site that starts meanwhile is never
locked out.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext

from django.db import OperationalError, connection, transaction
from django.db.models import Model
from psycopg import sql
from psycopg.errors import LockNotAvailable

from genonaut.database.index_builds import WATCHER, drop_index, find_index, wait_for_builds, watched
from genonaut.models import PostponedIndex

# Fewer rows are loaded in seconds, with their indexes.
FEWEST_ROWS = 100_000
# A table that has more than this share of the rows to come keeps its indexes.
NEARLY_EMPTY = 0.1
LOCK_SECONDS = 3
LOOK_SECONDS = 1.0
# The name that connections of a load go by.
LOADER = "genonaut load"
LOCK = "genonaut_postponed_indexes"

# The rights to another role's sessions may be missing; then their kind is NULL, and they count.
READERS = """
    SELECT EXISTS (
        SELECT FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND usesysid IS NOT NULL
            AND coalesce(backend_type, 'client backend') = 'client backend'
            AND coalesce(application_name, '') <> ALL(%s))
"""
# Not those that keep rows unique or belong to a constraint, nor those that pg_get_indexdef does not tell whole.
PLAIN = """
    SELECT index.relname, entry.indexrelid::regclass::text, pg_get_indexdef(entry.indexrelid)
    FROM pg_index AS entry JOIN pg_class AS index ON index.oid = entry.indexrelid
    WHERE entry.indrelid = to_regclass(%s) AND index.relkind = 'i' AND index.reltablespace = 0
        AND entry.indisvalid AND entry.indislive AND NOT entry.indisunique AND NOT entry.indisclustered
        AND NOT entry.indisreplident AND NOT entry.indisexclusion
        AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = entry.indexrelid)
    ORDER BY index.relname
"""


def postpone(expected: Mapping[type[Model], int]) -> int:
    """Drop and note the plain indexes of tables, given how many rows each expects; return how many indexes.

    A table that is not nearly empty keeps its indexes. All do while others are connected to the database, behind a
    connection pooler, and if a lock is not free soon.
    """
    if connection.in_atomic_block or _is_pooled():
        return 0
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_SECONDS}s'")
            if has_readers():
                return 0
            return sum(_drop(model) for model, rows in expected.items() if _is_worth_it(model, rows))
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            return 0
        raise


def has_readers() -> bool:
    """Return whether anything but loads and watched builds is connected to this database. One query."""
    return bool(_ask(READERS, [LOADER, WATCHER]))


def _is_worth_it(model: type[Model], rows: int) -> bool:
    """Return whether a table is nearly empty beside the many rows that it expects. One query."""
    most = int(rows * NEARLY_EMPTY)
    return rows >= FEWEST_ROWS and model._base_manager.values("pk")[: most + 1].count() <= most


def _drop(model: type[Model]) -> int:
    """Drop and note a table's plain indexes; return how many."""
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(PLAIN, [table])
        indexes = cursor.fetchall()
        PostponedIndex.objects.bulk_create(
            PostponedIndex(name=name, table=model._meta.db_table, definition=definition)
            for name, _, definition in indexes
        )
        for _, quoted, _ in indexes:
            cursor.execute(f"DROP INDEX {quoted}")
    return len(indexes)


def build_postponed(say: Callable[[str], object], *, is_shown: bool = True, is_waiting: bool = True) -> int:
    """Build every postponed index, beside reads and writes, with a bar for each; return how many.

    Interrupted, it is called again. While another process builds them it waits, or returns 0. Two queries if there is
    none.
    """
    if not _is_noted():
        return 0
    with _alone(is_waiting=is_waiting) as is_alone:
        postponed = list(PostponedIndex.objects.order_by("table", "name")) if is_alone else []
        for index in postponed:
            with watched(say) if is_shown and not connection.in_atomic_block else nullcontext():
                _build(index)
    return len(postponed)


def _is_noted() -> bool:
    """Return whether any index is postponed; the table is not there before its migration. Two queries."""
    is_migrated = _ask("SELECT to_regclass(%s) IS NOT NULL", PostponedIndex._meta.db_table)
    return bool(is_migrated) and PostponedIndex.objects.exists()


def _is_pooled() -> bool:
    """Return whether a pooler stands between: nothing is then known of a session, of its locks and of readers."""
    connection.ensure_connection()
    return getattr(connection.connection, "is_pooled", False)


@contextmanager
def _alone(*, is_waiting: bool) -> Iterator[bool]:
    """Keep other processes from building the same, and give builds any time; yield whether to build.

    It asks for the lock again and again: a build would wait for a statement that waits for the lock.
    """
    if _is_pooled():
        yield is_waiting
        return
    while not (is_ours := _ask("SELECT pg_try_advisory_lock(hashtext(%s))", LOCK)) and is_waiting:
        time.sleep(LOOK_SECONDS)
    if not is_ours:
        yield False
        return
    try:
        _ask("SELECT set_config('statement_timeout', %s, false)", "0")
        yield True
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
        _ask("SELECT pg_advisory_unlock(hashtext(%s))", LOCK)


def _ask(query: str, parameter: object) -> object:
    """Return what a query of one value answers."""
    with connection.cursor() as cursor:
        cursor.execute(query, [parameter])
        return cursor.fetchone()[0]


def _build(index: PostponedIndex) -> None:
    """Build an index unless it is whole, and forget its note; what an interrupted build left is dropped first."""
    table = connection.ops.quote_name(index.table)
    wait_for_builds(connection, table)
    found = find_index(connection, table, index.name)
    if found is not None and not found.is_valid:
        drop_index(connection, found.schema, index.name)
    if found is None or not found.is_valid:
        how = "CREATE INDEX " if connection.in_atomic_block else "CREATE INDEX CONCURRENTLY "
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL(index.definition.replace("CREATE INDEX ", how, 1)))
    index.delete()


class GivingWay:
    """Builds the postponed indexes in the midst of a load, as soon as anything else connects to the database."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self.say = say
        self.looks_at = time.monotonic()

    def look(self) -> None:
        """Look for readers, once in a while; the load's other connections go on meanwhile."""
        if time.monotonic() < self.looks_at:
            return
        if _is_noted() and has_readers():
            self.say("The database is in use: building the indexes now.")
            build_postponed(self.say, is_shown=False)
        self.looks_at = time.monotonic() + LOOK_SECONDS
