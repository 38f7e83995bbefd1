"""Compactions in background threads: a reader that meets many deltas starts one, so that no worker is needed."""

import logging
from functools import partial
from threading import Thread

from django.db import connections, router
from psycopg.errors import ReadOnlySqlTransaction

from genonaut.ranking.building import is_pooled, recount_partitions, vacuum
from genonaut.ranking.compaction import compact
from genonaut.ranking.conf import COMPACT_FROM_DELTAS
from genonaut.ranking.declaration import Rankings
from genonaut.ranking.single_flight import SingleFlight

# Deltas that a reader adds up in about a millisecond.
MANY_DELTAS = COMPACT_FROM_DELTAS
# Between two attempts of one process: another process may be compacting, or the server may be down.
PAUSE_SECONDS = 1.0
# The same if the server takes no changes: it is a replica, whose primary compacts.
READ_ONLY_PAUSE_SECONDS = 30.0

logger = logging.getLogger(__name__)
# By the labels of models.
compactions = SingleFlight(PAUSE_SECONDS)


def compact_soon(rankings: Rankings, pending: int) -> Thread | None:
    """Compact in a background thread with its own connection if `pending` deltas are many; return the thread, if any.

    At most one at a time for each model and process, and none from inside a transaction, whose deltas no other
    connection sees. Never raises: the reader has its result even if the compaction fails; failures are logged.
    """
    alias = router.db_for_write(rankings.model)
    if pending < MANY_DELTAS or connections[alias].in_atomic_block:
        return None
    return compactions.start(rankings.label, f"compact {rankings.label}", partial(_compact, rankings, alias))


def _compact(rankings: Rankings, alias: str) -> float:
    """Compact if no other process does; return the seconds of the pause after it.

    Through a pooler the connections are few, and statements have the time of a page: VACUUM is left to workers, and to
    autovacuum.
    """
    try:
        has_compacted = recount_partitions(rankings) or compact(rankings, wait=False) is not None
        if has_compacted and not is_pooled(rankings):
            vacuum(rankings)
    except Exception as error:
        if isinstance(error.__cause__, ReadOnlySqlTransaction):
            return READ_ONLY_PAUSE_SECONDS
        logger.exception("Compacting %s failed; its readers go on adding up the deltas", rankings.label)
    finally:
        connections[alias].close()
    return PAUSE_SECONDS
