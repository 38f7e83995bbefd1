"""The gauges of bulk tasks."""

from collections.abc import Iterator

from django.utils import timezone

from culling.models import UNFINISHED, BulkTask
from genonaut.monitoring.gauges import Gauge, Sample, Source
from genonaut.status.counts import bounded_counts

TASKS, OLDEST = "genonaut_bulk_tasks", "genonaut_bulk_tasks_oldest_seconds"


def samples() -> Iterator[Sample]:
    """Yield how many tasks are unfinished, and since when none of them was worked on. Two queries."""
    unfinished = BulkTask.objects.filter(status__in=UNFINISHED)
    (total,) = bounded_counts([unfinished])
    yield Sample(TASKS, total.count)
    oldest = (
        unfinished.filter(worked_at__isnull=False).order_by("worked_at").values_list("worked_at", flat=True).first()
    )
    if oldest is not None:
        yield Sample(OLDEST, (timezone.now() - oldest).total_seconds())


SOURCE = Source(
    (
        Gauge(TASKS, "Bulk tasks that are unfinished; counted up to 10,000."),
        Gauge(OLDEST, "Time since the task was worked on that waits for the longest."),
    ),
    samples,
)
