"""Folding where nothing folds regularly: a reader that meets many deltas has them folded behind its back."""

import logging
from threading import Lock, Thread
from time import monotonic

from django.db import connections, router
from psycopg.errors import ReadOnlySqlTransaction

from genonaut.ranking.building import vacuum
from genonaut.ranking.declaration import Rankings
from genonaut.ranking.folding import fold

# Deltas that a reader adds up in about a millisecond.
MANY_DELTAS = 1_000
# Between two attempts of one process: another process may be at it, or the server may be down.
PAUSE_SECONDS = 1.0
# The same of a server that takes no changes: a replica, whose primary folds.
READ_ONLY_PAUSE_SECONDS = 30.0

logger = logging.getLogger(__name__)
_guard = Lock()
# When a model's deltas may be folded next, by its label; never while they are.
_not_before: dict[str, float] = {}
_NEVER = float("inf")


def fold_soon(rankings: Rankings, pending: int) -> Thread | None:
    """Fold in a thread with a connection of its own where `pending` deltas are many; return the thread, if one began.

    At most one at a time for each model and process, and none from inside a transaction, whose deltas no other
    connection sees. Never raises: a reader has its answer whatever becomes of the fold; failures are logged.
    """
    alias = router.db_for_write(rankings.model)
    if pending < MANY_DELTAS or connections[alias].in_atomic_block or not _claim(rankings.label):
        return None
    thread = Thread(target=_fold, args=(rankings, alias), name=f"fold {rankings.label}", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads, or the interpreter is on its way out
        logger.warning("No thread to fold %s", rankings.label, exc_info=True)
        _release(rankings.label, PAUSE_SECONDS)
        return None
    return thread


def _fold(rankings: Rankings, alias: str) -> None:
    pause = PAUSE_SECONDS
    try:
        if fold(rankings, wait=False) is not None:
            vacuum(rankings)
    except Exception as error:
        if isinstance(error.__cause__, ReadOnlySqlTransaction):
            pause = READ_ONLY_PAUSE_SECONDS
        else:
            logger.exception("Folding %s failed; its readers go on adding up the deltas", rankings.label)
    finally:
        connections[alias].close()
        _release(rankings.label, pause)


def _claim(label: str) -> bool:
    with _guard:
        if monotonic() < _not_before.get(label, 0.0):
            return False
        _not_before[label] = _NEVER
        return True


def _release(label: str, pause: float) -> None:
    with _guard:
        _not_before[label] = monotonic() + pause
