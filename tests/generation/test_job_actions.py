"""Jobs by a browser alone: deleted, tried again by the dozen; and what batches that end so are told of."""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from content.models import ContentItem
from generation import jobs
from generation.models import GenerationJob, Status, Workflow
from generation.pages.job_views import TRIED_ALREADY
from generation.retries import retry_many
from notices.models import Notice
from tests.generation.conftest import Together
from tests.generation.test_models import STATES
from tests.generation.test_pages import job_of, states
from tests.pages.html import elements, texts
from tests.statements import statements_run
from users.models import User

AGAIN = "Try again what failed"
RETRY = "/create/jobs/retry/"


@pytest.fixture
def hers(client: Client, alice: User) -> Client:
    """Alice's browser."""
    client.force_login(alice)
    return client


def form_of(client: Client, path: str) -> dict[str, Any]:
    """Return what a page's button sends that tries again what failed."""
    page = client.get(path)
    assert AGAIN in texts(page, "button")
    shown = [one.attributes["value"] for one in elements(page, "input", name="job", form="try-again")]
    return {"next": elements(page, "input", name="next")[0].attributes["value"], "job": shown}


def messages_of(page: Any) -> list[str]:
    """Return what a page says was done; that no worker runs here is said beside it."""
    return [text for text in texts(page, "p", class_="message") if not text.startswith("No worker")]


# --- Deleting


@pytest.mark.parametrize("prefix", ["", "/fragments"])
@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_a_job_that_ended_is_deleted_and_its_works_stay(hers: Client, alice: User, status: str, prefix: str) -> None:
    job = job_of(alice, status)
    works = set(ContentItem.objects.values_list("pk"))
    assert "Delete this job" in texts(hers.get(f"/create/jobs/{job.pk}/"), "button")
    answer = hers.post(f"{prefix}/create/jobs/{job.pk}/delete/")
    assert answer.status_code == (200 if prefix else 303)
    assert prefix or answer["Location"] == "/create/jobs/"
    assert hers.get(f"/create/jobs/{job.pk}/").status_code == 404
    assert set(ContentItem.objects.values_list("pk")) == works


def test_a_running_job_is_not_deleted(hers: Client, alice: User) -> None:
    job = job_of(alice, "running")
    assert "Delete this job" not in texts(hers.get(f"/create/jobs/{job.pk}/"), "button")
    page = hers.post(f"/create/jobs/{job.pk}/delete/", follow=True)
    assert messages_of(page) == ["This job is running: cancel it first."]
    assert states(page) == ["Running, 45 %"]


def test_jobs_are_deleted_by_their_owner_and_by_staff_alone(
    client: Client, alice: User, bob: User, staff: User
) -> None:
    kept = []
    for user in (None, bob, alice, staff):
        job = job_of(alice, "failed")
        client.logout() if user is None else client.force_login(user)
        client.post(f"/create/jobs/{job.pk}/delete/")
        kept.append(GenerationJob.objects.filter(pk=job.pk).exists())
    assert kept == [True, True, False, False]


# --- Trying again


def test_what_failed_of_a_batch_is_tried_again_as_a_batch_and_once(hers: Client, alice: User) -> None:
    batch = uuid4()
    failed = [job_of(alice, "failed", batch=batch, number=n, parameters={"seed": str(n)}) for n in range(3)]
    job_of(alice, "completed", batch=batch, number=3)
    form = form_of(hers, f"/create/jobs/batch/{batch}/")
    assert form["job"] == [str(job.pk) for job in failed]
    answers = [hers.post(RETRY, form, follow=True) for _ in range(2)]
    new = GenerationJob.objects.filter(status="pending").order_by("number")
    assert [job.parameters["seed"] for job in new] == ["0", "1", "2"]
    [again] = {job.batch for job in new} - {batch}
    assert [answer.redirect_chain for answer in answers] == [[(f"/create/jobs/batch/{again}/", 303)]] * 2
    assert [messages_of(answer) for answer in answers] == [["Asked again for 3 jobs."], [TRIED_ALREADY]]


def test_what_failed_on_a_page_of_the_list_is_tried_again_each_batch_by_itself(
    hers: Client, alice: User, bob: User
) -> None:
    batches: list[UUID | None] = [uuid4(), uuid4(), None]
    for batch in batches:
        job_of(alice, "failed", batch=batch)
        job_of(alice, "failed", batch=batch, number=1)
    form = form_of(hers, "/create/jobs/")
    others = [job_of(bob, "failed"), job_of(alice, "cancelled"), job_of(alice, "completed")]
    with statements_run() as statements:
        page = hers.post(RETRY, {**form, "job": [*form["job"], *(job.pk for job in others), "x"]}, follow=True)
    assert messages_of(page) == ["Asked again for 6 jobs."]
    new = GenerationJob.objects.filter(status="pending")
    sizes = sorted(new.filter(batch=batch).count() for batch in set(new.values_list("batch", flat=True)) - {None})
    assert (sizes, new.filter(batch=None).count(), new.filter(user=bob).exists()) == ([2, 2], 2, False)
    assert len([sql for sql in statements if "generation_admission" in sql]) == 1


def bring(job: GenerationJob, status: str) -> None:
    """Bring a job that waits into a state, as workers do."""
    for each in ("running", status) if status != "pending" else ():
        GenerationJob.objects.filter(pk=job.pk).update(status=each, **STATES[each])


