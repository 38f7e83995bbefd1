"""Generation jobs over HTTP: asked for, followed, cancelled, deleted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from generation.models import GenerationJob
from tests.factories import EPOCH, GenerationJobFactory
from users.models import User

JOBS = "/api/v1/generation-jobs/"
LATER = EPOCH + timedelta(minutes=1)
ClientOf = Callable[[User | None], APIClient]
STATES: dict[str, dict[str, Any]] = {
    "pending": {},
    "running": {"started_at": EPOCH},
    "completed": {"started_at": EPOCH, "finished_at": LATER},
    "failed": {"started_at": EPOCH, "finished_at": LATER, "error": "No memory"},
    "cancelled": {"finished_at": LATER},
}


def test_a_new_job_is_pending_and_the_viewer_s(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    answer = api.post(JOBS, {"job_type": "image", "prompt": "A harbour", "parameters": {"steps": 20}})
    expected = {"status": "pending", "user": alice.pk, "parameters": {"steps": 20}, "result": None, "error": ""}
    assert (answer.status_code, {name: answer.json()[name] for name in expected}) == (201, expected)


@pytest.mark.parametrize("method", ["patch", "put"])
@pytest.mark.parametrize(
    ("status", "answered"),
    [("pending", 200), ("running", 200), ("completed", 409), ("failed", 409), ("cancelled", 409)],
)
def test_an_open_job_is_cancelled_and_a_finished_one_is_not(
    api: APIClient, alice: User, status: str, answered: int, method: str
) -> None:
    job = GenerationJobFactory(user=alice, status=status, **STATES[status])
    api.force_login(alice)
    answer = getattr(api, method)(f"{JOBS}{job.pk}/", {"status": "cancelled"})
    assert (answer.status_code, GenerationJob.objects.get().status) == (
        answered,
        "cancelled" if answered == 200 else status,
    )
    assert answer.json()["status"] == ("cancelled" if answered == 200 else 409)


@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed", "nothing", "", None, 1])
def test_a_client_sets_no_other_status(api: APIClient, alice: User, status: object) -> None:
    own = "running" if status == "pending" else "pending"
    job = GenerationJobFactory(user=alice, status=own, **STATES[own])
    api.force_login(alice)
    answer = api.patch(f"{JOBS}{job.pk}/", {"status": status})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["status"])


@pytest.mark.parametrize("status", ["pending", "running", "completed", "failed"])
def test_a_job_that_was_read_may_be_put_back_as_it_is(api: APIClient, alice: User, status: str) -> None:
    job = GenerationJobFactory(user=alice, status=status, **STATES[status])
    api.force_login(alice)
    read = api.get(f"{JOBS}{job.pk}/").json()
    answer = api.put(f"{JOBS}{job.pk}/", read)
    assert (answer.status_code, answer.json()) == (200, read)


@pytest.mark.parametrize("status", STATES)
def test_a_job_is_deleted_unless_it_is_running(api: APIClient, alice: User, status: str) -> None:
    job = GenerationJobFactory(user=alice, status=status, **STATES[status])
    api.force_login(alice)
    answer = api.delete(f"{JOBS}{job.pk}/")
    assert (answer.status_code, GenerationJob.objects.count()) == ((409, 1) if status == "running" else (204, 0))


def test_a_running_job_is_deleted_once_it_is_cancelled(api: APIClient, alice: User) -> None:
    job = GenerationJobFactory(user=alice, status="running", started_at=EPOCH)
    api.force_login(alice)
    answers = [api.patch(f"{JOBS}{job.pk}/", {"status": "cancelled"}), api.delete(f"{JOBS}{job.pk}/")]
    assert [answer.status_code for answer in answers] == [200, 204]


def test_a_job_of_somebody_else_is_not_there_to_be_cancelled(api: APIClient, alice: User, bob: User) -> None:
    job = GenerationJobFactory(user=alice)
    api.force_login(bob)
    answer = api.patch(f"{JOBS}{job.pk}/", {"status": "cancelled"})
    assert (answer.status_code, GenerationJob.objects.get().status) == (404, "pending")


def test_the_reason_of_a_failure_is_in_the_detail_and_not_in_the_list(api: APIClient, alice: User) -> None:
    job = GenerationJobFactory(user=alice, status="failed", **STATES["failed"])
    api.force_login(alice)
    assert api.get(f"{JOBS}{job.pk}/").json()["error"] == "No memory"
    assert b"No memory" not in api.get(JOBS).content
