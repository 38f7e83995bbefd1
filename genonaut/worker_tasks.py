"""What workers do for the whole site at intervals: compaction of rankings, and the queue's own rows."""

import logging

from django.db import DatabaseError, connection, connections, router, transaction
from procrastinate.contrib.django import app

from genonaut.ranking import built, declared, fold, pending_deltas, vacuum
from genonaut.worker_process import stopping

# The queue of what is done at intervals; jobs of users never wait for it.
QUEUE = "upkeep"
# A ranking that moved so many deltas leaves dead rows that are worth a VACUUM.
VACUUM_DELTAS = 1_000
# What a killed worker was at is no longer done under its row: the next sweep or period defers another.
CLEAR = (
    "DELETE FROM procrastinate_workers WHERE last_heartbeat < now() - interval '5 minutes'",
    "DELETE FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL",
    """
    DELETE FROM procrastinate_jobs WHERE status IN ('failed', 'aborted', 'cancelled') AND id NOT IN (
        SELECT job_id FROM procrastinate_events WHERE at > now() - interval '1 day'
    )
    """,
)

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="compact_rankings", queue=QUEUE, queueing_lock="compact_rankings")
def compact_rankings(timestamp: int = 0) -> None:
    """Move the deltas of all rankings into their blocks. A ranking that another process folds is left to it."""
    for rankings in declared():
        if stopping.is_set():
            return
        try:
            if built(rankings) and pending_deltas(rankings):
                folded = fold(rankings, wait=False)
                if folded is not None and folded.deltas >= VACUUM_DELTAS:
                    vacuum(rankings)
        except DatabaseError as error:
            logger.warning("%s is folded later: %s", rankings.label, error)
            connections[router.db_for_write(rankings.model)].close()


@app.periodic(cron="*/10 * * * *")
@app.task(name="clear_queue", queue=QUEUE, queueing_lock="clear_queue")
def clear_queue(timestamp: int = 0) -> None:
    """Delete the queue's rows of killed workers, and of tasks that failed a day ago. Successful ones go at once."""
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in CLEAR:
            cursor.execute(statement)
