"""What users do with jobs: the queue is fair, quotas hold, and a request that is sent again is the same one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from generation import claims, jobs
from generation.jobs import JobStateError, KeyReusedError, Request
from generation.models import GenerationJob, Status, Workflow
from generation.quotas import RETRY_SECONDS, QuotaError
from media.models import StoredBytes
from tests.factories import EPOCH, ContentItemFactory, MediaFileFactory, UserFactory
from tests.generation.conftest import Together
from tests.statements import statements_run
from users.models import User

pytestmark = pytest.mark.django_db

CAT = Request("a cat", "rain", parameters={"width": 512, "loras": [{"name": "x", "weight": 0.5}]})


def ask(user: User, number: int = 1, **options: Any) -> list[GenerationJob]:
    """Ask for some jobs."""
    return jobs.ask(user, [CAT] * number, **options)


def claimed(number: int) -> list[GenerationJob]:
    """Claim so many jobs."""
    return [job for _ in range(number) if (job := claims.claim("worker"))]


def wait_for_many(user: User, number: int) -> None:
    """Give a user so many waiting jobs, as if they were asked for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO generation_generationjob"
            " (user_id, job_type, prompt, parameters, status, error, created_at, turn)"
            " SELECT %s, 'image', 'x', '{}', 'pending', '', now(), turn FROM generate_series(0, %s) AS turn",
            [user.pk, number - 1],
        )


# --- The queue


def test_ten_thousand_jobs_of_a_user_delay_another_s_by_one(alice: User, bob: User) -> None:
    wait_for_many(alice, 10_000)
    [job] = ask(bob)
    assert jobs.position(job) == 1
    assert [job.user for job in claimed(3)] == [alice, bob, alice]
    [later] = ask(bob)
    assert jobs.position(later) <= 1


def test_two_users_take_turns_by_the_order_of_their_first_jobs(alice: User, bob: User) -> None:
    ask(alice, 4)
    ask(bob, 2)
    assert [job.user for job in claimed(2)] == [alice, bob]
    ask(bob, 1)
    assert [job.user for job in claimed(5)] == [alice, bob, alice, bob, alice]


def test_higher_priority_comes_first_and_what_no_user_asked_for_last(alice: User, bob: User) -> None:
    [automatic] = ask(alice, is_automatic=True)
    ordinary, urgent = ask(bob, 2)
    GenerationJob.objects.filter(pk=urgent.pk).update(priority=5)
    assert [jobs.position(GenerationJob.objects.get(pk=job.pk)) for job in (urgent, ordinary, automatic)] == [0, 1, 2]
    assert claimed(4) == [urgent, ordinary, automatic]


def test_a_paused_job_is_passed_over_and_resumed_as_the_last_of_its_user(alice: User, bob: User) -> None:
    paused, *others = ask(alice, 3)
    jobs.pause(paused)
    assert (jobs.position(paused), claimed(1)) == (None, [others[0]])
    bobs = ask(bob, 2)
    jobs.resume(paused)
    assert claimed(9) == [others[1], bobs[0], paused, bobs[1]]


def test_jobs_that_were_paused_do_not_come_before_those_of_others(alice: User, bob: User) -> None:
    paused = ask(alice, 3)
    for job in paused:
        jobs.pause(job)
    wait_for_many(bob, 100)
    claimed(50)
    for job in paused:
        jobs.resume(job)
    assert [job.user for job in claimed(5)] == [alice, bob, alice, bob, alice]


def test_a_position_is_counted_to_a_thousand(alice: User) -> None:
    wait_for_many(alice, jobs.MOST_BEFORE + 50)
    places = [jobs.position(GenerationJob.objects.get(turn=turn)) for turn in (0, 999, 1000, 1049)]
    assert places == [0, 999, 1000, 1000]


# --- Asking


@pytest.mark.parametrize("number", [1, 100])
def test_asking_takes_three_queries(alice: User, number: int) -> None:
    with statements_run() as statements:
        ask(alice, number, idempotency_key="key")
    assert len([sql for sql in statements if "SAVEPOINT" not in sql]) == 3
    assert GenerationJob.objects.count() == number
    assert ProcrastinateJob.objects.filter(status="todo", queue_name="generation").count() == number


