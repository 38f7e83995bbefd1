"""What workers do with jobs: each is claimed once, only its own attempt writes to it, and what dead workers left waits
again."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from threading import Event
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from generation import claims, jobs, tokens
from generation.backends import PREVIEW_BYTES
from generation.claims import HEARTBEAT, LOST, NO_REASON, Swept
from generation.jobs import JobStateError, Request
from generation.models import Attempt, GenerationJob, JobOutput, Status
from genonaut import flags
from tests.factories import EPOCH, ContentItemFactory, UserFactory
from tests.generation.conftest import Together
from users.letters import TASK as LETTER
from users.models import User

pytestmark = pytest.mark.django_db

LIMIT = HEARTBEAT.total_seconds()


def claimed(user: User, number: int = 1) -> list[GenerationJob]:
    """Ask for some jobs and claim them."""
    jobs.ask(user, [Request("a cat")] * number)
    return [job for _ in range(number) if (job := claims.claim("worker"))]


def news(**fields: Any) -> SimpleNamespace:
    """Return a report with nothing in it but the fields."""
    return SimpleNamespace(**{"fraction": None, "position": None, "preview": None, **fields})


def silence(seconds: float, job: GenerationJob | None = None) -> None:
    """Let attempts have been silent for so long."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE generation_attempt SET heartbeat_at = now() - %s * interval '1 second' WHERE %s IN (job_id, 0)",
            [seconds, job.pk if job else 0],
        )


def waiting_tokens() -> int:
    """Return how many tokens wait in the queue."""
    return ProcrastinateJob.objects.filter(status="todo", task_name=tokens.TASK).count()


