"""What the database allows of generation jobs, and what can be done with them in each state."""

from collections.abc import Callable
from datetime import timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, transaction

from generation import jobs
from generation.models import GenerationJob, Status
from tests.factories import EPOCH, OUTSIDE_CALENDAR, ContentItemFactory, GenerationJobFactory
from users.models import User

Violated = Callable[[Callable[[], object]], str]
LATER = EPOCH + timedelta(minutes=1)
KEY = UUID(int=1)
STATES: dict[str, dict[str, Any]] = {
    "pending": {},
    "running": {"started_at": EPOCH},
    "completed": {"started_at": EPOCH, "finished_at": LATER},
    "failed": {"started_at": EPOCH, "finished_at": LATER, "error": "No memory"},
    "cancelled": {"finished_at": LATER},
}
BROKEN: dict[str, list[dict[str, Any]]] = {
    "job_type_known": [{"job_type": "smell"}, {"job_type": ""}],
    "job_status_known": [{"status": "paused"}],
    "job_prompt_not_empty": [{"prompt": ""}],
    "job_finished_at_with_final_status": [
        {"status": "pending", "finished_at": LATER},
        {"status": "running", "started_at": EPOCH, "finished_at": LATER},
        {"status": "cancelled"},
        {"status": "completed", "started_at": EPOCH},
    ],
    "job_started_at_once_running": [{"status": "running"}, {"status": "completed", "finished_at": LATER}],
    "job_times_in_order": [{"status": "cancelled", "started_at": LATER, "finished_at": EPOCH}],
    "job_error_only_with_failed": [
        {"error": "x"},
        {"status": "failed", "started_at": EPOCH, "finished_at": LATER},
    ],
    "job_result_only_with_completed": [{"result": ...}, {"result": ..., "status": "running", "started_at": EPOCH}],
    "job_times_in_calendar": [
        *({"created_at": time} for time in OUTSIDE_CALENDAR),
        *({"status": "running", "started_at": time} for time in OUTSIDE_CALENDAR),
        *({"status": "cancelled", "finished_at": time} for time in OUTSIDE_CALENDAR),
    ],
    "job_attempt_only_while_running": [
        {"attempt_key": KEY},
        {"attempt_key": KEY, "status": "cancelled", "finished_at": LATER},
    ],
    "job_paused_only_while_pending": [
        {"is_paused": True, "status": "running", "started_at": EPOCH},
        {"is_paused": True, "status": "cancelled", "finished_at": LATER},
    ],
    "job_request_once": [{"idempotency_key": "x"}],
}
# What becomes of a job, by what it is: a state may also stay as it is.
ALLOWED = {
    "pending": {"pending", "running", "cancelled", "failed"},
    "running": set(Status.values),
    **{end: {end} for end in ("completed", "failed", "cancelled")},
}


@pytest.mark.parametrize(
    ("name", "fields"), [(name, fields) for name, cases in BROKEN.items() for fields in cases], ids=str
)
def test_the_database_refuses_a_job_that_breaks_a_rule(
    alice: User, violated: Violated, name: str, fields: dict[str, Any]
) -> None:
    given = {**fields, "result": ContentItemFactory()} if "result" in fields else fields
    rows = GenerationJobFactory.build_batch(2 if name == "job_request_once" else 1, user=alice, **given)
    assert violated(lambda: GenerationJob.objects.bulk_create(rows)) == name


def test_every_rule_of_jobs_is_tested() -> None:
    assert {constraint.name for constraint in GenerationJob._meta.constraints} == set(BROKEN)


@pytest.mark.parametrize(("status", "fields"), STATES.items(), ids=STATES)
def test_a_job_may_be_in_each_state(alice: User, status: str, fields: dict[str, Any]) -> None:
    GenerationJobFactory(user=alice, status=status, **fields)
    assert GenerationJob.objects.get().status == status


def test_the_database_allows_the_legal_transitions_alone(alice: User) -> None:
    allowed: dict[str, set[str]] = {status: set() for status in STATES}
    for before, after in product(STATES, STATES):
        job = GenerationJobFactory(user=alice, status=before, **STATES[before])
        changes = {"started_at": None, "finished_at": None, "error": "", **STATES[after], "status": after}
        try:
            with transaction.atomic():
                GenerationJob.objects.filter(pk=job.pk).update(**changes)
        except DatabaseError as error:
            assert "Invalid transition" in str(error)
        else:
            allowed[before].add(after)
    assert allowed == ALLOWED


@pytest.mark.parametrize("status", ["pending", "running"])
def test_an_open_job_is_cancelled(alice: User, status: str) -> None:
    job = GenerationJobFactory(user=alice, status=status, **STATES[status])
    jobs.cancel(job)
    assert (job.status, job.finished_at is None) == (Status.CANCELLED, False)


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_a_finished_job_is_not_cancelled(alice: User, status: str) -> None:
    job = GenerationJobFactory(user=alice, status=status, **STATES[status])
    with pytest.raises(jobs.JobStateError, match=status):
        jobs.cancel(job)


def test_a_worker_that_finishes_first_wins_over_a_cancellation(alice: User) -> None:
    job = GenerationJobFactory(user=alice, status="running", started_at=EPOCH)
    GenerationJob.objects.filter(pk=job.pk).update(status="completed", finished_at=LATER)
    with pytest.raises(jobs.JobStateError, match="completed"):
        jobs.cancel(job)
    assert GenerationJob.objects.get().status == "completed"


@pytest.mark.parametrize("status", ["pending", "completed", "failed", "cancelled"])
def test_a_job_that_is_not_running_is_deleted(alice: User, status: str) -> None:
    jobs.delete(GenerationJobFactory(user=alice, status=status, **STATES[status]))
    assert GenerationJob.objects.count() == 0


def test_a_running_job_is_not_deleted(alice: User) -> None:
    job = GenerationJobFactory(user=alice, status="running", started_at=EPOCH)
    with pytest.raises(jobs.JobStateError, match="running"):
        jobs.delete(job)
    assert GenerationJob.objects.count() == 1


def test_the_next_job_gets_an_id_after_a_bulk_load(alice: User) -> None:
    """Trap 17."""
    loaded = GenerationJob.objects.bulk_create(GenerationJobFactory.build_batch(3, user=alice))
    assert GenerationJobFactory().pk > max(row.pk for row in loaded)
