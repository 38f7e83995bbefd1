"""Generation jobs over HTTP: asked for, followed, cancelled, deleted."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from generation import claims, jobs
from generation.backends import Progress, State
from generation.models import GenerationJob, Workflow
from generation.workflows.shipped import write_shipped
from genonaut.whole_numbers import LARGEST
from tests.factories import EPOCH, ContentItemFactory, GenerationJobFactory
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


def test_a_new_job_is_pending_the_viewer_s_and_complete(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    parent = ContentItemFactory(creator=alice, is_private=True)
    body = {"prompt": "A harbour", "negative_prompt": "rain", "parameters": {"seed": LARGEST}, "parent": parent.pk}
    answer = api.post(JOBS, {**body, "publishes": True})
    expected = {
        **{"status": "pending", "user": alice.pk, "job_type": "image", "workflow": "built-in", "is_paused": False},
        **{"prompt": "A harbour", "negative_prompt": "rain", "parent": parent.pk, "publishes": True},
        "parameters": {"seed": str(LARGEST), "width": 1024, "height": 1024},
        "progress": {"fraction": None, "position": 0, "attempts": 0, "preview": None},
        **{"batch": None, "number": 0, "result": None, "outputs": [], "error": None},
    }
    told = answer.json()
    assert (answer.status_code, {name: told[name] for name in expected}) == (202, expected)
    assert api.get(answer.headers["Location"]).json() == told


def test_several_variants_are_one_batch_and_their_seeds_are_as_asked(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    asked = [
        ({"count": 3, "parameters": {"seed": str(LARGEST)}}, [str(LARGEST), "0", "1"]),
        ({"seeds": [7, "8", LARGEST]}, ["7", "8", str(LARGEST)]),
    ]
    for body, seeds in asked:
        answer = api.post(JOBS, {"prompt": "A harbour", **body})
        shown = api.get(f"{answer.headers['Location']}&order=asc").json()["items"]
        made = GenerationJob.objects.filter(batch=answer.json()["batch"]).order_by("number")
        assert ([job.parameters["seed"] for job in made], [job["id"] for job in shown]) == (
            seeds,
            [job.pk for job in made],
        )
        assert answer.json()["id"] == made[0].pk
    api.post(JOBS, {"prompt": "A harbour", "count": 2})
    drawn = [job.parameters["seed"] for job in GenerationJob.objects.order_by("-pk")[:2]]
    assert len(set(drawn)) == 2


def test_what_is_wrong_with_a_request_is_said_of_its_field(api: APIClient, alice: User, bob: User) -> None:
    api.force_login(alice)
    hidden = ContentItemFactory(creator=bob, is_private=True)
    wrong = {
        "workflow": {"workflow": "nothing"},
        "job_type": {"job_type": "video"},
        "parent": {"parent": hidden.pk},
        "parameters.width": {"parameters": {"width": 63}},
        "parameters.depth": {"parameters": {"depth": 1}},
        "parameters.seed": {"parameters": {"seed": LARGEST + 1}},
        "parameters.image": {"parameters": {"image": {"item": hidden.pk}}},
        "seeds": {"seeds": [1], "count": 2},
        "seeds.1": {"seeds": [1, -1]},
        "count": {"count": 65},
        "Idempotency-Key": {},
    }
    for field, body in wrong.items():
        headers = {"Idempotency-Key": "x" * 201} if not body else {}
        answer = api.post(JOBS, {"prompt": "A harbour", **body}, headers=headers)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, [field]), field
    assert not GenerationJob.objects.exists()


def test_the_same_key_gives_the_same_jobs_and_no_others(api: APIClient, alice: User) -> None:
    api.force_login(alice)
    body, key = {"prompt": "A harbour", "count": 2}, {"Idempotency-Key": "a b"}
    first, again = (api.post(JOBS, body, headers=key) for _ in range(2))
    assert (again.status_code, again.json(), again.headers["Location"]) == (
        202,
        first.json(),
        first.headers["Location"],
    )
    for other in ({**body, "count": 1}, {**body, "prompt": "A desert"}):
        answer = api.post(JOBS, other, headers=key)
        assert (answer.status_code, answer.json()["title"]) == (422, "Unprocessable Entity")
    assert GenerationJob.objects.count() == 2


def test_a_job_is_retried_once_for_each_key(api: APIClient, alice: User) -> None:
    failed = GenerationJobFactory(user=alice, status="failed", parameters={"seed": "7"}, **STATES["failed"])
    api.force_login(alice)
    answers = [
        api.post(f"{JOBS}{failed.pk}/retry/", {}, headers={"Idempotency-Key": key}) for key in ("one", "one", "two")
    ]
    assert [answer.status_code for answer in answers] == [202] * 3
    ids = [answer.json()["id"] for answer in answers]
    assert (ids[0] == ids[1], len({failed.pk, *ids}), GenerationJob.objects.count()) == (True, 3, 3)
    other = GenerationJobFactory(user=alice, status="failed", prompt="A desert", **STATES["failed"])
    for key, status in (("one", 422), ("x" * 201, 400)):
        answer = api.post(f"{JOBS}{other.pk}/retry/", {}, headers={"Idempotency-Key": key})
        assert (answer.status_code, GenerationJob.objects.count()) == (status, 4)


def test_an_account_over_its_quota_is_told_when_to_ask_again(api: APIClient, alice: User, settings: Settings) -> None:
    settings.GENERATION_OPEN_JOBS = 2
    failed = GenerationJobFactory(user=alice, status="failed", **STATES["failed"])
    api.force_login(alice)
    assert api.post(JOBS, {"prompt": "A harbour", "count": 2}).status_code == 202
    for url, body in ((JOBS, {"prompt": "A harbour"}), (f"{JOBS}{failed.pk}/retry/", {})):
        answer = api.post(url, body)
        assert (answer.status_code, answer.headers["Retry-After"], answer.json()["status"]) == (429, "60", 429)


def test_asking_showing_and_steering_run_few_queries(
    api: APIClient, alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    api.force_login(alice)
    with django_assert_num_queries(2 + 2 + 3 + 2):  # signing in, a savepoint, ask, show
        answer = api.post(JOBS, {"prompt": "A harbour", "count": 20})
    with django_assert_num_queries(2 + 2):  # signing in, the job and its place
        api.get(f"{JOBS}{answer.json()['id']}/")
    with django_assert_num_queries(2 + 8 + 3):  # signing in, 20 jobs in one transaction, and that there are no more
        assert api.post(f"{JOBS}cancel/", {"batch": answer.json()["batch"]}).json() == {"cancelled": 20}


def test_a_running_job_says_how_far_it_is_and_shows_its_preview(api: APIClient, alice: User, bob: User) -> None:
    job = jobs.ask(alice, [jobs.Request("A harbour")])[0]
    key = claims.claim("worker").attempt_key
    claims.report(key, Progress(State.RUNNING, 0.25, 3, b"\xff\xd8\xff preview"))
    api.force_login(alice)
    told = api.get(f"{JOBS}{job.pk}/").json()["progress"]
    preview = told.pop("preview")
    assert told == {"fraction": 0.25, "position": 3, "attempts": 1}
    assert api.get(preview).content == b"\xff\xd8\xff preview"
    own = ContentItemFactory(creator=alice, is_private=True)
    claims.finish(key, [own, ContentItemFactory(), hidden := ContentItemFactory(creator=bob, is_private=True)])
    told = api.get(f"{JOBS}{job.pk}/").json()
    assert (told["outputs"], told["result"]) == ([own.pk, hidden.pk - 1], own.pk)
    assert told["progress"] == {"fraction": 1.0, "position": None, "attempts": 1, "preview": None}


ALLOWED = {
    "cancel": ("pending", "running"),
    "pause": ("pending",),
    "resume": ("pending",),
    "retry": ("failed", "cancelled"),
}


@pytest.mark.parametrize("act", ALLOWED)
def test_a_job_is_steered_as_its_state_allows(api: APIClient, alice: User, bob: User, act: str) -> None:
    api.force_login(alice)
    for status, columns in STATES.items():
        job = GenerationJobFactory(user=alice, status=status, **columns)
        answer = api.post(f"{JOBS}{job.pk}/{act}/")
        is_done = status in ALLOWED[act]
        assert answer.status_code == ((202 if act == "retry" else 200) if is_done else 409), status
        if is_done and act == "retry":
            assert answer.headers["Location"] == f"http://testserver{JOBS}{answer.json()['id']}/"
            assert answer.json()["id"] != job.pk
        elif is_done:
            job.refresh_from_db()
            told = answer.json()
            assert (told["id"], told["status"], told["is_paused"]) == (job.pk, job.status, job.is_paused)
            assert (job.status, job.is_paused) == ("cancelled" if act == "cancel" else "pending", act == "pause")
    api.force_login(bob)
    assert [api.post(f"{JOBS}{pk}/{act}/").status_code for pk in (job.pk, 10**9)] == [404, 404]
    assert api.post(f"{JOBS}{job.pk}/{act}/", {"surprise": 1}).json()["errors"] == {"surprise": ["Unknown field."]}


def test_many_jobs_are_cancelled_by_id_by_batch_and_all_that_wait(
    api: APIClient, alice: User, bob: User, staff: User
) -> None:
    batch = uuid4()
    mine = [GenerationJobFactory(user=alice, batch=batch) for _ in range(3)]
    ended = GenerationJobFactory(user=alice, status="failed", **STATES["failed"])
    running = GenerationJobFactory(user=alice, status="running", **STATES["running"])
    other = GenerationJobFactory(user=bob)
    api.force_login(alice)
    answers = [
        ({"ids": [mine[0].pk, ended.pk, other.pk, 10**9]}, {"cancelled": 1}),
        ({"batch": str(batch)}, {"cancelled": 2}),
        ({"batch": str(uuid4())}, {"cancelled": 0}),
    ]
    for body, told in answers:
        assert api.post(f"{JOBS}cancel/", body).json() == told
    waiting = GenerationJobFactory(user=alice)
    assert api.post(f"{JOBS}cancel/", {"waiting": True}).json() == {"cancelled": 1}
    for job, status in ((waiting, "cancelled"), (running, "running"), (other, "pending"), (ended, "failed")):
        job.refresh_from_db()
        assert job.status == status
    for wrong in ({}, {"waiting": False}, {"ids": [1], "waiting": True}, {"ids": ["x"]}, {"ids": [1] * 1001}):
        assert api.post(f"{JOBS}cancel/", wrong).status_code == 400
    api.force_login(staff)
    assert api.post(f"{JOBS}cancel/", {"waiting": True}).json() == {"cancelled": 0}
    assert api.post(f"{JOBS}cancel/", {"ids": [other.pk]}).json() == {"cancelled": 1}


def test_workflows_are_listed_with_their_inputs(api: APIClient, alice: User, settings: Settings) -> None:
    write_shipped(Workflow.objects.all())  # tests that commit empty the tables
    url = "/api/v1/workflows/"
    assert api.get(url).status_code == 401
    api.force_login(alice)
    [built_in] = api.get(url).json()["items"]
    assert (built_in["name"], built_in["inputs"][0]["name"]) == ("built-in", "prompt")
    settings.COMFYUI_URLS = ("http://127.0.0.1:8188",)
    names = [workflow["name"] for workflow in api.get(url).json()["items"]]
    assert names == ["built-in", "picture-to-picture", "text-to-picture", "upscale"]
    answer = api.post(JOBS, {"prompt": "A harbour", "workflow": "text-to-picture", "parameters": {"steps": 5}})
    assert (answer.json()["workflow"], answer.json()["parameters"]["steps"]) == ("text-to-picture", 5)


def test_browsers_see_forms_to_ask_and_to_steer(api: APIClient, alice: User) -> None:
    job = GenerationJobFactory(user=alice)
    api.force_login(alice)
    html = {"accept": "text/html"}
    page = api.get(JOBS, headers=html).content.decode()
    assert all(f'name="{name}"' in page for name in ("prompt", "workflow", "parameters", "count", "publishes"))
    for address, status in ((f"{JOBS}{job.pk}/", 200), (f"{JOBS}{job.pk}/cancel/", 405), ("/api/v1/workflows/", 200)):
        assert api.get(address, headers=html).status_code == status
    answer = api.post(f"{JOBS}{job.pk}/cancel/", headers=html)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


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
    problem = {"type": "about:blank", "title": "Generation failed", "status": 500, "detail": "No memory"}
    assert api.get(f"{JOBS}{job.pk}/").json()["error"] == problem
    assert b"No memory" not in api.get(JOBS).content
