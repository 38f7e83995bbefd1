"""Worker processes: each job ends once, whoever of worker, database and backend dies meanwhile."""

import signal
import time

import pytest

from generation.jobs import Request, ask
from generation.models import GenerationJob, Status
from tests.factories import UserFactory
from tests.generation.workers import wait_for, workers
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folders")]
SMALL = {"width": 64, "height": 64}


def asked(user: User, number: int = 1, prompt: str = "a lighthouse") -> list[GenerationJob]:
    """Return jobs for small pictures."""
    return ask(user, [Request(f"{prompt} {index}", parameters=SMALL) for index in range(number)])


def unfinished() -> int:
    return GenerationJob.objects.filter(status__in=(Status.PENDING, Status.RUNNING)).count()


def test_a_job_becomes_a_work_that_can_be_seen_and_the_worker_ends_when_told() -> None:
    alice = UserFactory()
    (job,) = asked(alice)
    with workers(1) as (worker,):
        wait_for(lambda: not unfinished())
        worker.send_signal(signal.SIGTERM)
        began = time.monotonic()
        _, errors = worker.communicate(timeout=30)
    assert (worker.returncode, time.monotonic() - began < 5) == (0, True), errors
    job.refresh_from_db()
    work = job.result
    assert (job.status, work.creator, work.is_private, work.is_pictured) == (Status.COMPLETED, alice, True, True)
    assert work.media_file.stored_as
    assert f"Job {job.pk} completed" in errors
