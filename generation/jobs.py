"""The actions of users on generation jobs: ask for them, cancel, pause, resume, retry and delete them."""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import Func, Q, QuerySet, SmallIntegerField
from django.db.models.functions import Cast, Greatest, Now

from content.models import ContentItem, ContentType
from generation import quotas, tokens
from generation.models import CLAIMABLE, FINISHED, OPEN, Attempt, GenerationJob, Status, Workflow
from generation.signals import announce_end
from generation.workflows import values_of
from users.models import User

# Drawn ones fit the seed of every backend.
SEEDS = 2**63
# What no user asked for waits until all else is done.
AUTOMATIC_PRIORITY = -1
MOST_BEFORE = 1_000
CANCEL_ROWS = 1_000


class JobStateError(Exception):
    """A job is not in a state in which this can be done; the message says so."""


class KeyReusedError(Exception):
    """An idempotency key names another request of the same user."""


@dataclass(frozen=True)
class Request:
    """A request for one job. A seed is drawn if the parameters have none."""

    prompt: str
    negative_prompt: str = ""
    job_type: str = ContentType.IMAGE
    parameters: Mapping[str, object] = field(default_factory=dict)
    workflow: Workflow | None = None
    parent: ContentItem | None = None
    publishes: bool = False

    @classmethod
    def of_workflow(
        cls,
        workflow: Workflow,
        prompt: str,
        parameters: Mapping[str, object],
        **values: str | bool | ContentItem | None,
    ) -> Self:
        """Return a request for a workflow, or for the built-in renderer as one. Raises InputError."""
        return cls(
            prompt,
            job_type=str(workflow.output_type),
            parameters=values_of(workflow, parameters),
            workflow=None if workflow.pk is None else workflow,
            **values,
        )

    def kept_parameters(self) -> dict[str, object]:
        """Return the parameters as a job keeps them, with the seed as text if there is one."""
        parameters = json.loads(json.dumps(dict(self.parameters)))
        if parameters.get("seed") is None:
            parameters.pop("seed", None)
        else:
            parameters["seed"] = str(parameters["seed"])
        return parameters

    def made(self, job: GenerationJob) -> bool:
        """Return whether a job is what this request asks for. A drawn seed is not compared."""
        parameters = self.kept_parameters()
        kept = {name: value for name, value in job.parameters.items() if name != "seed" or "seed" in parameters}
        return (parameters, *self._columns().values()) == (kept, *(getattr(job, name) for name in self._columns()))

    def job(self, **columns: object) -> GenerationJob:
        """Return the job, unsaved."""
        parameters = {"seed": str(secrets.randbelow(SEEDS)), **self.kept_parameters()}
        return GenerationJob(parameters=parameters, **self._columns(), **columns)

    def _columns(self) -> dict[str, object]:
        return {
            "prompt": self.prompt,
            "negative_prompt": self.negative_prompt,
            "job_type": self.job_type,
            "workflow_id": self.workflow and self.workflow.pk,
            "parent_id": self.parent and self.parent.pk,
            "publishes": self.publishes,
        }


def ask(
    user: User,
    requests: Sequence[Request],
    *,
    idempotency_key: str | None = None,
    request_digest: UUID | None = None,
    is_automatic: bool = False,
) -> list[GenerationJob]:
    """Enqueue one job for each request, in at most 3 queries, beside those of `quotas.storage_refusal`.

    The same request with the same key gives the same jobs. They are one batch if there are several. `request_digest` is
    kept for `sent_before`.

    Raises QuotaError if the account would have too many open jobs or has no room for files, KeyReusedError if the key
    named another request.
    """
    if not requests:
        return []
    priority = priority_of(is_automatic)
    refusal = quotas.storage_refusal(user)
    with transaction.atomic():
        admission = quotas.admit(user, priority, idempotency_key)
        if admission.is_known:
            return _asked_before(user, requests, idempotency_key)
        if refusal:
            raise quotas.QuotaError(refusal)
        columns = {"user": user, "priority": priority, "is_automatic": is_automatic, "idempotency_key": idempotency_key}
        columns["request_digest"] = request_digest
        columns["batch"] = uuid4() if len(requests) > 1 else None
        return enqueue([request.job(number=number, **columns) for number, request in enumerate(requests)], admission)


