"""The workers' task of content: what has been in the trash for too long goes for good."""

import logging
from time import monotonic

from procrastinate.contrib.django import app

from content.trash import empty_trash
from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE

EMPTYING_SECONDS = 50.0

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="empty_trashes", queue=QUEUE, queueing_lock="empty_trashes")
def empty_trashes(timestamp: int = 0) -> None:
    """Delete works that have been in the trash for TRASH_DAYS; what does not fit into the time is left to the next."""
    until = monotonic() + EMPTYING_SECONDS
    deleted = empty_trash(lambda: stopping.is_set() or monotonic() > until)
    if deleted:
        logger.info("%s works went from the trash.", deleted)
