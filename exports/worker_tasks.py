"""The workers' task of exports: it makes one part after the other, and leaves the rest to its next turn."""

import logging
from contextlib import suppress
from time import monotonic

from django.db import IntegrityError, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from exports.models import Export
from exports.parts import make_part, note_failure
from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE

SECONDS = 50.0
NAME = "make_exports"

logger = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name=NAME, queue=QUEUE, queueing_lock=NAME, lock=NAME)
def make_exports(timestamp: int = 0) -> None:
    """Make parts of the exports that wait, the oldest first; one at a time on all machines."""
    until = monotonic() + SECONDS
    waiting = list(Export.objects.filter(finished_at=None).select_related("user").order_by("created_at"))
    for export in waiting:
        try:
            while export.finished_at is None and monotonic() < until and make_part(export, stopping.is_set):
                pass
        except IntegrityError as error:
            logger.warning("An export is made later: %s", error)
        except Exception as error:  # The exports behind it are made whatever is wrong with it.
            logger.warning("An export is made later: %s", error, exc_info=not isinstance(error, OSError))
            note_failure(export, error)


def make_soon() -> None:
    """Have a worker begin now; one that begins within the minute does as well."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        make_exports.defer()
