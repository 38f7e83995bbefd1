"""The actions of workers on generation jobs: claim the next one, report its progress, end it.

Each attempt has a key, and every write names it. An attempt loses its job if the user cancels it or a sweep takes it
up; its writes then change nothing and return False. Times are the database's. A job's row is always locked before its
attempt's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import isnan
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest, Now

from content.models import ContentItem
from generation import tokens
from generation.backends import PREVIEW_BYTES, Progress
from generation.models import CLAIMABLE, Attempt, GenerationJob, JobOutput, Status
from generation.signals import announce_end
from genonaut import flags

# An attempt without a heartbeat for so long is lost; workers report every few seconds.
HEARTBEAT = timedelta(seconds=30)
MOST_ATTEMPTS = 3
# What a column of two bytes holds.
MOST_SMALL = 32_767
SWEEP_ROWS = 1_000
LOST = f"The workers that ran this job stopped, {MOST_ATTEMPTS} times."
NO_REASON = "The backend gave no reason."


@dataclass(frozen=True)
class Swept:
    """The counts of one sweep."""

    given_back: int = 0
    failed: int = 0
    deferred: int = 0  # tokens
    pruned: int = 0  # rows of the queue


def waiting() -> QuerySet[GenerationJob]:
    """Return the jobs that may be claimed, the next one first."""
    return GenerationJob.objects.filter(CLAIMABLE).order_by(F("priority").desc(), "turn", "pk")


def others_wait(job: GenerationJob) -> bool:
    """Return whether a job waits that needs no server, and is as urgent as this one. One query."""
    return waiting().filter(workflow=None, priority__gte=job.priority).exists()


@transaction.atomic
def claim(worker: str) -> GenerationJob | None:
    """Return the next job, running, with its attempt; None if no job waits or generation is switched off."""
    if not flags.is_on(flags.Flag.GENERATION):
        return None
    job = waiting().select_for_update(skip_locked=True, no_key=True).first()
    if job is None:
        return None
    key = uuid4()
    GenerationJob.objects.filter(pk=job.pk).update(
        status=Status.RUNNING, attempt_key=key, attempts=F("attempts") + 1, started_at=Now()
    )
    job.refresh_from_db()
    Attempt.objects.create(key=key, job=job, worker=worker[:200])
    return job


def sent(key: UUID, backend: str) -> bool:
    """Note which backend takes an attempt, before it is sent. False: the job is no longer this attempt's."""
    return _beat(key, sent_at=Now(), backend=backend[:300])


def report(key: UUID, progress: Progress) -> bool:
    """Record a heartbeat and an attempt's progress. False: the job is no longer this attempt's.

    What the backend does not say this time stays as it was, but for the position in its queue.
    """
    position = progress.position
    known: dict[str, object] = {"position": None if position is None else min(position, MOST_SMALL)}
    if progress.fraction is not None and not isnan(progress.fraction):
        known["fraction"] = min(max(progress.fraction, 0.0), 1.0)
    if progress.preview and len(progress.preview) <= PREVIEW_BYTES:
        known["preview"] = progress.preview
    return _beat(key, **known)


def _beat(key: UUID, **columns: object) -> bool:
    # An attempt's row goes in the transaction that ends it, so its being there is the fence.
    return Attempt.objects.filter(pk=key).update(heartbeat_at=Now(), **columns) == 1


def finish(key: UUID, items: Sequence[ContentItem | int], *, left_out: int = 0) -> bool:
    """Complete a job with the works that it made, of which the first is its result, and the number of files that its
    backend made beside them.

    False: the job is no longer this attempt's, and its works are to be rolled back.
    """
    if not items:
        raise ValueError("A job that made nothing failed.")
    left_out = min(left_out, MOST_SMALL)
    return _end(key, items, status=Status.COMPLETED, result_id=_key(items[0]), left_out=left_out)


def fail(key: UUID, message: str, items: Sequence[ContentItem | int] = ()) -> bool:
    """Fail a job, with the message for its user and the works that were made nevertheless."""
    return _end(key, items, status=Status.FAILED, error=message.strip() or NO_REASON)


