"""Counting public works by tag, creator and model: the triggers' deltas are moved into the counts, or all are counted.

Writers only append deltas, so that they never wait for each other. One process moves them at a time, under a lock of
their table that no writer waits for. Readers move the few that there are before they read (`settle`), the background
thread of each process of the site (genonaut/upkeep.py) those that are many.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connections, router, transaction
from django.db.backends.utils import CursorWrapper

from catalog.models import CatalogDelta, Creator, Tag, UsedModel
from genonaut.deletions import upkeep_wanted
from genonaut.ranking import catch_up as catch_up_rankings
from genonaut.ranking import compact as compact_rankings

# Deltas that one transaction moves, in about a second; and those that a reader moves, in some 20 ms.
STEP_DELTAS, FEW_DELTAS = 20_000, 1_000
# How long a reader waits for another process that is moving deltas.
PATIENCE = "200ms"
# Works that one statement counts: a bar goes on every second or so.
BATCH_ROWS = 50_000
# To move a delta costs about as much as to count so many works.
DELTA_COST = 4

# How many works there are, up to sensitive and up to general, and that any of the three has changed.
SUMS = """sum(works)::integer AS works, coalesce(sum(works) FILTER (WHERE level <= 1), 0)::integer AS works_sensitive,
    coalesce(sum(works) FILTER (WHERE level = 0), 0)::integer AS works_general"""
COUNTS = "works, works_sensitive, works_general"
ADDED = """works = {0}.works + excluded.works, works_sensitive = {0}.works_sensitive + excluded.works_sensitive,
    works_general = {0}.works_general + excluded.works_general"""

MOVE = f"""
WITH moved AS MATERIALIZED (
    DELETE FROM catalog_catalogdelta WHERE id IN (SELECT id FROM catalog_catalogdelta ORDER BY id LIMIT %s)
    RETURNING tags, creator_id, model_ids, works, level
), tagged AS (
    SELECT key, {SUMS} FROM moved
    CROSS JOIN LATERAL (SELECT DISTINCT key FROM unnest(genonaut_tag_keys(tags)) AS key WHERE key <> '') AS keys
    GROUP BY key
), tags AS (
    INSERT INTO catalog_tag AS tag (name, {COUNTS})
    SELECT key, {COUNTS} FROM tagged WHERE ({COUNTS}) <> (0, 0, 0)
    ON CONFLICT (name) DO UPDATE SET {ADDED.format("tag")}
), counted AS (
    SELECT creator_id, {SUMS} FROM moved WHERE creator_id IS NOT NULL GROUP BY creator_id
), gone AS (
    DELETE FROM catalog_creator AS creator USING counted
    WHERE creator.id = counted.creator_id
        AND NOT EXISTS (SELECT 1 FROM users_user AS account WHERE account.id = counted.creator_id)
), creators AS (
    INSERT INTO catalog_creator AS creator (id, username, name, is_active, {COUNTS})
    SELECT account.id, account.username, account.name, account.is_active, {COUNTS}
    FROM counted JOIN users_user AS account ON account.id = counted.creator_id
    ON CONFLICT (id) DO UPDATE
    SET username = excluded.username, name = excluded.name, is_active = excluded.is_active, {ADDED.format("creator")}
), used AS (
    SELECT model_id, {SUMS} FROM moved CROSS JOIN LATERAL unnest(model_ids) AS model_id GROUP BY model_id
), models AS (
    INSERT INTO catalog_usedmodel AS model (id, kind, name, hash, {COUNTS})
    SELECT named.id, named.kind, named.name, named.hash, {COUNTS}
    FROM used JOIN media_generativemodel AS named ON named.id = used.model_id
    ON CONFLICT (id) DO UPDATE
    SET kind = excluded.kind, name = excluded.name, hash = excluded.hash, {ADDED.format("model")}
)
SELECT count(*) FROM moved
"""  # noqa: S608 - of what stands above
# All works are counted into a table of its own, since it takes several statements, all of one snapshot.
COUNTED = """CREATE TEMPORARY TABLE catalog_counted
    (tag text, creator_id bigint, model_id bigint, level smallint, works bigint)"""
# Where the next batch ends: ids may be far apart.
AHEAD = "SELECT id FROM content_contentitem WHERE id >= %s ORDER BY id OFFSET %s LIMIT 1"
COUNT = """
INSERT INTO catalog_counted
SELECT key, NULL::bigint, NULL::bigint, level, count(*) FROM content_contentitem AS item
CROSS JOIN LATERAL (SELECT DISTINCT key FROM unnest(genonaut_tag_keys(item.tags)) AS key WHERE key <> '') AS keys
WHERE item.id >= %(first)s AND item.id < %(end)s AND NOT item.is_private GROUP BY key, level
UNION ALL
SELECT NULL, creator_id, NULL, level, count(*) FROM content_contentitem AS item
WHERE item.id >= %(first)s AND item.id < %(end)s AND NOT is_private AND creator_id IS NOT NULL
GROUP BY creator_id, level
UNION ALL
SELECT NULL, NULL, models.id, item.level, count(*) FROM content_contentitem AS item
JOIN media_generationdata AS made ON made.id = item.generation_id
CROSS JOIN LATERAL (SELECT DISTINCT unnest(array_append(made.loras, made.model_id)) AS id) AS models
WHERE item.id >= %(first)s AND item.id < %(end)s AND NOT item.is_private AND NOT item.hides_prompt
    AND models.id IS NOT NULL GROUP BY models.id, item.level
