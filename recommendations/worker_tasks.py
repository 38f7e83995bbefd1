"""The workers' task of recommendations: learning, new works, and users who did something."""

import logging
from time import monotonic

from procrastinate.contrib.django import app

from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE
from recommendations.turns import learn_if_due, place_new_works, refresh_active

# What is left then is done at the next turn.
TURN_SECONDS = 50.0

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="recommend", queue=QUEUE, queueing_lock="recommend")
def recommend(timestamp: int = 0) -> None:
    """Keep the recommendations of active users up to date."""
    until = monotonic() + TURN_SECONDS

    def is_over() -> bool:
        return stopping.is_set() or monotonic() > until

    if stopping.is_set():
        return
    if learn_if_due():
        logger.debug("Neighbours of works are learned.")
    placed = place_new_works(is_over)
    refreshed = refresh_active(is_over)
    if placed or refreshed:
        logger.info("%s new works are placed; recommendations of %s users are made.", placed, refreshed)
