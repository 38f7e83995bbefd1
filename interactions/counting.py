"""Counting likes, ratings and popularity of works: the triggers' deltas are moved into the works' columns.

Writers only append deltas (migration 0009), so that they never wait for each other at a popular work. One process moves
them at a time, under a lock of their table that no writer waits for. Each move is one statement, and so one snapshot:
what it counts and what it deletes agree.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import OperationalError, connections, router, transaction
from django.db.models import F
from django.utils import timezone
from psycopg.errors import LockNotAvailable

from content.bookkeeping import CountDelta, CountState
from content.models import ContentItem
from genonaut.ranking import catch_up as catch_up_rankings
from genonaut.worker_process import stopping

# Deltas that one transaction moves: it holds the works that it changes for some 0.2 s.
STEP_DELTAS = 1_000
# The same after a load, which nothing waits for.
LOAD_DELTAS = 20_000
# Works that one transaction counts again.
BATCH_WORKS = 2_000
# Between two compactions by a process of the site: each changes what lists are sorted by.
EVERY = timedelta(minutes=1)
# Between two refreshes: what happened more than 7 days ago fades by then.
REFRESHED_EVERY = timedelta(days=1)

LOCK = "LOCK TABLE content_countdelta IN SHARE UPDATE EXCLUSIVE MODE"
# In the order of ids, as all who lock several works do.
MOVE = """
WITH moved AS MATERIALIZED (
    DELETE FROM content_countdelta WHERE id IN (SELECT id FROM content_countdelta ORDER BY id LIMIT %s)
    RETURNING content_id, likes, rating_count, rating_sum, weight
), summed AS MATERIALIZED (
    SELECT content_id, sum(likes) AS likes, sum(rating_count) AS ratings, sum(rating_sum) AS stars,
        sum(weight) AS weight FROM moved GROUP BY content_id
    HAVING sum(likes) <> 0 OR sum(rating_count) <> 0 OR sum(rating_sum) <> 0 OR sum(weight) <> 0
), locked AS MATERIALIZED (
    SELECT id FROM content_contentitem WHERE id IN (SELECT content_id FROM summed) ORDER BY id FOR NO KEY UPDATE
), changed AS (
    UPDATE content_contentitem AS item
    SET likes = item.likes + summed.likes, rating_count = item.rating_count + summed.ratings,
        rating_sum = item.rating_sum + summed.stars, popularity = greatest(0, item.popularity + summed.weight)
    FROM summed JOIN locked ON locked.id = summed.content_id WHERE item.id = locked.id
    RETURNING summed.weight
)
SELECT (SELECT count(*) FROM moved), (SELECT count(*) FROM changed WHERE weight <> 0)
"""
# What the columns of some works are to be. A work's deltas are counted with its interactions, and go.
COUNTED = """
    SELECT item.id, coalesce(done.likes, 0) AS likes, coalesce(done.ratings, 0) AS ratings,
        coalesce(done.stars, 0) AS stars, coalesce(done.popularity, 0)::double precision AS popularity
    FROM content_contentitem AS item LEFT JOIN (
        SELECT content_id, count(*) FILTER (WHERE kind = 'like') AS likes,
            count(*) FILTER (WHERE kind = 'rate') AS ratings, sum(rating) AS stars,
            sum(interactions_weight(kind, created_at)) AS popularity
        FROM interactions_interaction WHERE {interactions} GROUP BY content_id
    ) AS done ON done.content_id = item.id
    WHERE {works}