def test_nothing_is_asked_for_without_requests(alice: User) -> None:
    with statements_run() as statements:
        assert jobs.ask(alice, []) == []
    assert statements == []


def test_a_job_keeps_the_request(alice: User) -> None:
    parent, workflow = ContentItemFactory(), Workflow.objects.create(name="w", title="W", graph={})
    wanted = Request("p", "n", "video", {"seed": 2**64 - 1, "steps": 3}, workflow, parent, publishes=True)
    jobs.ask(alice, [wanted])
    job = GenerationJob.objects.get()
    assert (job.user, job.prompt, job.negative_prompt, job.job_type) == (alice, "p", "n", "video")
    assert job.parameters == {"seed": "18446744073709551615", "steps": 3}
    assert (job.workflow, job.parent, job.publishes, job.batch, job.number) == (workflow, parent, True, None, 0)


def test_a_seed_is_drawn_for_each_job(alice: User) -> None:
    seeds = [job.parameters["seed"] for job in ask(alice, 50)]
    assert len(set(seeds)) == 50
    assert all(isinstance(seed, str) and 0 <= int(seed) < 2**63 for seed in seeds)
    assert max(map(int, seeds)) > 2**53


def test_the_jobs_of_one_request_are_a_batch(alice: User) -> None:
    first, second = ask(alice, 2), ask(alice, 2)
    assert [job.number for job in first] == [0, 1]
    assert len({job.batch for job in first}) == 1
    assert first[0].batch != second[0].batch


def test_the_same_request_with_the_same_key_gives_its_jobs(alice: User, bob: User) -> None:
    asked = ask(alice, 3, idempotency_key="k")
    assert ask(alice, 3, idempotency_key="k") == asked
    claimed(1)
    assert ask(alice, 3, idempotency_key="k") == asked
    assert GenerationJob.objects.count() == 3
    assert ask(bob, 3, idempotency_key="k")[0].user == bob


@pytest.mark.parametrize(
    "others",
    [
        [CAT, CAT],
        [replace(CAT, prompt="a dog")],
        [replace(CAT, negative_prompt="")],
        [replace(CAT, job_type="video")],
        [replace(CAT, parameters={"width": 512})],
        [replace(CAT, parameters={**CAT.parameters, "seed": 1})],
        [replace(CAT, publishes=True)],
    ],
)
def test_another_request_with_the_same_key_is_refused(alice: User, others: list[Request]) -> None:
    ask(alice, idempotency_key="k")
    with pytest.raises(KeyReusedError):
        jobs.ask(alice, others, idempotency_key="k")
    assert GenerationJob.objects.count() == 1


def test_a_quota_counts_what_is_open(alice: User, bob: User, settings: Any) -> None:
    settings.GENERATION_OPEN_JOBS = 3
    ask(alice, 3)
    with pytest.raises(QuotaError, match="3 open jobs at a time, and 3 of yours are") as refused:
        ask(alice)
    assert refused.value.seconds == RETRY_SECONDS
    ask(bob, 3)
    jobs.cancel(GenerationJob.objects.filter(user=alice)[0])
    ask(alice)
    with pytest.raises(QuotaError, match="asks for 4"):
        ask(UserFactory(), 4)
    assert GenerationJob.objects.count() == 7


def test_nothing_is_asked_for_that_has_no_room(alice: User, bob: User, settings: Any) -> None:
    settings.UPLOAD_QUOTA_BYTES = 2_000
    for size in (1_999, 1):
        asked = ask(alice, idempotency_key="k")
        ContentItemFactory(creator=alice, media_file=MediaFileFactory(stored_as="x", size=size))
    # As a day later.
    StoredBytes.objects.all().delete()
    with pytest.raises(QuotaError, match="may take 2,000 bytes; they take 2,000"):
        ask(alice)
    # The count outlasts the transaction that asked.
    assert StoredBytes.objects.get(owner=alice).bytes == 2_000
    assert ask(alice, idempotency_key="k") == asked
    ask(bob)
    assert GenerationJob.objects.count() == 2


# --- States