"""
TAGS = f"SELECT tag AS name, {SUMS} FROM catalog_counted WHERE tag IS NOT NULL GROUP BY tag"  # noqa: S608
CREATORS = f"""SELECT account.id, account.username, account.name, account.is_active, {COUNTS}
    FROM (SELECT creator_id, {SUMS} FROM catalog_counted WHERE creator_id IS NOT NULL
        GROUP BY creator_id) AS counted JOIN users_user AS account ON account.id = counted.creator_id"""  # noqa: S608
MODELS = f"""SELECT named.id, named.kind, named.name, named.hash, {COUNTS}
    FROM (SELECT model_id, {SUMS} FROM catalog_counted WHERE model_id IS NOT NULL
        GROUP BY model_id) AS counted JOIN media_generativemodel AS named ON named.id = counted.model_id"""  # noqa: S608
# What is counted: its table, what finds a row, and all that is compared.
KINDS = {
    "tags": ("catalog_tag", "name", TAGS, COUNTS),
    "creators": ("catalog_creator", "id", CREATORS, f"username, name, is_active, {COUNTS}"),
    "models": ("catalog_usedmodel", "id", MODELS, f"kind, name, hash, {COUNTS}"),
}
# Rows that are not as they should be, and what mends them: those that are right are not written.
WRONG = (
    "SELECT count(*) FROM ({rows}) AS new FULL JOIN {table} AS old USING ({key}) WHERE ({new}) IS DISTINCT FROM ({old})"
)
SUPERFLUOUS = "DELETE FROM {table} WHERE {key} NOT IN (SELECT {key} FROM ({rows}) AS new)"
MISSING = """INSERT INTO {table} AS old ({key}, {columns}) SELECT {key}, {columns} FROM ({rows}) AS new
    ON CONFLICT ({key}) DO UPDATE SET {set} WHERE ({old}) <> ({excluded})"""


def _filled(statement: str, kind: str) -> str:
    """Return a statement for one of KINDS."""
    table, key, rows, columns = KINDS[kind]
    names = columns.split(", ")
    of = {name: ", ".join(f"{name}.{column}" for column in names) for name in ("new", "old", "excluded")}
    changes = ", ".join(f"{column} = excluded.{column}" for column in names)
    return statement.format(table=table, key=key, rows=rows, columns=columns, set=changes, **of)


DRIFT = {kind: _filled(WRONG, kind) for kind in KINDS}
MEND = [_filled(statement, kind) for kind in KINDS for statement in (SUPERFLUOUS, MISSING)]
NONE_LEFT = tuple(f"DELETE FROM catalog_{name} WHERE works <= 0" for name in ("tag", "creator", "usedmodel"))  # noqa: S608
# What is counted, and has a ranking.
COUNTED_MODELS = (Tag, Creator, UsedModel)
# Taken before the snapshot: after it, all that another process moved is seen.
LOCK = "LOCK TABLE catalog_catalogdelta IN SHARE UPDATE EXCLUSIVE MODE"

logger = logging.getLogger(__name__)


def settle() -> None:
    """Count what has changed, if that is little: what is read then is exact. One query if nothing has.

    Never raises: on a server that takes no changes, or if another process is counting all works, what was counted
    before is read.
    """
    if not CatalogDelta.objects.exists():
        return
    try:
        moved = _move(FEW_DELTAS, patience=PATIENCE)
    except DatabaseError as error:
        logger.warning("Works are counted later: %s", error)
        return
    if moved == FEW_DELTAS:
        upkeep_wanted.set()


def compact() -> int:
    """Count all that has changed, a step at a time; return how many deltas there were. Interrupted, it keeps what it
    did."""
    moved = 0
    while CatalogDelta.objects.exists():
        step = _move(STEP_DELTAS)
        moved += step
        if step < STEP_DELTAS:
            break
    if moved:
        for model in COUNTED_MODELS:
            compact_rankings(model.rankings, wait=False)
    return moved


def rebuild(*, advance: Callable[[int], object] = lambda _ids: None) -> None:
    """Count all public works, and write what is wrong; `advance` is told how many ids are done.

    Of one snapshot: writers and readers go on meanwhile, and what they change is counted by their deltas. Interrupted,
    it changes nothing.
    """
    with _counting(advance) as cursor:
        for statement in MEND:
            cursor.execute(statement)
        cursor.execute("DELETE FROM catalog_catalogdelta")


def drift(*, advance: Callable[[int], object] = lambda _ids: None) -> dict[str, int]:
    """Return how many counts are wrong, of tags, creators and models, changes that are not counted yet aside."""
    compact()
    with _counting(advance) as cursor:
        # Those that came since: the works of this snapshot are counted with them.
        cursor.execute(MOVE, [None])
        for statement in NONE_LEFT:
            cursor.execute(statement)
        found = {}
        for name, statement in DRIFT.items():
            cursor.execute(statement)
            found[name] = cursor.fetchone()[0]
    return found


def catch_up() -> None:
    """Bring all counts up to date after a load, in the cheaper of two ways: by the deltas, or by counting all works."""
    first, last = ids()
    if CatalogDelta.objects.count() * DELTA_COST > last - first:
        rebuild()
    else:
        compact()
    for model in COUNTED_MODELS:
        catch_up_rankings(model.rankings)
    connection = connections[_alias()]
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            # Of what a load left readers would go through all empty pages: 1.2 GB after 10 million works.
            cursor.execute("VACUUM (INDEX_CLEANUP ON) catalog_catalogdelta")


def ids() -> tuple[int, int]:
    """Return the first id of a work and the one behind the last. One query."""
    with connections[_alias()].cursor() as cursor:
        cursor.execute("SELECT coalesce(min(id), 0), coalesce(max(id) + 1, 0) FROM content_contentitem")
        return cursor.fetchone()


def _alias() -> str:
    return router.db_for_write(CatalogDelta)


def _move(deltas: int, *, patience: str = "0") -> int:
    """Move so many deltas; return how many there were. Raises OperationalError if another process is at it for longer
    than `patience`; 0: for however long."""
    with transaction.atomic(using=_alias()), connections[_alias()].cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{patience}'")
        cursor.execute(LOCK)
        cursor.execute(MOVE, [deltas])
        moved = cursor.fetchone()[0]
        for statement in NONE_LEFT:
            cursor.execute(statement)
    return moved


@contextmanager
def _counting(advance: Callable[[int], object]) -> Iterator[CursorWrapper]:
    """Count all public works in one snapshot into a table that lasts as long as the transaction."""
    connection = connections[_alias()]
    is_nested = connection.in_atomic_block
    with transaction.atomic(using=_alias()), connection.cursor() as cursor:
        if not is_nested:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(LOCK)
        cursor.execute(COUNTED)
        first, end = ids()
        while first < end:
            cursor.execute(AHEAD, [first, BATCH_ROWS])
            row = cursor.fetchone()
            upto = row[0] if row else end
            cursor.execute(COUNT, {"first": first, "end": upto})
            advance(upto - first)
            first = upto
        yield cursor
        cursor.execute("DROP TABLE catalog_counted")