@pytest.mark.parametrize("by", ["its card", "all of the page"])
@pytest.mark.parametrize("status", ["pending", "running", "completed"])
def test_what_was_tried_again_already_is_not_asked_for_again(hers: Client, alice: User, by: str, status: str) -> None:
    job = job_of(alice, "failed")
    forms = [form_of(hers, "/create/jobs/") for _ in range(2)]
    hers.post(f"/create/jobs/{job.pk}/retry/") if by == "its card" else hers.post(RETRY, forms[0])
    again = GenerationJob.objects.exclude(pk=job.pk).get()
    bring(again, status)
    for form in (forms[1], form_of(hers, "/create/jobs/")):
        assert messages_of(hers.post(RETRY, form, follow=True)) == [TRIED_ALREADY]
    assert hers.post(f"/create/jobs/{job.pk}/retry/")["Location"] == f"/create/jobs/{again.pk}/"
    assert GenerationJob.objects.count() == 2
    form["job"].append(job_of(alice, "failed").pk)
    assert messages_of(hers.post(RETRY, form, follow=True))[-1] == "Asked again for 1 job."


def test_what_failed_again_is_asked_for_once_more(hers: Client, alice: User) -> None:
    first = job_of(alice, "failed", batch=uuid4(), number=3)
    for tries in range(2, 5):
        assert messages_of(hers.post(RETRY, {"job": first.pk}, follow=True)) == ["Asked again for 1 job."]
        assert GenerationJob.objects.count() == tries
        bring(GenerationJob.objects.get(status="pending"), "failed")
    form = form_of(hers, "/create/jobs/")
    assert (len(form["job"]), messages_of(hers.post(RETRY, form, follow=True))) == (4, ["Asked again for 1 job."])
    assert hers.post(f"/create/jobs/{first.pk}/retry/").status_code == 303
    assert GenerationJob.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_what_is_tried_again_by_two_requests_at_once_is_asked_for_once(alice: User, together: Together) -> None:
    failed = [job_of(alice, "failed", number=number) for number in range(3)]
    retried = together(lambda: retry_many(failed), lambda: retry_many(failed))
    assert sorted(len(each.asked) for each in retried) == [0, 3]
    assert GenerationJob.objects.filter(status="pending").count() == 3


def test_over_the_quota_nothing_is_tried_again(hers: Client, alice: User, settings: Settings) -> None:
    for _ in range(3):
        job_of(alice, "failed")
    form = form_of(hers, "/create/jobs/")
    settings.GENERATION_OPEN_JOBS = 2
    page = hers.post(RETRY, form, follow=True)
    assert messages_of(page) == ["An account may have 2 open jobs at a time, and this asks for 3."]
    assert not GenerationJob.objects.filter(status="pending").exists()


def test_jobs_of_workflows_that_are_offered_no_longer_are_passed_over(hers: Client, alice: User) -> None:
    workflow = Workflow.objects.create(name="w", title="W", graph={}, is_active=False)
    job_of(alice, "failed", workflow=workflow)
    page = hers.post(RETRY, form_of(hers, "/create/jobs/"), follow=True)
    assert messages_of(page) == ["1 cannot be: the workflow is offered no longer."]
    job_of(alice, "failed")
    page = hers.post(RETRY, form_of(hers, "/create/jobs/"), follow=True)
    assert messages_of(page) == ["Asked again for 1 job. 1 cannot be: the workflow is offered no longer."]


def test_automatic_jobs_that_are_tried_again_stay_behind_those_of_users(hers: Client, alice: User) -> None:
    job_of(alice, "failed", is_automatic=True)
    job_of(alice, "failed")
    hers.post(RETRY, form_of(hers, "/create/jobs/"))
    new = GenerationJob.objects.filter(status="pending")
    assert set(new.values_list("is_automatic", "priority")) == {(True, -1), (False, 0)}


@pytest.mark.parametrize(
    ("sent", "status"),
    [({}, 303), ({"job": ["x", "9" * 40]}, 303), ({"job": [*range(1, 502)]}, 404)],
)
def test_a_form_that_is_none_of_ours_asks_for_nothing(hers: Client, sent: dict[str, Any], status: int) -> None:
    assert (hers.post(RETRY, sent).status_code, GenerationJob.objects.count()) == (status, 0)


def test_one_signs_in_to_try_again(db: None, client: Client) -> None:
    assert client.post(RETRY)["Location"].startswith("/accounts/login/")


# --- Batches that end so


@pytest.mark.parametrize(
    "end",
    [
        jobs.cancel,
        lambda job: jobs.cancel_many(GenerationJob.objects.filter(user=job.user)),
        jobs.delete,
    ],
    ids=["cancel", "cancel many", "delete"],
)
def test_a_batch_whose_last_open_job_is_given_up_is_told_of_once(
    alice: User,
    end: Callable[[GenerationJob], object],
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    batch = uuid4()
    first, _ = (job_of(alice, "completed", batch=batch, number=number) for number in range(2))
    last = job_of(alice, "pending", batch=batch, number=2)
    with django_capture_on_commit_callbacks(execute=True):
        end(last)
    assert list(Notice.objects.values_list("user", "job", "completed", "failed")) == [(alice.pk, first.pk, 2, 0)]
    with django_capture_on_commit_callbacks(execute=True):
        jobs.delete(first)
    assert not Notice.objects.exists()


def test_a_batch_that_goes_on_or_made_nothing_is_not_told_of(
    alice: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    goes_on, nothing = uuid4(), uuid4()
    for status in (Status.COMPLETED, Status.RUNNING, Status.PENDING):
        job_of(alice, status, batch=goes_on)
    for _ in range(2):
        job_of(alice, "pending", batch=nothing)
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.cancel_many(GenerationJob.objects.filter(status="pending")) == 3
    assert not Notice.objects.exists()
