"""Records what people do with works, each deed by one round trip to the database.

Most statements of a site that is used are these: ORM and transactions would take twice the processor time, and
PostgreSQL parses and plans each statement again.
"""

from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta

from django.core.exceptions import EmptyResultSet
from django.db import connections, router, transaction
from django.utils import timezone

from content.models import ContentItem
from interactions.models import ONCE_KINDS, Interaction, Kind
from users.models import User

COLUMNS = "user_id, content_id, kind, rating, comment, metadata, created_at"
# The unique constraint decides between two at once: the second does nothing, or changes what the first wrote.
ONCE = "ON CONFLICT (user_id, content_id, kind) WHERE kind IN ({})".format(", ".join(map(repr, map(str, ONCE_KINDS))))
NOTHING = "DO NOTHING"
NEW_RATING = "DO UPDATE SET rating = excluded.rating WHERE interactions_interaction.rating <> excluded.rating"
# `works` is the work if the user sees it: what is done and whether it was there are of one snapshot.
PUT = """
WITH seen (id) AS MATERIALIZED ({works}), put AS (
    INSERT INTO interactions_interaction ({columns})
    SELECT %s, seen.id, %s, %s::smallint, '', '{{}}', %s FROM seen {conflict}
)
SELECT EXISTS (SELECT FROM seen)
"""
TAKE = """
WITH seen (id) AS MATERIALIZED ({works}), taken AS (
    DELETE FROM interactions_interaction WHERE user_id = %s AND content_id IN (SELECT id FROM seen) AND kind = %s
)
SELECT EXISTS (SELECT FROM seen)
"""
RECENT = """EXISTS (
    SELECT FROM interactions_interaction WHERE user_id = %(user)s AND content_id = %(item)s AND kind = %(kind)s
        AND created_at > %(since)s
)"""
# Of a user and an item. The account's own row is held by the worker for a batch of users, and views would wait for it.
# Two pairs of one hash wait for each other, which changes nothing.
LOCK_DEED = "SELECT pg_advisory_xact_lock(hashint8extended(%(user)s, hashint8extended(%(item)s, 0)))"
# Sent together they are one transaction, and each has its own snapshot: of two at once the second, which has waited for
# the lock, sees what the first wrote.
PUT_UNLESS_RECENT = f"""
{LOCK_DEED} WHERE NOT {RECENT};
INSERT INTO interactions_interaction ({COLUMNS})
SELECT %(user)s, %(item)s, %(kind)s, NULL, '', '{{}}', %(now)s WHERE NOT {RECENT}
"""


def put(user: User, item_id: int, kind: Kind, *, rating: int | None = None) -> bool:
    """Record what is done once, in place of another rating; return whether the user sees the work. One query.

    Raises IntegrityError if the user or the work is deleted meanwhile.
    """
    conflict = f"{ONCE} {NOTHING if rating is None else NEW_RATING}"
    return _run(PUT, user, item_id, [user.pk, kind, rating, timezone.now()], columns=COLUMNS, conflict=conflict)


def take(user: User, item_id: int, kind: Kind) -> bool:
    """Delete what was done once; return whether the user sees the work. One query."""
    return _run(TAKE, user, item_id, [user.pk, kind])


def put_unless_recent(user: User, item_id: int, kind: Kind, *, within: timedelta) -> None:
    """Record what is done any number of times, unless it was done within a time. One query.

    Raises IntegrityError if the user or the work is gone.
    """
    now = timezone.now()
    params = {"user": user.pk, "item": item_id, "kind": kind, "now": now, "since": now - within}
    with _kept_apart(), connections[_alias()].cursor() as cursor:
        cursor.execute(PUT_UNLESS_RECENT, params)


def latest_since(user: User, item_id: int, kind: Kind, *, within: timedelta) -> Interaction | None:
    """Return what a user did last, if that was within a time; until the transaction ends it is done by no other. Two
    queries, in a transaction.
    """
    with connections[_alias()].cursor() as cursor:
        cursor.execute(LOCK_DEED, {"user": user.pk, "item": item_id})
    rows = Interaction.objects.filter(user=user, content=item_id, kind=kind, created_at__gt=timezone.now() - within)
    return rows.order_by("-created_at", "-pk").first()


def _run(statement: str, user: User, item_id: int, params: list[object], **parts: str) -> bool:
    works = ContentItem.objects.visible_to(user).filter(pk=item_id).order_by().values("pk")
    try:
        sql, works_params = works.query.get_compiler(_alias()).as_sql()
    except EmptyResultSet:  # no work has such an id
        return False
    with _kept_apart(), connections[_alias()].cursor() as cursor:
        cursor.execute(statement.format(works=sql, **parts), [*works_params, *params])
        return cursor.fetchone()[0]


def _kept_apart() -> AbstractContextManager:
    """Return a savepoint in a transaction, which a failed statement would end; nothing outside one."""
    alias = _alias()
    return transaction.atomic(using=alias) if connections[alias].in_atomic_block else nullcontext()


def _alias() -> str:
    return router.db_for_write(Interaction)