def empty_queue() -> None:
    """Take all tokens out of the queue, as workers do that find no job."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def status(job: GenerationJob) -> str:
    """Return the status that the database has."""
    return GenerationJob.objects.values_list("status", flat=True).get(pk=job.pk)


def outputs(job: GenerationJob) -> list[int]:
    """Return the works of a job, in their order."""
    return list(JobOutput.objects.filter(job=job).order_by("position").values_list("item_id", flat=True))


# --- Claiming


def test_a_claimed_job_runs_with_an_attempt(alice: User) -> None:
    [job] = claimed(alice)
    assert (job.status, job.attempts, job.attempt_key) == (Status.RUNNING, 1, job.attempt.key)
    row = Attempt.objects.get()
    assert (row.job, row.worker, row.sent_at, row.backend) == (job, "worker", None, "")
    assert abs((timezone.now() - row.heartbeat_at).total_seconds()) < LIMIT
    assert claims.claim("other") is None


def test_no_job_is_claimed_while_generation_is_switched_off(alice: User) -> None:
    jobs.ask(alice, [Request("a cat")])
    flags.turn(flags.Flag.GENERATION, is_on=False)
    empty_queue()
    assert (claims.claim("worker"), claims.sweep().deferred) == (None, 0)
    flags.turn(flags.Flag.GENERATION, is_on=True)
    assert claims.sweep().deferred == 1
    assert claims.claim("worker")


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_never_get_the_same_job(together: Together) -> None:
    for user in UserFactory.create_batch(3):
        jobs.ask(user, [Request("a cat")] * 20)

    def claim_all() -> list[GenerationJob]:
        return list(iter(lambda: claims.claim("worker"), None))

    shares = together(*[claim_all] * 4)
    got = [job.pk for share in shares for job in share]
    assert sorted(got) == sorted(GenerationJob.objects.values_list("pk", flat=True))
    assert len({job.attempt_key for share in shares for job in share}) == 60


@pytest.mark.django_db(transaction=True)
def test_a_job_that_another_worker_is_claiming_is_passed_over(together: Together) -> None:
    first, second = jobs.ask(UserFactory(), [Request("a cat")] * 2)
    with transaction.atomic():
        assert claims.claim("worker") == first
        assert together(lambda: claims.claim("other")) == [second]


# --- Reports


def test_a_report_says_how_far_an_attempt_is(alice: User) -> None:
    [job] = claimed(alice)
    key = job.attempt.key
    silence(3_000)
    assert claims.sent(key, "http://one")
    assert claims.report(key, news(position=3, preview=b"small", fraction=0.5))
    assert claims.report(key, news())
    row = Attempt.objects.get()
    assert (row.backend, row.sent_at is None) == ("http://one", False)
    assert (row.position, row.fraction, bytes(row.preview)) == (None, 0.5, b"small")
    assert (timezone.now() - row.heartbeat_at).total_seconds() < 1_000


def test_what_a_backend_says_too_much_is_bounded(alice: User) -> None:
    [job] = claimed(alice)
    assert claims.report(job.attempt.key, news(fraction=1.5, preview=b"x" * (PREVIEW_BYTES + 1)))
    assert claims.report(job.attempt.key, news(fraction=float("nan"), position=100_000))
    row = Attempt.objects.get()
    assert (row.fraction, row.preview, row.position) == (1.0, None, 32_767)


# --- Ends


def test_a_finished_job_has_its_works_and_no_attempt(alice: User) -> None:
    [job], items = claimed(alice), ContentItemFactory.create_batch(2)
    assert claims.finish(job.attempt.key, [items[1], items[0].pk])
    job.refresh_from_db()
    assert (job.status, job.result, job.attempt_key) == (Status.COMPLETED, items[1], None)
    assert job.finished_at >= job.started_at
    assert outputs(job) == [items[1].pk, items[0].pk]
    assert not Attempt.objects.exists()


def test_a_job_that_made_nothing_is_not_finished(alice: User) -> None:
    [job] = claimed(alice)
    with pytest.raises(ValueError, match="made nothing"):
        claims.finish(job.attempt.key, [])


def test_a_failed_and_a_cancelled_job_keep_what_was_made(alice: User) -> None:
    first, second, third = claimed(alice, 3)
    item = ContentItemFactory()
    assert claims.fail(first.attempt.key, "No memory.", [item])
    assert claims.fail(second.attempt.key, " ")
    assert claims.cancelled(third.attempt.key, [item])
    rows = GenerationJob.objects.order_by("pk").values_list("status", "error", "result")
    assert list(rows) == [("failed", "No memory.", None), ("failed", NO_REASON, None), ("cancelled", "", None)]
    assert [outputs(job) for job in (first, second, third)] == [[item.pk], [], [item.pk]]


def test_a_job_that_is_given_back_is_the_next_and_counts_no_attempt(alice: User, bob: User) -> None:
    [first], _ = claimed(alice), jobs.ask(alice, [Request("a cat")] * 5)
    jobs.ask(bob, [Request("a cat")])
    empty_queue()
    assert claims.give_back(first.attempt.key)
    assert waiting_tokens() == 1
    first.refresh_from_db()
    assert (first.status, first.attempts, first.started_at) == (Status.PENDING, 0, None)
    again = claims.claim("other")
    assert again == first
    assert claims.give_back(again.attempt.key, is_first=False)
    assert waiting_tokens() == 1
    assert [claims.claim("other") == first for _ in range(7)] == [False] * 6 + [True], "its backend is away"


WRITES: dict[str, Callable[[UUID, Sequence[Any]], bool]] = {
    "sent": lambda key, _: claims.sent(key, "b"),
    "report": lambda key, _: claims.report(key, news(fraction=0.9)),
    "finish": claims.finish,
    "fail": lambda key, items: claims.fail(key, "No memory.", items),
    "cancelled": claims.cancelled,
    "give_back": lambda key, _: claims.give_back(key),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
@pytest.mark.parametrize("loss", ["cancelled", "taken up", "unknown"])
def test_an_attempt_that_lost_its_job_writes_nothing(
    alice: User, write: Callable[[UUID, Sequence[Any]], bool], loss: str
) -> None:
    [job] = claimed(alice)
    key = job.attempt.key
    if loss == "cancelled":
        jobs.cancel(job)
    elif loss == "taken up":
        silence(LIMIT + 1)
        assert claims.sweep().given_back == 1
        assert claims.claim("other") == job
    else:
        key = uuid4()
    tables = (GenerationJob, Attempt, JobOutput)
    before = [list(model.objects.values()) for model in tables]
    assert write(key, [ContentItemFactory()]) is False
    assert [list(model.objects.values()) for model in tables] == before


@pytest.mark.django_db(transaction=True)
def test_of_a_cancellation_and_an_end_exactly_one_wins(together: Together) -> None:
    item, user = ContentItemFactory(), UserFactory()

    def cancel(job: GenerationJob) -> bool:
        try:
            jobs.cancel(job)
        except JobStateError:
            return False
        return True

    for _ in range(25):
        [job] = claimed(user)
        copy = GenerationJob.objects.get(pk=job.pk)
        won = together(lambda job=job: claims.finish(job.attempt.key, [item]), lambda copy=copy: cancel(copy))
        assert sorted(won) == [False, True]
        assert (status(job), outputs(job)) == (("completed", [item.pk]) if won[0] else ("cancelled", []))
    assert not Attempt.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_cancelling_many_beside_workers_and_sweeps_ends_each_job_once(together: Together) -> None:
    item, user = ContentItemFactory(), UserFactory()
    jobs.ask(user, [Request("a cat")] * 60)

    def work() -> int:
        return sum(claims.finish(job.attempt.key, [item]) for job in iter(lambda: claims.claim("worker"), None))

    def sweep() -> int:
        for _ in range(10):
            silence(LIMIT + 1)
            claims.sweep()
        return 0

    first, second, swept, gone = together(
        work, work, sweep, lambda: jobs.cancel_many(GenerationJob.objects.filter(user=user))
    )
    counts = [GenerationJob.objects.filter(status=end).count() for end in ("completed", "cancelled")]
    assert counts == [first + second + swept, gone]
    assert sum(counts) == 60 - GenerationJob.objects.filter(status__in=("pending", "failed")).count()
    assert not GenerationJob.objects.filter(status="running").exists()


# --- The sweep


def test_what_a_dead_worker_left_waits_again_and_living_attempts_go_on(alice: User) -> None:
    dead, living = claimed(alice, 2)
    silence(LIMIT + 1, dead)
    silence(LIMIT - 10, living)
    empty_queue()
    assert claims.sweep() == Swept(given_back=1, deferred=1)
    assert (status(dead), status(living), waiting_tokens()) == ("pending", "running", 1)
    assert claims.sweep() == Swept()
    assert claims.claim("other") == dead


def test_a_job_whose_attempts_are_all_lost_fails(alice: User) -> None:
    claimed(alice)
    swept = []
    for _ in range(3):
        silence(LIMIT + 1)
        swept.append((claims.sweep().given_back, GenerationJob.objects.get().error))
        claims.claim("worker")
    assert swept == [(1, ""), (1, ""), (0, LOST)]
    assert status(GenerationJob.objects.get()) == "failed"


def test_a_running_job_without_an_attempt_waits_again(alice: User) -> None:
    legacy = GenerationJob.objects.create(
        user=alice, job_type="image", prompt="x", status="running", started_at=EPOCH, priority=-1
    )
    [orphan] = claimed(alice)
    Attempt.objects.all().delete()
    assert claims.sweep().given_back == 2
    assert (status(legacy), status(orphan)) == ("pending", "pending")


@pytest.fixture(params=[-86_400, 86_400], ids=["a day behind", "a day ahead"])
def skewed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The clock of this process is wrong."""
    right, now = time.time, timezone.now
    monkeypatch.setattr(time, "time", lambda: right() + request.param)
    monkeypatch.setattr(timezone, "now", lambda: now() + timedelta(seconds=request.param))
    yield


