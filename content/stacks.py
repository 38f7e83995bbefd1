"""Stacks: works that were made alike, all but the seed. Lists of stacks show the newest work of each, its leader.

A trigger writes the stack of a work, others append the stacks that works came to or left (migration 0050). Leaders are
chosen again afterwards, by one process at a time, so that writers of one stack never wait for each other.
"""

from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from django.db import OperationalError, connections, router, transaction
from psycopg.errors import LockNotAvailable

from content.bookkeeping import StackChange, StackState
from genonaut.worker_process import stopping

# Changes that one transaction settles, and works that it writes: it holds them for some 0.1 s.
STEP_CHANGES = 1_000
STEP_WORKS = 2_000
# Works that one transaction looks at.
BATCH_WORKS = 2_000
# Of each look of the upkeep, until all works that there are have their stacks.
BUILD_SECONDS = 5.0

LOCK = "LOCK TABLE content_stackchange IN SHARE UPDATE EXCLUSIVE MODE NOWAIT"
# Works that lead a stack and are not its newest, and newest works that do not. Locked in the order of ids, as by all
# who lock several works.
CHOOSE = """
WITH leader AS MATERIALIZED (
    SELECT changed.stack, newest.id FROM unnest(%(stacks)s::bigint[]) AS changed (stack)
    CROSS JOIN LATERAL (
        SELECT id FROM content_contentitem WHERE stack = changed.stack ORDER BY created_at DESC, id DESC LIMIT 1
    ) AS newest
), wrong AS MATERIALIZED (
    SELECT item.id FROM leader JOIN content_contentitem AS item ON item.stack = leader.stack
    WHERE item.leads_stack AND item.id <> leader.id
    UNION ALL
    SELECT item.id FROM leader JOIN content_contentitem AS item ON item.id = leader.id
    WHERE item.stack = leader.stack AND NOT item.leads_stack
), locked AS MATERIALIZED (
    SELECT item.id, item.id IN (SELECT id FROM leader) AS leads FROM content_contentitem AS item
    WHERE item.id IN (SELECT id FROM wrong ORDER BY id LIMIT %(most)s) AND item.stack = ANY(%(stacks)s)
    ORDER BY item.id FOR NO KEY UPDATE OF item
), written AS (
    UPDATE content_contentitem AS item SET leads_stack = locked.leads FROM locked WHERE item.id = locked.id
    RETURNING item.id
)
SELECT (SELECT count(*) FROM wrong), (SELECT count(*) FROM written)
"""
BETWEEN = "item.id >= %(first)s AND item.id < %(end)s AND (item.generation_id IS NOT NULL OR item.stack IS NOT NULL)"
PUT = f"""
WITH locked AS MATERIALIZED (
    SELECT item.id FROM content_contentitem AS item
    WHERE {BETWEEN} AND item.stack IS DISTINCT FROM content_stack_of(item) ORDER BY item.id FOR NO KEY UPDATE
), written AS (
    UPDATE content_contentitem AS item SET stack = content_stack_of(item) FROM locked WHERE item.id = locked.id
    RETURNING item.id
)
SELECT count(*) FROM written
"""  # noqa: S608 - of what stands above
DRIFT = f"""
SELECT count(*) FILTER (WHERE item.stack IS DISTINCT FROM content_stack_of(item)),
    count(*) FILTER (WHERE item.leads_stack = EXISTS (
        SELECT FROM content_contentitem AS other
        WHERE other.stack = item.stack AND (other.created_at, other.id) > (item.created_at, item.id)
    ))
FROM content_contentitem AS item WHERE {BETWEEN}
"""  # noqa: S608 - of what stands above
AHEAD = "SELECT id FROM content_contentitem WHERE id >= %s ORDER BY id OFFSET %s LIMIT 1"
ENDS = "SELECT coalesce(min(id), 0), coalesce(max(id) + 1, 0) FROM content_contentitem"


