"""The actions behind a job's buttons, each with the message that follows."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils import timezone

from content.models import ContentItem
from content.owners import may_change
from generation import jobs, retries
from generation.models import GenerationJob
from generation.pages.job_works import PUBLISHABLE
from users.models import User


class DoneAction(NamedTuple):
    """The job that a button leads to, and a sentence; `is_done` is false if it could not be done, `is_gone` true if the
    job was deleted."""

    job: GenerationJob
    said: str
    is_done: bool = True
    is_gone: bool = False


def cancel(job: GenerationJob, _user: User) -> DoneAction:
    """Cancel a job. Raises JobStateError."""
    jobs.cancel(job)
    return DoneAction(job, "Cancelled.")


def pause(job: GenerationJob, _user: User) -> DoneAction:
    """Pause a job. Raises JobStateError."""
    jobs.pause(job)
    return DoneAction(job, "Paused.")


def resume(job: GenerationJob, _user: User) -> DoneAction:
    """Put a paused job back into the queue. Raises JobStateError."""
    jobs.resume(job)
    return DoneAction(job, "Back in the queue.")


def retry(job: GenerationJob, _user: User) -> DoneAction:
    """Retry a job once. Raises JobStateError, QuotaError and KeyReusedError."""
    return DoneAction(retries.retry_once(job), "Asked for again.")


def publish(job: GenerationJob, user: User) -> DoneAction:
    """Show the works of a job to all. Two queries."""
    works = ContentItem.objects.visible_to(user).filter(PUBLISHABLE, made_by__job=job)
    own = [item.pk for item in works.only("pk", "creator") if may_change(user, item)]
    # As they are by then: one may have been hidden, or moved to the trash.
    shown = ContentItem.objects.filter(PUBLISHABLE, pk__in=own)
    if not shown.update(is_private=False, updated_at=timezone.now()):
        return DoneAction(job, "There is no private work of this job to publish.", is_done=False)
    return DoneAction(job, "Published: everybody sees it now.")


def delete(job: GenerationJob, _user: User) -> DoneAction:
    """Delete a job, and no work of it. Raises JobStateError."""
    jobs.delete(job)
    return DoneAction(job, "Deleted. Its works stay.", is_gone=True)


ACTIONS: dict[str, Callable[[GenerationJob, User], DoneAction]] = {
    "cancel": cancel,
    "pause": pause,
    "resume": resume,
    "retry": retry,
    "publish": publish,
    "delete": delete,
}