"""
WRITE = """
WITH gone AS (DELETE FROM content_countdelta WHERE {interactions}),
counted AS MATERIALIZED ({counted}),
locked AS MATERIALIZED (
    SELECT item.id FROM content_contentitem AS item JOIN counted USING (id)
    WHERE (item.likes, item.rating_count, item.rating_sum, item.popularity)
        IS DISTINCT FROM (counted.likes, counted.ratings, counted.stars, counted.popularity)
    ORDER BY item.id FOR NO KEY UPDATE OF item
), changed AS (
    UPDATE content_contentitem AS item
    SET likes = counted.likes, rating_count = counted.ratings, rating_sum = counted.stars,
        popularity = counted.popularity
    FROM counted JOIN locked USING (id) WHERE item.id = locked.id
    RETURNING item.id
)
SELECT count(*) FROM changed
"""
BETWEEN = {
    "interactions": "content_id >= %(first)s AND content_id < %(end)s",
    "works": "item.id >= %(first)s AND item.id < %(end)s",
}
AMONG = {"interactions": "content_id = ANY(%(ids)s)", "works": "item.id = ANY(%(ids)s)"}
RECOUNT = WRITE.format(counted=COUNTED.format(**BETWEEN), **BETWEEN)
REFRESH = WRITE.format(counted=COUNTED.format(**AMONG), **AMONG)
# Of one snapshot: columns and deltas together against the interactions. Popularity fades between two refreshes: it is
# right between what it was then and what it is now.
DRIFT = f"""
WITH counted AS ({COUNTED.format(**BETWEEN)}), pending AS (
    SELECT content_id, sum(likes) AS likes, sum(rating_count) AS ratings, sum(rating_sum) AS stars
    FROM content_countdelta WHERE {BETWEEN["interactions"]} GROUP BY content_id
)
SELECT count(*) FILTER (WHERE item.likes + coalesce(pending.likes, 0) <> counted.likes),
    count(*) FILTER (WHERE item.rating_count + coalesce(pending.ratings, 0) <> counted.ratings
        OR item.rating_sum + coalesce(pending.stars, 0) <> counted.stars),
    count(*) FILTER (WHERE item.rating_count > 0 AND abs(item.quality_score
        - content_rated_quality(item.prior_score, item.rating_count, item.rating_sum)) > 1e-9)