class Drift(NamedTuple):
    """How many works are in a wrong stack, and how many lead one that they should not, or the other way round."""

    stacks: int
    leaders: int


def keep_up() -> None:
    """Choose the leaders of stacks that changed, and go on to put works that there are into stacks, for a few seconds.

    Another process that is at it does both. Two queries if nothing is to be done.
    """
    try:
        settle()
        state = StackState.objects.first()
        if state is None or not state.is_built:
            until = monotonic() + BUILD_SECONDS
            build(is_over=lambda: stopping.is_set() or monotonic() > until)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise


def settle() -> int:
    """Choose the leaders of all stacks that changed; return how many works became or ceased to be one.

    Interrupted, it keeps what it did. Raises OperationalError if another process is at it.
    """
    written = 0
    while StackChange.objects.exists() and not stopping.is_set():
        written += _settle_some()
    return written


def build(
    *,
    is_over: Callable[[], bool] = stopping.is_set,
    skip: Callable[[int], object] = int,
    advance: Callable[[int], object] = int,
) -> int:
    """Put all works into their stacks, in batches of a transaction each, until `is_over`; return how many were wrong.

    It goes on where it was interrupted. `skip` is told how many ids were done before, `advance` those of each batch.
    """
    first, end = ids()
    state, _ = StackState.objects.get_or_create(pk=1)
    start = max(first, 0 if state.is_built else state.build_from)
    skip(start - first)
    written = 0
    while start < end and not is_over():
        upto = _ahead(start, end)
        written += _put(start, upto)
        settle()
        advance(upto - start)
        start = upto
    if start >= end:
        StackState.objects.filter(pk=1).update(build_from=0, is_built=True)
    return written


def drift(*, advance: Callable[[int], object] = int) -> Drift:
    """Return how many works are not in their stack or lead it wrongly; each batch is read in one snapshot."""
    start, end = ids()
    wrong = Drift(0, 0)
    while start < end:
        upto = _ahead(start, end)
        with connections[_alias()].cursor() as cursor:
            cursor.execute(DRIFT, {"first": start, "end": upto})
            wrong = Drift(*map(sum, zip(wrong, cursor.fetchone(), strict=True)))
        advance(upto - start)
        start = upto
    return wrong


def ids() -> tuple[int, int]:
    """Return the first id of a work and the one behind the last. One query."""
    with connections[_alias()].cursor() as cursor:
        cursor.execute(ENDS)
        return cursor.fetchone()


def _alias() -> str:
    return router.db_for_write(StackChange)


def _ahead(start: int, end: int) -> int:
    """Return where a batch ends: ids may be far apart."""
    with connections[_alias()].cursor() as cursor:
        cursor.execute(AHEAD, [start, BATCH_WORKS])
        row = cursor.fetchone()
    return min(row[0], end) if row else end


def _settle_some() -> int:
    """Choose the leaders of some stacks; their changes go once no work of them is wrong."""
    with transaction.atomic(using=_alias()), connections[_alias()].cursor() as cursor:
        cursor.execute(LOCK)
        changes = list(StackChange.objects.order_by("pk")[:STEP_CHANGES])
        # A stack is chosen for after all changes that are deleted: later ones are of transactions that go on.
        cursor.execute(CHOOSE, {"stacks": sorted({change.stack for change in changes}), "most": STEP_WORKS})
        wrong, written = cursor.fetchone()
        if wrong <= STEP_WORKS:
            StackChange.objects.filter(pk__in=[change.pk for change in changes]).delete()
    return written


def _put(first: int, end: int) -> int:
    with transaction.atomic(using=_alias()), connections[_alias()].cursor() as cursor:
        cursor.execute(PUT, {"first": first, "end": end})
        written = cursor.fetchone()[0]
        # Works that come from now on have their stacks from the trigger.
        StackState.objects.filter(pk=1).update(build_from=end, is_built=False)
    return written
