"""Folds in background threads: a reader that meets many deltas starts one, so that no worker is needed."""

import logging
from functools import partial
from threading import Thread

from django.db import connections, router
from psycopg.errors import ReadOnlySqlTransaction

from genonaut.ranking.building import vacuum
from genonaut.ranking.conf import COMPACT_FROM_DELTAS
from genonaut.ranking.declaration import Rankings
from genonaut.ranking.folding import fold
from genonaut.ranking.single_flight import SingleFlight

# Deltas that a reader adds up in about a millisecond.
MANY_DELTAS = COMPACT_FROM_DELTAS
# Between two attempts of one process: another process may be folding, or the server may be down.
PAUSE_SECONDS = 1.0
# The same if the server takes no changes: it is a replica, whose primary folds.
READ_ONLY_PAUSE_SECONDS = 30.0

logger = logging.getLogger(__name__)
# By the labels of models.
folds = SingleFlight(PAUSE_SECONDS)


def fold_soon(rankings: Rankings, pending: int) -> Thread | None:
    """Fold in a background thread with its own connection if `pending` deltas are many; return the thread, if any.

    At most one at a time for each model and process, and none from inside a transaction, whose deltas no other
    connection sees. Never raises: the reader has its answer even if the fold fails; failures are logged.
    """
    alias = router.db_for_write(rankings.model)
    if pending < MANY_DELTAS or connections[alias].in_atomic_block:
        return None
    return folds.start(rankings.label, f"fold {rankings.label}", partial(_fold, rankings, alias))


def _fold(rankings: Rankings, alias: str) -> float:
    """Fold if no other process does; return the seconds of the pause after it."""
    try:
        if fold(rankings, wait=False) is not None:
            vacuum(rankings)
    except Exception as error:
        if isinstance(error.__cause__, ReadOnlySqlTransaction):
            return READ_ONLY_PAUSE_SECONDS
        logger.exception("Folding %s failed; its readers go on adding up the deltas", rankings.label)
    finally:
        connections[alias].close()
    return PAUSE_SECONDS