STATES: dict[str, dict[str, Any]] = {
    "pending": {},
    "paused": {"is_paused": True},
    "running": {"status": "running", "started_at": EPOCH},
    "completed": {"status": "completed", "started_at": EPOCH, "finished_at": EPOCH},
    "failed": {"status": "failed", "started_at": EPOCH, "finished_at": EPOCH, "error": "No memory"},
    "cancelled": {"status": "cancelled", "finished_at": EPOCH},
}
POSSIBLE: list[tuple[Callable[[GenerationJob], object], set[str]]] = [
    (jobs.cancel, {"pending", "paused", "running"}),
    (jobs.pause, {"pending", "paused"}),
    (jobs.resume, {"pending", "paused"}),
    (jobs.retry, {"failed", "cancelled"}),
    (jobs.delete, set(STATES) - {"running"}),
]


@pytest.mark.parametrize(("act", "possible"), POSSIBLE, ids=lambda value: getattr(value, "__name__", ""))
def test_each_action_is_for_some_states(
    alice: User, act: Callable[[GenerationJob], object], possible: set[str]
) -> None:
    done = set()
    for name, columns in STATES.items():
        job = GenerationJob.objects.create(user=alice, job_type="image", prompt="x", **columns)
        try:
            act(job)
        except JobStateError as error:
            assert columns.get("status", "pending") in str(error)
        else:
            done.add(name)
    assert done == possible


def test_a_job_is_retried_as_it_was_asked_for(alice: User) -> None:
    [job] = jobs.ask(alice, [replace(CAT, parent=ContentItemFactory(), publishes=True)], is_automatic=True)
    jobs.cancel(job)
    again = jobs.retry(job)
    names = ("user", "prompt", "negative_prompt", "job_type", "parameters", "parent", "publishes", "is_automatic")
    assert [getattr(again, name) for name in names] == [getattr(job, name) for name in names]
    assert (again.status, again == job) == (Status.PENDING, False)


def test_a_job_whose_workflow_was_withdrawn_is_not_retried(alice: User) -> None:
    workflow = Workflow.objects.create(name="w", title="W", graph={})
    [job] = jobs.ask(alice, [replace(CAT, workflow=workflow)])
    jobs.cancel(job)
    Workflow.objects.update(is_active=False)
    with pytest.raises(JobStateError, match="offered no longer"):
        jobs.retry(job)


def test_a_cancelled_running_job_has_no_attempt(alice: User) -> None:
    ask(alice)
    [job] = claimed(1)
    key = job.attempt.key
    jobs.cancel(job)
    assert (job.status, job.attempt_key, claims.sent(key, "x")) == (Status.CANCELLED, None, False)
    assert job.finished_at >= job.started_at


def test_many_jobs_are_cancelled_in_batches(alice: User, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "CANCEL_ROWS", 2)
    ask(alice, 5)
    ask(bob)
    [running] = claimed(1)
    with statements_run() as statements:
        assert jobs.cancel_many(GenerationJob.objects.filter(user=alice)) == 5
    assert len([sql for sql in statements if sql.startswith("UPDATE")]) == 3
    assert jobs.cancel_many(GenerationJob.objects.filter(user=alice)) == 0
    assert set(GenerationJob.objects.values_list("user", "status")) == {
        (alice.pk, "cancelled"),
        (bob.pk, "pending"),
    }
    assert not claims.sent(running.attempt.key, "x")


# --- Together


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_do_not_exceed_the_quota(settings: Any, together: Together) -> None:
    settings.GENERATION_OPEN_JOBS = 5
    user = UserFactory()

    def try_to_ask() -> bool:
        try:
            ask(user, 2)
        except QuotaError:
            return False
        return True

    assert sorted(together(*[try_to_ask] * 4)) == [False, False, True, True]
    assert sorted(GenerationJob.objects.values_list("turn", flat=True)) == [0, 1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_the_same_request_at_once_makes_its_jobs_once(together: Together) -> None:
    user = UserFactory()
    answers = together(*[lambda: ask(user, 2, idempotency_key="k")] * 4)
    assert all(answer == answers[0] for answer in answers)
    assert GenerationJob.objects.count() == 2