def priority_of(is_automatic: bool) -> int:
    """Return the priority of jobs that no user asked for, or of others."""
    return AUTOMATIC_PRIORITY if is_automatic else 0


def enqueue(rows: Sequence[GenerationJob], admission: quotas.Admission) -> list[GenerationJob]:
    """Enqueue jobs of an account that was let in, in their order; return them. Two queries, in the transaction of the
    admission. Raises QuotaError."""
    quotas.check(admission.open_jobs, len(rows))
    for place, row in enumerate(rows):
        row.turn = admission.turn + place
    asked = GenerationJob.objects.bulk_create(rows)
    tokens.wake(len(asked))
    return asked


def sent_before(user: User, idempotency_key: str, request_digest: UUID) -> list[GenerationJob]:
    """Return the jobs that the same body with the same key asked for, as far as they are left. One query.

    It may ask for what can be asked for no longer: its parent is gone, say, or its workflow withdrawn.
    """
    keyed = GenerationJob.objects.filter(user=user, idempotency_key=idempotency_key)
    return list(keyed.filter(request_digest=request_digest).order_by("number"))


def _asked_before(user: User, requests: Sequence[Request], idempotency_key: str | None) -> list[GenerationJob]:
    jobs = list(GenerationJob.objects.filter(user=user, idempotency_key=idempotency_key).order_by("number"))
    # Of a batch that is tried again each job has a key, and its number there.
    numbers = range(jobs[0].number, jobs[0].number + len(requests))
    if [job.number for job in jobs] != list(numbers) or not all(
        request.made(job) for request, job in zip(requests, jobs, strict=True)
    ):
        raise KeyReusedError("This idempotency key named another request.")
    return jobs


def cancel(job: GenerationJob) -> None:
    """Cancel a pending or running job. One UPDATE, so that it loses against a worker that finishes first.

    The worker that runs it learns it from its next report. Raises JobStateError when the job is finished.
    """
    is_cancelled = _cancel(GenerationJob.objects.filter(pk=job.pk).exclude(status__in=FINISHED), [job.pk])
    job.refresh_from_db()
    if not is_cancelled:
        raise JobStateError(f"This job is {job.status} already.")


def cancel_many(jobs: QuerySet[GenerationJob]) -> int:
    """Cancel those jobs that are open, in batches that are committed one by one; return how many.

    The queryset is not sliced.
    """
    cancelled = 0
    waiting = jobs.filter(status__in=OPEN).order_by("pk").select_for_update(of=("self",), no_key=True)
    while True:
        with transaction.atomic():
            keys = list(waiting.values_list("pk", flat=True)[:CANCEL_ROWS])
            if not keys:
                return cancelled
            cancelled += _cancel(GenerationJob.objects.filter(pk__in=keys, status__in=OPEN), keys)


@transaction.atomic
def _cancel(open_jobs: QuerySet[GenerationJob], keys: Sequence[int]) -> int:
    """Cancel jobs and drop their attempts: the job's row is locked first, as everywhere."""
    cancelled = open_jobs.update(
        status=Status.CANCELLED, attempt_key=None, is_paused=False, finished_at=Greatest(Now(), "started_at")
    )
    if cancelled:
        Attempt.objects.filter(job__in=keys, job__status=Status.CANCELLED).delete()
        _announce_batches(GenerationJob.objects.filter(pk__in=keys, status=Status.CANCELLED).values("batch"))
    return cancelled


def _announce_batches(batches: QuerySet[GenerationJob] | Collection[UUID]) -> None:
    """Announce the end of batches that may have none open any more, each by a job that was completed or failed. One
    query."""
    ended = GenerationJob.objects.filter(batch__in=batches, status__in=(Status.COMPLETED, Status.FAILED))
    for job_id in ended.order_by("batch", "number").distinct("batch").values_list("pk", flat=True):
        announce_end(job_id)


