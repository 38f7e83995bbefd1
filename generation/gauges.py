"""The gauges of generation: jobs of users, and attempts that say nothing any more."""

from collections.abc import Iterator

from django.utils import timezone

from content.models import ContentType
from generation.claims import HEARTBEAT
from generation.models import Attempt
from generation.status import oldest_waiting, queues_of
from genonaut.monitoring.gauges import Gauge, Sample, Source
from genonaut.status.counts import bounded_counts

JOBS, WAIT, SILENT = (
    "genonaut_generation_jobs",
    "genonaut_generation_oldest_wait_seconds",
    "genonaut_generation_silent_attempts",
)
# In the order of `queues_of`.
STATES = ("waiting", "running", "failed")


def samples() -> Iterator[Sample]:
    """Yield the jobs of each type. Two queries along indexes, and one of the few attempts."""
    now = timezone.now()
    kinds = [(job_type, state) for job_type in ContentType.values for state in STATES]
    counts = bounded_counts([queryset for job_type in ContentType.values for queryset in queues_of(job_type)])
    yield from (Sample(JOBS, total.count, kind) for kind, total in zip(kinds, counts, strict=True))
    for job_type, at in oldest_waiting().items():
        yield Sample(WAIT, (now - at).total_seconds(), (job_type,))
    (silent,) = bounded_counts([Attempt.objects.filter(heartbeat_at__lt=now - HEARTBEAT)])
    yield Sample(SILENT, silent.count)


SOURCE = Source(
    (
        Gauge(JOBS, "Jobs that wait, run, or failed in the last day; counted up to 10,000 each.", ("type", "state")),
        Gauge(WAIT, "Age of the oldest job that waits.", ("type",)),
        Gauge(SILENT, "Running attempts without a heartbeat."),
    ),
    samples,
)
