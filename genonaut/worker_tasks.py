"""The workers' tasks of the whole site: compaction of rankings."""

import logging

from django.db import DatabaseError, connections, router
from procrastinate.contrib.django import app

from genonaut.ranking import built, compact, declared, pending_deltas, recount_partitions, vacuum
from genonaut.worker_process import stopping

# The queue of what is done at intervals; jobs of users never wait for it.
QUEUE = "upkeep"
# A ranking that moved so many deltas leaves dead rows that are worth a VACUUM.
VACUUM_DELTAS = 1_000

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="compact_rankings", queue=QUEUE, queueing_lock="compact_rankings")
def compact_rankings(timestamp: int = 0) -> None:
    """Move the deltas of all rankings into their leaves. A ranking that another process compacts is left to it."""
    for rankings in declared():
        if stopping.is_set():
            return
        try:
            if built(rankings) and recount_partitions(rankings):
                logger.warning("%s is recounted: partitions came or went without being counted", rankings.label)
            elif built(rankings) and pending_deltas(rankings):
                compacted = compact(rankings, wait=False)
                if compacted is not None and compacted.deltas >= VACUUM_DELTAS:
                    vacuum(rankings)
        except DatabaseError as error:
            logger.warning("%s is compacted later: %s", rankings.label, error)
            connections[router.db_for_write(rankings.model)].close()