def retry(job: GenerationJob, *, idempotency_key: str | None = None) -> GenerationJob:
    """Ask once more for what a failed or cancelled job was to make, with the same seed; return the new job.

    Raises JobStateError for any other job, and if its workflow was withdrawn before the key was used; QuotaError and
    KeyReusedError as `ask`.
    """
    if job.status not in (Status.FAILED, Status.CANCELLED):
        raise JobStateError(f"This job is {job.status}: only what failed or was cancelled is asked for again.")
    if not is_offered(job) and not _is_used(job.user, idempotency_key):
        raise JobStateError("The workflow of this job is offered no longer.")
    request = request_of(job)
    return ask(job.user, [request], idempotency_key=idempotency_key, is_automatic=job.is_automatic)[0]


def is_offered(job: GenerationJob) -> bool:
    """Return whether the workflow of a job is offered still. No query if it is loaded."""
    return job.workflow is None or job.workflow.is_active


def _is_used(user: User, idempotency_key: str | None) -> bool:
    return idempotency_key is not None and user.generation_jobs.filter(idempotency_key=idempotency_key).exists()


def request_of(job: GenerationJob) -> Request:
    """Return what a job was asked for with, its seed included."""
    return Request(
        prompt=job.prompt,
        negative_prompt=job.negative_prompt,
        job_type=job.job_type,
        parameters=job.parameters,
        workflow=job.workflow,
        parent=job.parent,
        publishes=job.publishes,
    )


def pause(job: GenerationJob) -> None:
    """Keep workers from claiming a pending job; a paused one stays so. Raises JobStateError when it is not pending."""
    is_paused = GenerationJob.objects.filter(pk=job.pk, status=Status.PENDING).update(is_paused=True)
    job.refresh_from_db()
    if not is_paused:
        raise JobStateError(f"This job is {job.status}: only one that waits is paused.")


def resume(job: GenerationJob) -> None:
    """Put a paused job back into the queue, at the turn of one that is asked for now.

    Raises JobStateError when it is not pending; one that is not paused keeps its turn.
    """
    turn = Func("user_id", "priority", function="generation_turn")
    with transaction.atomic():
        paused = GenerationJob.objects.filter(pk=job.pk, is_paused=True)
        tokens.wake(paused.update(is_paused=False, turn=turn))
    job.refresh_from_db()
    if job.status != Status.PENDING:
        raise JobStateError(f"This job is {job.status}: only one that waits is resumed.")


def set_priority(chosen: QuerySet[GenerationJob], priority: int) -> int:
    """Give pending jobs a priority, at the turn that one asked for now would have there; return how many."""
    turn = Func("user_id", Cast(priority, SmallIntegerField()), function="generation_turn")
    waiting = chosen.filter(status=Status.PENDING).exclude(priority=priority)
    return waiting.update(priority=priority, turn=turn)


@transaction.atomic
def delete(job: GenerationJob) -> None:
    """Delete a job that no worker may be busy with. Raises JobStateError while it is running."""
    # Locked, since Django deletes by primary key what it read before: a worker may claim it in between.
    row = GenerationJob.objects.select_for_update().filter(pk=job.pk).first()
    if row and row.status == Status.RUNNING:
        raise JobStateError("This job is running: cancel it first.")
    if row:
        row.delete()
    if row and row.batch and row.status == Status.PENDING:
        _announce_batches({row.batch})


def position(job: GenerationJob) -> int | None:
    """Return how many jobs are taken before this one, 1,000 at most; None if it does not wait. One query."""
    if job.status != Status.PENDING or job.is_paused:
        return None
    waiting = GenerationJob.objects.filter(CLAIMABLE).values("pk")
    higher = waiting.filter(priority__gt=job.priority)
    # The first condition bounds the index, the second leaves out the ties behind it.
    sooner = waiting.filter(priority=job.priority, turn__lte=job.turn).exclude(Q(turn=job.turn) & Q(pk__gte=job.pk))
    before = higher[:MOST_BEFORE].union(sooner[:MOST_BEFORE], all=True).count()
    return min(before, MOST_BEFORE)
