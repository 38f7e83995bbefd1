"""A background thread of each process of the site: deletions that are under way, what apps count, what has expired,
and indexes that a killed load left out.

`manage.py finish_deletions` does the same in the foreground, where no process of the site does.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from threading import Lock, Thread

from django.contrib.sessions.models import Session
from django.db import Error, connections, router, transaction
from django.db.models import QuerySet
from django.utils import timezone

from genonaut.deletions import Worker, upkeep_wanted
from genonaut.models import Deletion, Tries, WriteMark
from genonaut.postponed_indexes import build_postponed

# Between two looks. Each is a query that an index answers, and a process that took over finds what another left.
EVERY_SECONDS = 10.0
# Looks between two clearings of what expired.
CLEARED_EVERY = 60
CLEARED_ROWS = 1_000
# Finished deletions are shown in the admin for so long.
SHOWN_DAYS = 30
# Longer than any replica that is read may be behind (REPLICA_LAG_SECONDS).
CHANGES_MARKED_HOURS = 3

# What apps have done at each look, by what it is called in logs.
TASKS: dict[str, Callable[[], object]] = {}


@dataclass(frozen=True)
class Look:
    """When a task was done last in this process, and how it failed; empty: it did not."""

    at: datetime
    error: str = ""


# By task; empty in a process without the thread.
LOOKS: dict[str, Look] = {}

logger = logging.getLogger(__name__)
_guard = Lock()
_thread: Thread | None = None


def keep_up() -> Thread:
    """Begin to look after things in this process, in a thread that ends with it; return the thread. Once is enough."""
    global _thread
    with _guard:
        if _thread is None or not _thread.is_alive():
            _thread = Thread(target=_keep_up, name="upkeep", daemon=True)
            _thread.start()
        return _thread


def clear_expired() -> int:
    """Delete sessions and tries that expired, and deletions that were finished long ago; return how many rows went."""
    now = timezone.now()
    old = now - timedelta(days=SHOWN_DAYS)
    return sum(
        clear(rows)
        for rows in (
            Session.objects.filter(expire_date__lt=now),
            Tries.objects.filter(expires_at__lt=now),
            Deletion.objects.filter(finished_at__lt=old),
            WriteMark.objects.filter(noted_at__lt=now - timedelta(hours=CHANGES_MARKED_HOURS)),
        )
    )


def clear(queryset: QuerySet) -> int:
    """Delete rows to which nothing refers, each batch in a transaction of its own; return how many went.

    Rows that another process is about to delete are passed over.
    """
    cleared = 0
    while True:
        batch = queryset.order_by().select_for_update(skip_locked=True).values("pk")[:CLEARED_ROWS]
        with transaction.atomic(using=queryset.db):
            deleted = queryset.model.objects.filter(pk__in=batch)._raw_delete(queryset.db)
        cleared += deleted
        if deleted < CLEARED_ROWS:
            return cleared


def _keep_up() -> None:
    for number in count():
        upkeep_wanted.wait(EVERY_SECONDS)
        upkeep_wanted.clear()
        look(number)


def look(number: int) -> None:
    """Finish what is to be deleted, build missing indexes, and do what apps have to do; clear what expired at the first
    look and each CLEARED_EVERY-th. Never raises."""
    _try(Worker().work, "Deleting in batches")
    _try(partial(build_postponed, logger.info, is_shown=False, is_waiting=False), "Building postponed indexes")
    for name, task in TASKS.items():
        _try(task, name)
    if number % CLEARED_EVERY == 0:
        _try(clear_expired, "Clearing what expired")


def _try(task: Callable[[], object], name: str) -> None:
    """Do a task; whatever goes wrong is tried again at the next look. The connection goes back to the pool."""
    failed = ""
    try:
        task()
    except Error as error:
        failed = type(error).__name__
        logger.warning("%s goes on later: %s", name, error)
    except Exception as error:
        failed = type(error).__name__
        logger.exception("%s failed, and is tried again", name)
    finally:
        LOOKS[name] = Look(timezone.now(), failed)
        connections[router.db_for_write(Deletion)].close()