FROM counted JOIN content_contentitem AS item USING (id) LEFT JOIN pending ON pending.content_id = item.id
"""  # noqa: S608 - of what stands above
# Some twenty pages. Of a table without pages the planner expects to read no row, and looks into no index; the plans are
# kept while thousands of likes come.
ROOM = """
INSERT INTO content_countdelta (content_id, likes, rating_count, rating_sum, weight)
SELECT 0, 0, 0, 0, 0 FROM generate_series(1, 2000)
"""
AHEAD = "SELECT id FROM content_contentitem WHERE id >= %s ORDER BY id OFFSET %s LIMIT 1"
ENDS = "SELECT coalesce(min(id), 0), coalesce(max(id) + 1, 0) FROM content_contentitem"


class Drift(NamedTuple):
    """How many works have wrong likes, ratings, and scores made of ratings."""

    likes: int
    ratings: int
    scores: int


def compact(*, step: int = STEP_DELTAS, wait: bool = False) -> int:
    """Move all deltas, so many in a transaction; return how many there were. Interrupted, it keeps what it did.

    Raises OperationalError if another process is at it, unless it is to `wait` for that. Autovacuum is one: it makes
    way for who waits, not for who only asks.
    """
    moved = 0
    while CountDelta.objects.exists() and not stopping.is_set():
        in_step = _move(step, wait=wait)
        moved += in_step
        if in_step < step:
            break
    return moved


def compact_when_due() -> None:
    """Move all deltas if none were moved in the last minute, unless another process is at it; once a day count again
    what fades. Two queries if nothing is to be done."""
    state = CountState.objects.first() or CountState()
    now = timezone.now()
    try:
        if state.compacted_at is None or state.compacted_at < now - EVERY:
            compact()
        if state.refresh_from is not None or state.refreshed_at is None or state.refreshed_at < now - REFRESHED_EVERY:
            refresh()
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise


def refresh() -> int:
    """Count again the works that have any popularity, in batches; return how many changed. Interrupted, it goes on
    where it was."""
    state, _ = CountState.objects.get_or_create(pk=1)
    first, changed = state.refresh_from or 0, 0
    fading = ContentItem.objects.filter(popularity__gt=0).order_by("pk").values_list("pk", flat=True)
    while not stopping.is_set():
        ids = list(fading.filter(pk__gte=first)[:BATCH_WORKS])
        if not ids:
            _note(refresh_from=None, refreshed_at=timezone.now())
            break
        first = ids[-1] + 1
        changed += _write(REFRESH, {"ids": ids}, refresh_from=first)
    return changed


def rebuild(*, skip: Callable[[int], object] = int, advance: Callable[[int], object] = int) -> int:
    """Count all works again, in batches of a transaction each; return how many were wrong. Interrupted, it goes
    on where it was. `skip` is told how many ids were done before, `advance` those of each batch."""
    first, end = ids()
    state, _ = CountState.objects.get_or_create(pk=1)
    start = max(first, state.rebuild_from or first)
    skip(start - first)
    changed = 0
    while start < end:
        upto = _ahead(start, end)
        changed += _write(RECOUNT, {"first": start, "end": upto}, rebuild_from=upto)
        advance(upto - start)
        start = upto
    _note(rebuild_from=None)
    return changed


def drift(*, advance: Callable[[int], object] = int) -> Drift:
    """Return how many works have wrong counts, pending deltas included; each batch is read in one snapshot."""
    start, end = ids()
    wrong = Drift(0, 0, 0)
    while start < end:
        upto = _ahead(start, end)
        with connections[_alias()].cursor() as cursor:
            cursor.execute(DRIFT, {"first": start, "end": upto})
            wrong = Drift(*map(sum, zip(wrong, cursor.fetchone(), strict=True)))
        advance(upto - start)
        start = upto
    return wrong


def catch_up() -> None:
    """Count what a load left: all at once, before the site is asked for it."""
    compact(step=LOAD_DELTAS, wait=True)
    _note(refreshed_at=timezone.now())
    catch_up_rankings(ContentItem.rankings)
    connection = connections[_alias()]
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (INDEX_CLEANUP ON, TRUNCATE ON) content_countdelta")
        _make_room()


def _make_room() -> None:
    """Give the table of deltas pages, with rows that are never there: their transaction is rolled back. One query."""
    with transaction.atomic(using=_alias()), connections[_alias()].cursor() as cursor:
        cursor.execute(ROOM)
        transaction.set_rollback(True, using=_alias())


def ids() -> tuple[int, int]:
    """Return the first id of a work and the one behind the last. One query."""
    with connections[_alias()].cursor() as cursor:
        cursor.execute(ENDS)
        return cursor.fetchone()


def _alias() -> str:
    return router.db_for_write(CountDelta)


def _ahead(start: int, end: int) -> int:
    """Return where a batch ends: ids may be far apart."""
    with connections[_alias()].cursor() as cursor:
        cursor.execute(AHEAD, [start, BATCH_WORKS])
        row = cursor.fetchone()
    return min(row[0], end) if row else end


def _move(deltas: int, *, wait: bool) -> int:
    with transaction.atomic(using=_alias()), connections[_alias()].cursor() as cursor:
        cursor.execute(LOCK if wait else f"{LOCK} NOWAIT")
        cursor.execute(MOVE, [deltas])
        moved, weighed = cursor.fetchone()
        _note(weighed, compacted_at=timezone.now())
    return moved


def _write(statement: str, params: dict[str, object], **position: int) -> int:
    """Count some works again and keep the position; return how many were wrong."""
    with transaction.atomic(using=_alias()), connections[_alias()].cursor() as cursor:
        cursor.execute(LOCK)
        cursor.execute(statement, params)
        changed = cursor.fetchone()[0]
        _note(changed, **position)
    return changed


def _note(changes: int = 0, **values: datetime | int | None) -> None:
    """Write how far counting is, and add to the changes of popularity. One query, two for the first."""
    noted = {"changes": F("changes") + changes, **values}
    if not CountState.objects.filter(pk=1).update(**noted):
        CountState.objects.bulk_create([CountState(pk=1, changes=changes, **values)], ignore_conflicts=True)
