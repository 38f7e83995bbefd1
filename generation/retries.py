"""Trying again what failed: each job once, until that has failed or was cancelled too."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid4, uuid5

from django.db import transaction

from generation import jobs, quotas
from generation.models import GenerationJob, Status

# The namespace of the idempotency keys of retries.
RETRIES = UUID("0b6f4c1e-6d0f-4c60-9a35-5d2f3b7c9e11")
IN_VAIN = (Status.FAILED, Status.CANCELLED)


@dataclass
class Retried:
    """What became of several jobs that are to be tried again."""

    asked: list[GenerationJob] = field(default_factory=list)
    # What was asked for in their place before, and waits, runs or is done.
    before: list[GenerationJob] = field(default_factory=list)
    # How many cannot be, as their workflow is offered no longer.
    withdrawn: int = 0


def key_of(job: GenerationJob) -> str:
    """Return the idempotency key of the job that is asked for in place of another."""
    return str(uuid5(RETRIES, str(job.pk)))


def retry_once(job: GenerationJob) -> GenerationJob:
    """Retry a job once, however often and wherever that is asked for; if the new job has failed too, retry that.

    Three queries for each job of that chain. Raises JobStateError, QuotaError and KeyReusedError.
    """
    asked = jobs.retry(job, idempotency_key=key_of(job))
    while asked.status in IN_VAIN:
        asked = jobs.retry(asked, idempotency_key=key_of(asked))
    return asked


def retry_many(failed: Sequence[GenerationJob]) -> Retried:
    """Retry several jobs of one user like `retry_once`, those of a batch as a batch, all of them or none.

    Raises QuotaError. Three queries and one for each time that some were tried, beside those of
    `quotas.storage_refusal`; as many again if some are automatic.
    """
    retried = Retried()
    batches: dict[UUID, UUID] = defaultdict(uuid4)
    refusal = quotas.storage_refusal(failed[0].user) if failed else None
    with transaction.atomic():
        for is_automatic in (False, True):
            if alike := [job for job in failed if job.is_automatic is is_automatic]:
                _retry_alike(alike, batches, retried)
        if refusal and retried.asked:
            raise quotas.QuotaError(refusal)
    return retried


def _retry_alike(failed: Sequence[GenerationJob], batches: dict[UUID, UUID], retried: Retried) -> None:
    """Retry jobs of one user that are automatic, or are not. Raises QuotaError."""
    user, is_automatic = failed[0].user, failed[0].is_automatic
    columns = {"user": user, "priority": jobs.priority_of(is_automatic), "is_automatic": is_automatic}
    # It lets one request of the account in at a time: what was tried before is seen.
    admission = quotas.admit(user, columns["priority"], None)
    last, before = _last_tries(failed)
    offered = [job for job in last if jobs.is_offered(job)]
    rows = [
        jobs.request_of(job).job(
            number=job.number, batch=job.batch and batches[job.batch], idempotency_key=key_of(job), **columns
        )
        for job in offered
    ]
    retried.asked += jobs.enqueue(rows, admission) if rows else []
    retried.before += before
    retried.withdrawn += len(last) - len(offered)


def _last_tries(failed: Sequence[GenerationJob]) -> tuple[list[GenerationJob], list[GenerationJob]]:
    """Return the last jobs that were asked for in place of jobs of one user, or these: those that ended in vain, and
    those that did not. One query for each time that some were tried, and one."""
    last, others, left = {}, {}, list(failed)
    while left:
        rows = GenerationJob.objects.filter(user=failed[0].user, idempotency_key__in=[key_of(job) for job in left])
        tries = {job.idempotency_key: job for job in rows.select_related("user", "workflow", "parent")}
        last |= {job.pk: job for job in left if key_of(job) not in tries}
        others |= {job.pk: job for job in tries.values() if job.status not in IN_VAIN}
        left = [job for job in tries.values() if job.status in IN_VAIN]
    return [last[pk] for pk in sorted(last)], [others[pk] for pk in sorted(others)]
