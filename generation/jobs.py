"""What can be done with generation jobs."""

from django.db.models import Value
from django.db.models.functions import Greatest
from django.utils import timezone

from generation.models import FINISHED, GenerationJob, Status


class JobStateError(Exception):
    """A job is not in a state in which this can be done; the message says so."""


def cancel(job: GenerationJob) -> None:
    """Cancel a pending or running job. One UPDATE, so that it loses against a worker that finishes first.

    Raises JobStateError when the job is finished.
    """
    open_jobs = GenerationJob.objects.filter(pk=job.pk).exclude(status__in=FINISHED)
    # A worker's clock may be ahead of ours; nothing finishes before it starts.
    finished_at = Greatest(Value(timezone.now()), "started_at")
    if not open_jobs.update(status=Status.CANCELLED, finished_at=finished_at):
        job.refresh_from_db()
        raise JobStateError(f"This job is {job.status} already.")
    job.refresh_from_db()


def delete(job: GenerationJob) -> None:
    """Delete a job that no worker may be busy with. Raises JobStateError while it is running."""
    jobs = GenerationJob.objects.filter(pk=job.pk)
    deleted, _ = jobs.exclude(status=Status.RUNNING).delete()
    if not deleted and jobs.exists():
        raise JobStateError("This job is running: cancel it first.")
