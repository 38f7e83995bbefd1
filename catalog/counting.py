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

MOVE = """
WITH moved AS MATERIALIZED (
    DELETE FROM catalog_catalogdelta WHERE id IN (SELECT id FROM catalog_catalogdelta ORDER BY id LIMIT %s)
    RETURNING tags, creator_id, model_ids, works
), tags AS (
    INSERT INTO catalog_tag AS tag (name, works)
    SELECT key, sum(works) FROM moved
    CROSS JOIN LATERAL (SELECT DISTINCT key FROM unnest(genonaut_tag_keys(tags)) AS key WHERE key <> '') AS keys
    GROUP BY key HAVING sum(works) <> 0
    ON CONFLICT (name) DO UPDATE SET works = tag.works + excluded.works
), counted AS (
    SELECT creator_id, sum(works) AS works FROM moved WHERE creator_id IS NOT NULL GROUP BY creator_id
), gone AS (
    DELETE FROM catalog_creator AS creator USING counted
    WHERE creator.id = counted.creator_id
        AND NOT EXISTS (SELECT 1 FROM users_user AS account WHERE account.id = counted.creator_id)
), creators AS (
    INSERT INTO catalog_creator AS creator (id, username, name, is_active, works)
    SELECT account.id, account.username, account.name, account.is_active, counted.works
    FROM counted JOIN users_user AS account ON account.id = counted.creator_id
    ON CONFLICT (id) DO UPDATE
    SET username = excluded.username, name = excluded.name, is_active = excluded.is_active,
        works = creator.works + excluded.works
), used AS (
    SELECT model_id, sum(works) AS works FROM moved CROSS JOIN LATERAL unnest(model_ids) AS model_id GROUP BY model_id
), models AS (
    INSERT INTO catalog_usedmodel AS model (id, kind, name, hash, works)
    SELECT named.id, named.kind, named.name, named.hash, used.works
    FROM used JOIN media_generativemodel AS named ON named.id = used.model_id
    ON CONFLICT (id) DO UPDATE
    SET kind = excluded.kind, name = excluded.name, hash = excluded.hash, works = model.works + excluded.works
)
SELECT count(*) FROM moved
"""
# All works are counted into a table of its own, since it takes several statements, all of one snapshot.
COUNTED = "CREATE TEMPORARY TABLE catalog_counted (tag text, creator_id bigint, model_id bigint, works bigint)"
# Where the next batch ends: ids may be far apart.
AHEAD = "SELECT id FROM content_contentitem WHERE id >= %s ORDER BY id OFFSET %s LIMIT 1"
COUNT = """
INSERT INTO catalog_counted
SELECT key, NULL::bigint, NULL::bigint, count(*) FROM content_contentitem AS item
CROSS JOIN LATERAL (SELECT DISTINCT key FROM unnest(genonaut_tag_keys(item.tags)) AS key WHERE key <> '') AS keys
WHERE item.id >= %(first)s AND item.id < %(end)s AND NOT item.is_private GROUP BY key
UNION ALL
SELECT NULL, creator_id, NULL, count(*) FROM content_contentitem AS item
WHERE item.id >= %(first)s AND item.id < %(end)s AND NOT is_private AND creator_id IS NOT NULL GROUP BY creator_id
UNION ALL
SELECT NULL, NULL, models.id, count(*) FROM content_contentitem AS item
JOIN media_generationdata AS made ON made.id = item.generation_id
CROSS JOIN LATERAL (SELECT DISTINCT unnest(array_append(made.loras, made.model_id)) AS id) AS models
WHERE item.id >= %(first)s AND item.id < %(end)s AND NOT item.is_private AND NOT item.hides_prompt
    AND models.id IS NOT NULL GROUP BY models.id
"""
TAGS = "SELECT tag AS name, sum(works)::integer AS works FROM catalog_counted WHERE tag IS NOT NULL GROUP BY tag"
CREATORS = """SELECT account.id, account.username, account.name, account.is_active, counted.works
    FROM (SELECT creator_id, sum(works)::integer AS works FROM catalog_counted WHERE creator_id IS NOT NULL
        GROUP BY creator_id) AS counted JOIN users_user AS account ON account.id = counted.creator_id"""
MODELS = """SELECT named.id, named.kind, named.name, named.hash, counted.works
    FROM (SELECT model_id, sum(works)::integer AS works FROM catalog_counted WHERE model_id IS NOT NULL
        GROUP BY model_id) AS counted JOIN media_generativemodel AS named ON named.id = counted.model_id"""
# Rows that are not as they should be, and what mends them: those that are right are not written.
DRIFT = {
    "tags": "SELECT count(*) FROM ({tags}) AS new FULL JOIN catalog_tag AS old USING (name)"
    " WHERE new.works IS DISTINCT FROM old.works",
    "creators": "SELECT count(*) FROM ({creators}) AS new FULL JOIN catalog_creator AS old USING (id)"
    " WHERE (new.username, new.name, new.is_active, new.works)"
    " IS DISTINCT FROM (old.username, old.name, old.is_active, old.works)",
    "models": "SELECT count(*) FROM ({models}) AS new FULL JOIN catalog_usedmodel AS old USING (id)"
    " WHERE (new.kind, new.name, new.hash, new.works) IS DISTINCT FROM (old.kind, old.name, old.hash, old.works)",
}
MEND = (
    "DELETE FROM catalog_tag WHERE name NOT IN (SELECT tag FROM catalog_counted WHERE tag IS NOT NULL)",
    "INSERT INTO catalog_tag AS old (name, works) SELECT name, works FROM ({tags}) AS new"
    " ON CONFLICT (name) DO UPDATE SET works = excluded.works WHERE old.works <> excluded.works",
    "DELETE FROM catalog_creator WHERE id NOT IN (SELECT id FROM ({creators}) AS new)",
    "INSERT INTO catalog_creator AS old (id, username, name, is_active, works)"
    " SELECT id, username, name, is_active, works FROM ({creators}) AS new"
    " ON CONFLICT (id) DO UPDATE SET username = excluded.username, name = excluded.name,"
    " is_active = excluded.is_active, works = excluded.works"
    " WHERE (old.username, old.name, old.is_active, old.works)"
    " <> (excluded.username, excluded.name, excluded.is_active, excluded.works)",
    "DELETE FROM catalog_usedmodel WHERE id NOT IN (SELECT id FROM ({models}) AS new)",
    "INSERT INTO catalog_usedmodel AS old (id, kind, name, hash, works)"
    " SELECT id, kind, name, hash, works FROM ({models}) AS new"
    " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, name = excluded.name, hash = excluded.hash,"
    " works = excluded.works"
    " WHERE (old.kind, old.name, old.hash, old.works)"
    " <> (excluded.kind, excluded.name, excluded.hash, excluded.works)",
)
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
            cursor.execute(statement.format(tags=TAGS, creators=CREATORS, models=MODELS))
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
            cursor.execute(statement.format(tags=TAGS, creators=CREATORS, models=MODELS))
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
