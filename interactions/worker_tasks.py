"""The workers' task of interactions: counting likes, ratings and popularity."""

import logging

from django.db import DatabaseError, connections, router
from procrastinate.contrib.django import app

from content.bookkeeping import CountDelta
from genonaut.worker_tasks import QUEUE
from interactions.counting import compact_when_due

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="count_likes", queue=QUEUE, queueing_lock="count_likes")
def count_likes(timestamp: int = 0) -> None:
    """Move what interactions added into the counts of works, and once a day let popularity fade."""
    try:
        compact_when_due()
    except DatabaseError as error:
        logger.warning("Likes are counted later: %s", error)
        connections[router.db_for_write(CountDelta)].close()