def test_a_worker_s_clock_does_not_count(alice: User, skewed: None) -> None:
    [job] = claimed(alice)
    assert claims.report(job.attempt.key, news())
    assert claims.sweep().given_back == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT abs(extract(epoch FROM now() - started_at)) < 60 FROM generation_generationjob")
        assert cursor.fetchall() == [(True,)]
    silence(LIMIT + 1)
    assert claims.sweep().given_back == 1
    assert claims.finish(claims.claim("worker").attempt.key, [ContentItemFactory(created_at=EPOCH)])
    job.refresh_from_db()
    assert job.finished_at >= job.started_at


@pytest.mark.django_db(transaction=True)
def test_a_sweep_that_waits_for_a_report_leaves_the_job(together: Together) -> None:
    [job] = claimed(UserFactory())
    silence(LIMIT + 1)
    has_reported = Event()

    def report() -> bool:
        with transaction.atomic():
            is_ours = claims.report(job.attempt.key, news())
            has_reported.set()
            time.sleep(0.3)  # the sweep reads the old heartbeat and waits for the row
        return is_ours

    def sweep() -> Swept:
        assert has_reported.wait(60)
        return claims.sweep()

    is_ours, swept = together(report, sweep)
    assert (is_ours, swept.given_back, status(job)) == (True, 0, "running")


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_once_take_a_job_up_once(together: Together) -> None:
    claimed(UserFactory(), 10)
    silence(LIMIT + 1)
    swept = together(*[claims.sweep] * 3)
    assert sum(one.given_back for one in swept) == 10
    assert set(GenerationJob.objects.values_list("status", "attempts")) == {("pending", 1)}


