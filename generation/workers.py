"""Whether workers are there at all."""

from datetime import timedelta

from django.db.models.functions import Now
from procrastinate.contrib.django.models import ProcrastinateWorker

# Workers report every 10 s; those that end take their rows away, those that are killed leave them.
SILENT = timedelta(seconds=40)


def are_there() -> bool:
    """Return whether a worker has reported lately. One query."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gt=Now() - SILENT).exists()
