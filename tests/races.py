"""Two transactions that meet, in an order that is sure: the first holds what the second waits for."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from django.db import connection, transaction

from genonaut.postgres.postmaster import polls

# Who waits for this connection. Not pg_stat_activity, which a transaction sees as it was at the first look.
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


def outcome_behind(first: Callable[[], object], second: Callable[[], object]) -> object:
    """Return what `second` returns or raises; on a connection of its own it waits for the transaction of `first`."""
    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            first()
            began = pool.submit(_alone, second)
            assert any(began.done() or _waits() for _ in polls(120))
            assert not began.done(), "It did not wait."
        return began.result(timeout=120)


def _alone(act: Callable[[], object]) -> object:
    try:
        return act()
    except Exception as error:
        return error
    finally:
        connection.close()


def _waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return cursor.fetchone()[0] > 0
