"""The workers' tasks of generation: a job for each token, the sweep, choices of forms, automatic works."""

import logging
import os
import socket
from time import monotonic

from procrastinate.contrib.django import app

from generation import automatic, claims, workflow_servers
from generation.performing import perform, steadily
from generation.tokens import QUEUE, TASK
from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE as UPKEEP

# The worker's name in an attempt, by which an administrator finds the process.
NAME = f"{socket.gethostname()}:{os.getpid()}"

logger = logging.getLogger("generation.worker")


@app.task(name=TASK, queue=QUEUE)
def generate() -> None:
    """Claim the fairest job and perform it, if any waits: a token names none."""
    if stopping.is_set():
        return  # the sweep sees that a job waits without a token
    job = steadily(lambda: claims.claim(NAME))
    if job is not None:
        began = monotonic()
        outcome = perform(job)
        logger.info("Job %s %s (%.1f s).", job.pk, outcome, monotonic() - began)


@app.periodic(cron="* * * * * */15")
@app.task(name="sweep_jobs", queue=UPKEEP, queueing_lock="sweep_jobs")
def sweep_jobs(timestamp: int = 0) -> None:
    """Return the jobs of dead workers to the queue."""
    swept = claims.sweep()
    if swept.given_back or swept.failed:
        logger.warning("Of jobs whose worker died %s wait again, %s failed.", swept.given_back, swept.failed)


@app.periodic(cron="* * * * *")
@app.task(name="note_choices", queue=UPKEEP, queueing_lock="note_choices")
def note_choices(timestamp: int = 0) -> None:
    """Ask ComfyUI servers which models and other choices they have, for forms."""
    workflow_servers.note_choices()


@app.periodic(cron="*/5 * * * *")
@app.task(name="make_variants", queue=UPKEEP, queueing_lock="make_variants")
def make_variants(timestamp: int = 0) -> None:
    """Ask for automatic works, if staff let them be made."""
    asked = automatic.make_variants()
    if asked:
        logger.info("%s automatic works are asked for.", asked)
