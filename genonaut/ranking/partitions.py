"""Partitions of a ranked table: which there are, their triggers, and which are counted.

A statement that names the table fires the table's triggers alone, and one that names a partition the partition's. So
each partition has the same four, over the same functions but for TRUNCATE. ATTACH, DETACH and DROP fire none, and a new
partition inherits none: what is counted is noted by name (models.RankingState), and compared with what is attached.
"""

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connections, router, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from genonaut.ranking.declaration import Rankings
from genonaut.ranking.states import STATES
from genonaut.ranking.triggers import emptied_partition

# Not as pgtrigger begins its names: it would take the triggers of partitions for its own, left by a model that is gone.
TRIGGERS = {
    "ranking_insert": "INSERT ON {} REFERENCING NEW TABLE AS new_rows",
    "ranking_delete": "DELETE ON {} REFERENCING OLD TABLE AS old_rows",
    "ranking_update": "UPDATE ON {} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "ranking_truncate": "TRUNCATE ON {}",
}
TRUNCATE = "ranking_truncate"
LOCK_SECONDS = 3

# Tables that are partitions, have a trigger of the rankings, or are noted as counted.
KNOWN = f"""WITH tree AS (
    SELECT relid::oid FROM pg_partition_tree(to_regclass(%(table)s::text)) WHERE relid <> to_regclass(%(table)s::text)
), triggered AS (
    SELECT tgrelid AS relid,
        count(DISTINCT proname) FILTER (WHERE tgenabled IN ('O', 'A')) = cardinality(%(functions)s::name[]) AS has_all
    FROM pg_trigger JOIN pg_proc AS function ON function.oid = tgfoid
    WHERE proname = ANY(%(functions)s::name[]) AND tgrelid <> to_regclass(%(table)s::text)
    GROUP BY tgrelid
), present AS (
    SELECT schema.nspname || '.' || class.relname AS name, class.oid::regclass::text AS quoted,
        tree.relid IS NOT NULL AS is_attached, triggered.relid IS NOT NULL AS is_triggered, has_all
    FROM tree FULL JOIN triggered USING (relid)
    JOIN pg_class AS class ON class.oid = relid JOIN pg_namespace AS schema ON schema.oid = relnamespace
), counted AS (
    SELECT substr(model, length(%(prefix)s::text) + 1) AS name FROM {STATES} WHERE starts_with(model, %(prefix)s::text)
)
SELECT name, quoted, coalesce(is_attached, false), coalesce(is_triggered, false), coalesce(has_all, false),
    counted.name IS NOT NULL
FROM present FULL JOIN counted USING (name) ORDER BY name"""

COUNT = f"""INSERT INTO {STATES} (model, generation, built_at)
    SELECT %s, generation, built_at FROM {STATES} WHERE model = %s ON CONFLICT (model) DO NOTHING"""


class Partition(NamedTuple):
    """A table that is or was a partition. Its name holds the schema; `quoted` is for SQL, None if it is gone."""

    name: str
    quoted: str | None
    is_attached: bool
    is_triggered: bool  # by one trigger at least
    has_triggers: bool  # all of them
    is_counted: bool

    @property
    def trouble(self) -> str:
        """How its rows and the counts differ, or will; empty if they do not."""
        if self.is_attached and not self.has_triggers:
            return "has no triggers: rows that are written to it by its name are not counted"
        if self.is_attached and not self.is_counted:
            return "was attached without being counted"
        if self.is_attached:
            return ""
        return "was detached, and is still counted" if self.quoted else "was dropped or renamed, and is still counted"


def partitions_of(rankings: Rankings, cursor: CursorWrapper | None = None) -> list[Partition]:
    """Return the partitions of a ranked table at all depths, and those that are still counted. One query."""
    if cursor is None:
        with connections[router.db_for_read(rankings.model)].cursor() as own_cursor:
            return partitions_of(rankings, own_cursor)
    values = {
        "table": sql.Identifier(rankings.table).as_string(),
        "functions": list(_functions(rankings).values()),
        "prefix": _state(rankings, ""),
    }
    cursor.execute(KNOWN, values)
    return [Partition(*row) for row in cursor.fetchall()]


def troubled(rankings: Rankings) -> list[Partition]:
    """Return the partitions that came or went without being counted. One query."""
    return [partition for partition in partitions_of(rankings) if partition.trouble]


def align_triggers(rankings: Rankings) -> None:
    """Give all partitions their triggers, and take them from tables that are none any more.

    The counts stay: a partition that lacked one is not counted until everything is recounted. It waits for the
    transactions that write to it. Raises OperationalError after 3 seconds of waiting.
    """
    with transaction.atomic(using=router.db_for_write(rankings.model)), cursor_of(rankings) as cursor:
        found = partitions_of(rankings, cursor)
        if found:
            limit_lock_wait(cursor)
            make_function(cursor, rankings)
        for partition in found:
            if partition.is_attached and not partition.has_triggers:
                make_triggers(cursor, rankings, partition)
                cursor.execute(f"DELETE FROM {STATES} WHERE model = %s", [_state(rankings, partition.name)])
            elif partition.is_triggered and not partition.is_attached:
                drop_triggers(cursor, partition)


def cursor_of(rankings: Rankings) -> CursorWrapper:
    """Return a cursor of the connection that the table is written over."""
    return connections[router.db_for_write(rankings.model)].cursor()


def limit_lock_wait(cursor: CursorWrapper) -> None:
    """Let the transaction wait for each lock for a short while: sessions that come later wait behind it."""
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_SECONDS}s"])


def make_function(cursor: CursorWrapper, rankings: Rankings) -> None:
    """Make the function that the partitions' triggers of TRUNCATE execute, or replace it."""
    body = emptied_partition(rankings.trigger_tables(), rankings.table)
    name = _functions(rankings)[TRUNCATE]
    cursor.execute(f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $ranking${body}$ranking$")


def make_triggers(cursor: CursorWrapper, rankings: Rankings, partition: Partition) -> None:
    """Make a partition's triggers, or replace those that it has."""
    for name, function in _functions(rankings).items():
        event = TRIGGERS[name].format(partition.quoted)
        cursor.execute(
            f"CREATE OR REPLACE TRIGGER {name} AFTER {event} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


def drop_triggers(cursor: CursorWrapper, partition: Partition) -> None:
    """Drop what triggers a partition has."""
    for name in TRIGGERS:
        cursor.execute(f"DROP TRIGGER IF EXISTS {name} ON {partition.quoted}")


def mark_counted(cursor: CursorWrapper, rankings: Rankings, names: Iterable[str]) -> None:
    """Note which partitions are counted from now on, and no others."""
    cursor.execute(f"DELETE FROM {STATES} WHERE starts_with(model, %s)", [_state(rankings, "")])
    for name in names:
        cursor.execute(COUNT, [_state(rankings, name), rankings.label])


def _state(rankings: Rankings, name: str) -> str:
    """Return the primary key of a partition's state."""
    return f"{rankings.label}/{name}"


def _functions(rankings: Rankings) -> dict[str, str]:
    """Return the functions that a partition's triggers execute, by the triggers' names."""
    model = rankings.model
    ids = {trigger.name: trigger.get_pgid(model) for trigger in model._meta.triggers if trigger.name in TRIGGERS}
    return ids | {TRUNCATE: f"{ids[TRUNCATE]}_partition"}