# --- Tokens


def test_missing_tokens_are_deferred_as_far_as_they_are_counted(alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first, *_ = jobs.ask(alice, [Request("a cat")] * 5)
    jobs.pause(first)
    empty_queue()
    assert (claims.sweep().deferred, waiting_tokens()) == (4, 4)
    assert claims.sweep().deferred == 0
    empty_queue()
    monkeypatch.setattr(tokens, "MOST", 3)
    assert (claims.sweep().deferred, waiting_tokens()) == (3, 3)


def leave_in_queue(name: str, state: str, age: str, heartbeat: str | None, attempts: int = 0) -> None:
    """Write a row of the queue whose last event and whose worker's last heartbeat are so old."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat)"
            " SELECT now() - %s::interval WHERE %s::text IS NOT NULL RETURNING id)"
            " INSERT INTO procrastinate_jobs (queue_name, task_name, status, attempts, worker_id)"
            " SELECT 'q', %s, %s::procrastinate_job_status, %s, (SELECT id FROM worker) RETURNING id",
            [heartbeat, heartbeat, name, state, attempts],
        )
        [pk] = cursor.fetchone()
        cursor.execute("DELETE FROM procrastinate_events WHERE job_id = %s", [pk])
        cursor.execute(
            "INSERT INTO procrastinate_events (job_id, type, at) VALUES (%s, 'started', now() - %s::interval)",
            [pk, age],
        )


def test_a_letter_that_a_dead_worker_was_sending_is_sent_again_as_often_as_others(db: None) -> None:
    for row in [("1 hour", None, 0), ("1 hour", "1 hour", 3), ("1 hour", None, 4), ("1 hour", "1 second", 0)]:
        leave_in_queue(LETTER, "doing", *row)
    claims.sweep()
    found = ProcrastinateJob.objects.order_by("pk").values_list("status", "attempts")
    assert list(found) == [("todo", 1), ("todo", 4), ("failed", 5), ("doing", 0)]
    claims.sweep()
    assert list(found.all()) == [("todo", 1), ("todo", 4), ("failed", 5), ("doing", 0)]


def test_rows_of_the_queue_that_ended_are_pruned(db: None) -> None:
    rows = [
        ("generate", "succeeded", "1 second", None),
        ("generate", "failed", "2 days", None),
        ("other", "failed", "2 days", None),
        ("generate", "doing", "1 hour", None),
        ("generate", "doing", "1 hour", "1 hour"),
        ("other", "doing", "1 hour", None),
        ("generate", "todo", "2 days", None),
        ("generate", "failed", "1 hour", None),
        ("generate", "doing", "1 minute", None),
        ("generate", "doing", "1 hour", "1 second"),
    ]
    for row in rows:
        leave_in_queue(*row)
    assert claims.sweep().pruned == 6
    left = ProcrastinateJob.objects.order_by("pk").values_list("task_name", "status")
    assert list(left) == [(name, state) for name, state, _, _ in rows[6:]]