def cancelled(key: UUID, items: Sequence[ContentItem | int] = ()) -> bool:
    """End a job that was cancelled at its backend, with the works that were made until then."""
    return _end(key, items, status=Status.CANCELLED)


@transaction.atomic
def _end(key: UUID, items: Sequence[ContentItem | int], **columns: object) -> bool:
    job_id = _job_of(key)
    finished_at = Greatest(Now(), "started_at")
    if not _running(job_id, key).update(attempt_key=None, finished_at=finished_at, **columns):
        return False
    Attempt.objects.filter(pk=key).delete()
    outputs = (JobOutput(job_id=job_id, item_id=_key(item), position=number) for number, item in enumerate(items))
    JobOutput.objects.bulk_create(outputs)
    announce_end(job_id)
    return True


@transaction.atomic
def give_back(key: UUID, *, is_first: bool = True, counts: bool = False) -> bool:
    """Return a job to the queue as if it had not been claimed: its worker stops, or no backend is there.

    It is the next one, or the last with `is_first` off: jobs for other backends go before it then, and no token is
    deferred but by the next sweep. An attempt that its backend lost `counts` among those that a job may have.
    """
    attempts = Greatest(F("attempts") - (0 if counts else 1), 0)
    if not _running(_job_of(key), key).update(**_waiting_again(is_first=is_first), attempts=attempts):
        return False
    Attempt.objects.filter(pk=key).delete()
    tokens.wake(1 if is_first else 0)
    return True


def _job_of(key: UUID) -> int | None:
    return Attempt.objects.filter(pk=key).values_list("job_id", flat=True).first()


def _running(job_id: int | None, key: UUID | None) -> QuerySet[GenerationJob]:
    """Return the job if the attempt still owns it: the fence of every write."""
    return GenerationJob.objects.filter(pk=job_id, attempt_key=key, status=Status.RUNNING)


def _waiting_again(*, is_first: bool = True) -> dict[str, object]:
    """Return the columns of a job that waits again, before all others of its priority, or behind them."""
    others = GenerationJob.objects.filter(CLAIMABLE, priority=OuterRef("priority"))
    turn = Subquery(others.order_by("turn" if is_first else "-turn").values("turn")[:1])
    turn = Coalesce(turn if is_first else turn + 1, F("turn"))
    return {"status": Status.PENDING, "attempt_key": None, "started_at": None, "turn": turn}


def _key(item: ContentItem | int) -> int:
    return item if isinstance(item, int) else item.pk


def sweep() -> Swept:
    """Return the jobs and letters of dead workers to the queue, and defer a token for each job that waits without one.

    A job whose third attempt was lost fails. Bounded: what a sweep leaves the next one finds.
    """
    lost = _lost().values_list("pk", "attempt_key", "attempts")[:SWEEP_ROWS]
    ends = [_take_up(*row) for row in lost]
    tokens.return_letters()
    deferred = tokens.defer_missing() if flags.is_on(flags.Flag.GENERATION) else 0
    return Swept(ends.count(Status.PENDING), ends.count(Status.FAILED), deferred, tokens.prune())


def _lost() -> QuerySet[GenerationJob]:
    """Return the running jobs without a living attempt."""
    silent = Q(attempt=None) | Q(attempt__heartbeat_at__lt=Now() - HEARTBEAT)
    return GenerationJob.objects.filter(silent, status=Status.RUNNING).order_by("pk")


@transaction.atomic
def _take_up(job_id: int, key: UUID | None, attempts: int) -> Status | None:
    """Take a job from an attempt if it is still the attempt's and silent; return the job's new status."""
    job = _running(job_id, key)
    if job.select_for_update(no_key=True).first() is None:
        return None
    attempt = Attempt.objects.filter(job=job_id)
    attempt.filter(heartbeat_at__lt=Now() - HEARTBEAT).delete()
    if attempt.exists():
        return None
    if attempts < MOST_ATTEMPTS:
        job.update(**_waiting_again())
        return Status.PENDING
    finished_at = Greatest(Now(), "started_at")
    job.update(status=Status.FAILED, error=LOST, attempt_key=None, finished_at=finished_at)
    announce_end(job_id)
    return Status.FAILED
