"""The workers' task of recommendations: learning, new works, and users who did something."""

import logging
from time import monotonic

from procrastinate.contrib.django import app

from genonaut.database.locks import try_lock
from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE
from recommendations.turns import learn_if_due, place_new_works, refresh_active

# What is left then is done at the next turn.
TURN_SECONDS = 50.0
# First key of the advisory lock that a turn holds; the second is 0.
TURN = 0x7265636F

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="recommend", queue=QUEUE, queueing_lock="recommend")
def recommend(timestamp: int = 0) -> None:
    """Keep the recommendations of active users up to date, unless another process does.

    A turn in which neighbours are learned may last for minutes: those that begin meanwhile end at once, and leave the
    workers to other tasks.
    """
    if stopping.is_set():
        return
    with try_lock(TURN) as is_free:
        if is_free:
            take_turn(monotonic() + TURN_SECONDS)


def take_turn(until: float) -> None:
    """Learn if it is due, place new works, and refresh users until a time of the clock, or the worker is to end.

    What learning raises is raised once the rest is done.
    """

    def is_over() -> bool:
        return stopping.is_set() or monotonic() > until

    try:
        if learn_if_due():
            logger.debug("Neighbours of works are learned.")
    finally:
        placed = place_new_works(is_over)
        refreshed = refresh_active(is_over)
        if placed or refreshed:
            logger.info("%s new works are placed; recommendations of %s users are made.", placed, refreshed)
