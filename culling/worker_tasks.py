"""The workers' task of culling: bulk tasks of more works than a request does at once."""

from datetime import timedelta
from time import monotonic

from django.utils import timezone
from procrastinate.contrib.django import app

from culling import tasks
from culling.models import BulkTask
from genonaut.worker_process import stopping
from genonaut.worker_tasks import QUEUE

# After so long the other tasks of the queue have their turn.
SECONDS = 20.0
# So many old tasks are forgotten at each turn.
FORGOTTEN = 100


@app.periodic(cron="* * * * *")
@app.task(name=tasks.TASK, queue=QUEUE)
def run_bulk_tasks(timestamp: int = 0) -> None:
    """Do batches of bulk tasks for a while; what is left is for the next turn, which comes at once."""
    until = monotonic() + SECONDS
    is_done = tasks.work(lambda: stopping.is_set() or monotonic() > until)
    if not is_done and not stopping.is_set():
        tasks.wake()
    old = BulkTask.objects.filter(
        created_at__lt=timezone.now() - timedelta(days=tasks.KEPT_DAYS), finished_at__isnull=False
    )
    BulkTask.objects.filter(pk__in=list(old.order_by("created_at").values_list("pk", flat=True)[:FORGOTTEN])).delete()
