"""One attempt at a job, in this process, at the built-in renderer and at a ComfyUI of our own."""

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from content import uploading
from content.models import ContentItem, Source
from content.trash import move_to_trash
from content.uploading import Offer, take_file
from generation import claims, heartbeats, jobs, performing
from generation.backends.choosing import BACKENDS
from generation.backends.comfyui.backend import DEAD, Limits
from generation.backends.comfyui.servers import ComfyUIServers
from generation.jobs import Request, ask
from generation.models import Attempt, GenerationJob, JobOutput, Status, Workflow
from generation.orders import CLOSED, PICTURES
from generation.performing import perform
from genonaut import worker_process
from media.models import MediaFile
from tests.comfyui import LocalComfyUI
from tests.comfyui.graphs import Graph, node, plain, waiting
from tests.factories import ContentItemFactory
from tests.generation.workers import wait_for
from tests.media.pictures.dying import DyingStudio
from tests.pages.html import texts
from tests.uploads.files import files_below, picture
from users.models import User

# Threads beat and cancel beside the attempt: they see only what is committed.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folders")]
SMALL = {"width": 64, "height": 64}
# What is saved of node 91, and said if that fails.
SAVED_LAST = {"92": node("SaveImage", images=["91", 0], filename_prefix="x")}
FAILURE = "ComfyUI failed in node 91 (Fail): RuntimeError."
LIMITS = Limits(read_seconds=5, lost_seconds=0.1, unsure_seconds=0.5, stop_again_seconds=0.2, output_bytes=1_000_000)


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Wait for backends as long as a test may last; no test leaves a worker that is told to end."""
    monkeypatch.setattr(performing, "AWAY_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(performing, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(performing, "CANCEL_SECONDS", 60.0)
    monkeypatch.setattr(heartbeats, "NEWS_SECONDS", 0.0)
    monkeypatch.setattr(heartbeats, "CHECK_SECONDS", 0.05)
    yield
    worker_process.stopping.clear()


@pytest.fixture
def workflow(comfyui: LocalComfyUI, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[[Graph], Workflow]:
    """Make a workflow of a graph, which the ComfyUI of this test runs."""
    settings.COMFYUI_URLS = [comfyui.url]
    servers = ComfyUIServers(settings.COMFYUI_URLS, LIMITS)
    monkeypatch.setattr(BACKENDS, "_servers", lambda: servers)

    def made(graph: Graph) -> Workflow:
        return Workflow.objects.create(name=f"w{Workflow.objects.count()}", title="W", graph=graph, inputs=[])

    yield made
    servers.close()


def claimed(user: User, **fields: object) -> GenerationJob:
    """Return a job that was asked for and claimed."""
    ask(user, [Request(**{"prompt": "a lighthouse in fog", **fields})])
    return claims.claim("here")


@contextmanager
def performing_beside(job: GenerationJob) -> Iterator[Callable[[], str]]:
    """Perform a job in a thread of its own; give what waits for its outcome."""
    said: list[str] = []

    def work() -> None:
        said.append(perform(job))
        connection.close()

    thread = Thread(target=work)
    thread.start()

    def outcome() -> str:
        thread.join(300)
        return said[0]

    yield outcome
    thread.join(300)


def test_a_picture_is_a_private_work_with_its_metadata_and_thumbnails_when_the_job_is_completed(alice: User) -> None:
    job = claimed(alice, parameters={**SMALL, "seed": 2**64 - 1})
    assert perform(job) == "completed"
    job.refresh_from_db()
    work = job.result
    assert (job.status, work.creator, work.is_private, work.is_pictured) == (Status.COMPLETED, alice, True, True)
    assert (work.source, work.prompt, work.title) == (Source.USER, job.prompt, job.prompt)
    assert (work.generation.prompt, work.generation_seed) == (job.prompt, 2**64 - 1)
    assert [(output.item, output.position) for output in job.outputs.all()] == [(work, 0)]
    assert not Attempt.objects.exists()


def test_what_publishes_is_public_and_what_no_user_asked_for_is_automatic(alice: User) -> None:
    parent = ContentItemFactory()
    ask(alice, [Request("a lighthouse", parameters=SMALL, parent=parent, publishes=True)], is_automatic=True)
    job = claims.claim("here")
    perform(job)
    job.refresh_from_db()
    assert (job.result.is_private, job.result.source) == (False, Source.AUTO)


def test_what_publishes_is_public_though_its_user_had_it_as_a_private_work(alice: User) -> None:
    for publishes in (False, True):
        job = claimed(alice, parameters={**SMALL, "seed": 5}, publishes=publishes)
        perform(job)
        job.refresh_from_db()
        assert job.result.is_private is not publishes
    assert ContentItem.objects.count() == 1


def test_a_picture_whose_work_is_in_the_trash_comes_back_private_unless_the_job_publishes(alice: User) -> None:
    for publishes in (True, False):
        job = claimed(alice, parameters={**SMALL, "seed": 5}, publishes=publishes)
        perform(job)
        job.refresh_from_db()
        assert (job.result.is_private, job.result.trashed_at) == (not publishes, None)
        move_to_trash(ContentItem.objects.all())
    assert ContentItem.objects.count() == 1


def test_nothing_is_made_for_an_account_that_is_closed(alice: User) -> None:
    job = claimed(alice, parameters=SMALL, publishes=True)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert perform(job) == f"failed: {CLOSED}"
    assert not ContentItem.objects.exists()


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"parameters": SMALL}, "completed"),
        ({"parameters": {**SMALL, "seed": "x"}}, "failed: seed: Enter a whole number from 0 to 18446744073709551615."),
        ({"job_type": "text"}, f"failed: {PICTURES}"),
    ],
)
def test_a_job_that_was_asked_for_before_there_were_workers_ends(
    alice: User, fields: dict[str, object], outcome: str
) -> None:
    GenerationJob.objects.create(user=alice, prompt="a boat", **{"job_type": "image", **fields})
    assert perform(claims.claim("here")) == outcome


def test_a_second_attempt_at_the_same_picture_makes_no_second_work(alice: User) -> None:
    """As after a crash between the transaction and the next line."""
    first = claimed(alice, parameters={**SMALL, "seed": 5})
    perform(first)
    second = claimed(alice, parameters={**SMALL, "seed": 5})
    perform(second)
    first.refresh_from_db()
    second.refresh_from_db()
    assert second.status == Status.COMPLETED
    assert first.result == second.result == ContentItem.objects.get()


def test_an_attempt_that_lost_its_job_keeps_nothing(alice: User, settings: Settings) -> None:
    job = claimed(alice, parameters=SMALL)
    claims.give_back(job.attempt_key)
    other = claims.claim("there")
    assert perform(job) == performing.NOT_OURS
    assert (ContentItem.objects.count(), MediaFile.objects.count(), files_below(settings.MEDIA_ROOT)) == (0, 0, [])
    assert perform(other) == "completed"
    assert GenerationJob.objects.get().outputs.count() == 1


def test_a_job_that_is_cancelled_at_the_last_moment_keeps_nothing(
    alice: User, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    finish = claims.finish

    def cancelled_before(key: object, items: list[int], **counts: int) -> bool:
        thread = Thread(target=lambda: (jobs.cancel(GenerationJob.objects.get(pk=job.pk)), connection.close()))
        thread.start()
        thread.join()
        return finish(key, items, **counts)

    job = claimed(alice, parameters=SMALL)
    monkeypatch.setattr(claims, "finish", cancelled_before)
    assert perform(job) == performing.NOT_OURS
    job.refresh_from_db()
    assert (job.status, ContentItem.objects.count()) == (Status.CANCELLED, 0)
    assert files_below(settings.MEDIA_ROOT) == files_below(settings.UPLOADS_DIR) == []


def test_a_full_disk_fails_the_job_with_a_sentence_and_keeps_no_half(alice: User, settings: Settings) -> None:
    perform(claimed(alice, parameters=SMALL))  # the processes that draw start without the limit
    works, files = ContentItem.objects.count(), files_below(settings.MEDIA_ROOT)
    job = claimed(alice, parameters={"width": 640, "height": 640})
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        outcome = perform(job)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    job.refresh_from_db()
    assert (outcome, job.status, job.error) == (f"failed: {performing.FULL}", Status.FAILED, performing.FULL)
    assert (ContentItem.objects.count(), files_below(settings.MEDIA_ROOT)) == (works, files)
    assert files_below(settings.UPLOADS_DIR) == []


def test_a_result_that_cannot_be_read_now_is_made_again_and_at_last_fails_the_job(
    alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, outcomes = claimed(alice, parameters=SMALL), []
    with DyingStudio(deaths=2 * claims.MOST_ATTEMPTS) as studio:
        monkeypatch.setattr(uploading, "STUDIO", studio)
        while job is not None:
            outcomes.append(perform(job).partition(":")[0])
            job = claims.claim("here")
    assert outcomes == ["waits again"] * (claims.MOST_ATTEMPTS - 1) + ["failed"]
    assert (GenerationJob.objects.get().error, MediaFile.objects.count()) == (performing.UNREAD, 0)


def test_a_storage_that_fails_fails_the_job(alice: User, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    job = claimed(alice, parameters=SMALL)
    assert perform(job) == f"failed: {performing.UNSTORED}"
    assert (ContentItem.objects.count(), MediaFile.objects.count()) == (0, 0)


def test_a_worker_that_ends_gives_back_what_would_take_long(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow]
) -> None:
    job = claimed(alice, workflow=workflow(waiting(300, 3000)))
    with performing_beside(job) as outcome:
        wait_for(lambda: Attempt.objects.filter(fraction__gt=0).exists())
        began = time.monotonic()
        worker_process.stopping.set()
        assert outcome() == "waits again: The worker ends."
    assert time.monotonic() - began < 100
    job.refresh_from_db()
    assert (job.status, job.attempts, Attempt.objects.count()) == (Status.PENDING, 0, 0)
    wait_for(lambda: not comfyui.life.running)


def test_cancelling_a_running_job_stops_it_at_the_backend(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow]
) -> None:
    job = claimed(alice, workflow=workflow(waiting(20, 200)))
    with performing_beside(job) as outcome:
        wait_for(lambda: bool(comfyui.life.running))
        jobs.cancel(job)
        assert outcome() == performing.NOT_OURS
    wait_for(lambda: not comfyui.life.running)
    job.refresh_from_db()
    assert (job.status, ContentItem.objects.count()) == (Status.CANCELLED, 0)


def test_nothing_is_remembered_of_attempts_that_were_cancelled_or_given_back(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow]
) -> None:
    [backend] = BACKENDS._servers()._backends.values()
    long = workflow(waiting(300, 3000))
    for end in (jobs.cancel, jobs.cancel, lambda _job: worker_process.stopping.set()):
        job = claimed(alice, workflow=long)
        with performing_beside(job) as outcome:
            wait_for(lambda: Attempt.objects.filter(fraction__gt=0).exists())
            assert (len(backend._watches), len(backend._news.hints._hints)) == (1, 1)
            end(job)
            outcome()
        assert (backend._watches, backend._news.hints._hints, comfyui.life.running) == ({}, {}, {})


def test_a_request_to_stop_that_is_lost_is_repeated(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow]
) -> None:
    asked = []

    def swallow_the_first(_number: int, _method: str, path: str) -> None:
        if path == "/interrupt":
            asked.append(path)
            comfyui.oddities.statuses = {path: 502} if len(asked) == 1 else {}

    job = claimed(alice, workflow=workflow(waiting(300, 3000)))
    with performing_beside(job) as outcome:
        wait_for(lambda: bool(comfyui.life.running))
        comfyui.on_request = swallow_the_first
        jobs.cancel(job)
        assert outcome() == performing.NOT_OURS
    assert (len(asked) > 1, comfyui.life.running) == (True, {})


def test_a_job_is_kept_while_its_server_is_away_and_asked_for_again_when_it_was_lost(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "SILENT_SECONDS", 0.2)
    job = claimed(alice, workflow=workflow(waiting(1, 10)))
    with performing_beside(job) as outcome:
        wait_for(lambda: bool(comfyui.life.running))
        comfyui.die()
        beaten = Attempt.objects.get().heartbeat_at
        wait_for(lambda: Attempt.objects.get().heartbeat_at > beaten)
        comfyui.start()
        assert outcome().startswith("waits again: ")
    job.refresh_from_db()
    # A key of its own for each attempt; one that its backend lost counts.
    assert (job.status, job.attempts, job.attempt_key) == (Status.PENDING, 1, None)
    again = claims.claim("here")
    assert (again.pk, again.attempts, perform(again)) == (job.pk, 2, "completed")


def test_a_job_whose_server_is_away_lets_one_go_first_that_needs_none(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow]
) -> None:
    job = claimed(alice, workflow=workflow(plain(1)))
    comfyui.die()
    with performing_beside(job) as outcome:
        ask(alice, [Request("a boat", parameters=SMALL)])
        assert outcome().startswith("waits again: ")
    assert claims.claim("here").workflow is None


def test_a_job_that_ends_its_server_fails_after_three_attempts(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow]
) -> None:
    claimed_jobs = [claimed(alice, workflow=workflow(waiting(5, 50)))]
    for _ in range(3):
        with performing_beside(claimed_jobs[-1]) as outcome:
            wait_for(lambda: bool(comfyui.life.running))
            comfyui.die()
            comfyui.start()
            said = outcome()
        claimed_jobs.append(claims.claim("here"))
    job = GenerationJob.objects.get()
    assert (said, claimed_jobs[-1], job.status, job.error) == (
        f"failed: {performing.LOST}",
        None,
        Status.FAILED,
        performing.LOST,
    )


def test_a_job_waits_uncounted_while_its_server_runs_nothing(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each worker has to learn it by itself, so that a job meets such a server more often than MOST_ATTEMPTS."""
    comfyui.oddities.is_worker_dead = True
    job, said = claimed(alice, workflow=workflow(plain())), []
    for _ in range(claims.MOST_ATTEMPTS + 1):
        with servers_of_a_worker(comfyui, monkeypatch, dead_seconds=0.3):
            said.append(perform(job))
        job = claims.claim("there")
        assert (job.attempts, comfyui.life.heap) == (1, [])  # the one that was just claimed
    assert said == [f"waits again: {DEAD}"] * (claims.MOST_ATTEMPTS + 1)
    comfyui.oddities.is_worker_dead = False
    with servers_of_a_worker(comfyui, monkeypatch):
        assert perform(job) == "completed"


@contextmanager
def servers_of_a_worker(comfyui: LocalComfyUI, monkeypatch: pytest.MonkeyPatch, **limits: float) -> Iterator[None]:
    """Let the worker of this test be one that has not asked its server yet, with limits of its own."""
    servers = ComfyUIServers([comfyui.url], replace(LIMITS, **limits))
    with monkeypatch.context() as patch:
        patch.setattr(BACKENDS, "_servers", lambda: servers)
        yield
    servers.close()


@pytest.mark.parametrize(
    ("oddity", "value", "outcome", "works"),
    [
        ("answers_500", True, "completed", 1),
        ("late_history_seconds", 0.3, "completed", 1),
        ("are_sockets_silent", True, "completed", 1),
        ("deletes_files", True, "failed: ComfyUI no longer has the file that it listed.", 0),
    ],
)
def test_the_oddities_of_a_server_end_no_job_twice(
    alice: User,
    comfyui: LocalComfyUI,
    workflow: Callable[[Graph], Workflow],
    oddity: str,
    value: object,
    outcome: str,
    works: int,
) -> None:
    setattr(comfyui.oddities, oddity, value)
    job = claimed(alice, workflow=workflow(plain()))
    assert perform(job) == outcome
    assert (ContentItem.objects.count(), JobOutput.objects.count()) == (works, works)


def test_a_file_that_is_not_given_out_fails_its_job_after_three_attempts(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "AWAY_SECONDS", 0.1)
    comfyui.oddities.statuses["/view"] = 500
    attempts, said = [claimed(alice, workflow=workflow(plain()))], []
    while attempts[-1] is not None and len(attempts) < 9:
        said.append(perform(attempts[-1]))
        attempts.append(claims.claim("here"))
    job = GenerationJob.objects.get()
    again, failed = "waits again: ComfyUI answered with status 500.", f"failed: {performing.WITHHELD}"
    assert said == [again, again, failed]
    assert (job.status, job.error, job.attempts) == (Status.FAILED, performing.WITHHELD, 3)


def test_a_failure_at_the_server_is_told_though_its_files_are_not_given_out(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(performing, "AWAY_SECONDS", 0.1)
    comfyui.oddities.statuses["/view"] = 500
    graph = plain() | {
        "91": node("Fail", images=["1", 0], message="no"),
        **SAVED_LAST,
    }
    assert perform(claimed(alice, workflow=workflow(graph))) == f"failed: {FAILURE}"


NOT_TAKEN = {"8": node("SaveBytes", name="a.bin", content="\x01\xff\xfe")}


@pytest.mark.parametrize("saves", [NOT_TAKEN, plain()], ids=["a file that is not taken", "a file that is not read now"])
@pytest.mark.parametrize(
    ("ends", "status", "error", "said"),
    [
        ("Fail", Status.FAILED, FAILURE, f"failed: {FAILURE}"),
        ("Interrupt", Status.CANCELLED, "", "was cancelled at the backend"),
    ],
)
def test_an_attempt_that_made_such_a_file_ends_as_its_backend_says(
    alice: User,
    workflow: Callable[[Graph], Workflow],
    monkeypatch: pytest.MonkeyPatch,
    saves: Graph,
    ends: str,
    status: Status,
    error: str,
    said: str,
) -> None:
    image = {"1": plain()["1"]}
    graph = {**image, **saves, "91": node(ends, images=["1", 0], message="no"), **SAVED_LAST}
    job = claimed(alice, workflow=workflow(graph))
    with DyingStudio(deaths=2) as studio:
        monkeypatch.setattr(uploading, "STUDIO", studio)
        assert perform(job) == said
    job.refresh_from_db()
    assert (job.status, job.error, ContentItem.objects.count()) == (status, error, 0)


def test_files_that_are_not_taken_are_left_out_and_counted(
    alice: User, client: Client, workflow: Callable[[Graph], Workflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "TEXT_CHARACTERS", 5)
    job = claimed(
        alice,
        workflow=workflow(plain() | NOT_TAKEN | {"7": node("SaveBytes", name="a.txt", content="a long text")}),
    )
    assert perform(job) == "completed"
    job.refresh_from_db()
    assert (job.left_out, job.outputs.count(), ContentItem.objects.count()) == (2, 1, 1)
    client.force_login(alice)
    page = client.get(f"/create/jobs/{job.pk}/")
    assert texts(page, "p", class_="job__error") == ["2 more files could not be kept."]
    assert any(text.startswith("2 files: ") and text.endswith(", or not taken here") for text in texts(page, "dd"))


def test_several_files_are_several_works_and_the_first_is_the_result(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow]
) -> None:
    graph = plain(0x112233) | {
        "11": node("EmptyImage", width=48, height=24, batch_size=1, color=0xAABBCC),
        "19": node("SaveImage", images=["11", 0], filename_prefix="other"),
    }
    job = claimed(alice, workflow=workflow(graph))
    assert perform(job) == "completed: 2 works"
    outputs = list(job.outputs.order_by("position"))
    job.refresh_from_db()
    assert (len(outputs), job.result_id) == (2, outputs[0].item_id)
    assert {output.item.media_file.width for output in outputs} == {32, 48}


def test_files_that_are_too_many_too_large_or_gone_are_left_out_and_counted(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = plain() | {
        "2": node("EmptyImage", width=1500, height=1500, batch_size=1, color=1),
        **{str(at): node("EmptyImage", width=32, height=at, batch_size=1, color=1) for at in range(3, 7)},
        **{f"1{at}": node("SaveImage", images=[str(at), 0], filename_prefix="x") for at in range(2, 7)},
    }
    monkeypatch.setattr(performing, "MOST_FILES", 5)
    job = claimed(alice, workflow=workflow(graph))
    with servers_of_a_worker(comfyui, monkeypatch, output_bytes=10_000):
        assert perform(job) == "completed: 4 works"
    job.refresh_from_db()
    assert (job.left_out, job.outputs.count()) == (2, 4)


def test_a_file_that_is_too_large_fails_its_job_and_names_the_limit(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow], monkeypatch: pytest.MonkeyPatch
) -> None:
    job = claimed(alice, workflow=workflow(plain()))
    with servers_of_a_worker(comfyui, monkeypatch, output_bytes=10):
        assert perform(job) == "failed: The file that ComfyUI made is larger than 10\xa0bytes."


def test_the_picture_to_start_from_is_one_that_the_user_sees(alice: User, bob: User, tmp_path: Path) -> None:
    (tmp_path / "x.png").write_bytes(picture())
    with (tmp_path / "x.png").open("rb") as file:
        private = take_file(Offer(file, tmp_path / "x.png", "x.png", bob, is_private=True))
    image = {"image": {"item": private.item_id}}
    outcomes = [perform(claimed(user, parameters=image)) for user in (alice, bob)]
    assert outcomes == ["failed: The picture to start from is gone, or is not yours to see.", "completed"]


def test_without_a_server_a_workflow_fails_and_says_why(alice: User, settings: Settings) -> None:
    settings.COMFYUI_URLS = []
    job = claimed(alice, workflow=Workflow.objects.create(name="w", title="W", graph=plain(), inputs=[]))
    assert perform(job) == "failed: No ComfyUI server is set up on this site, so workflows cannot run."


def test_a_database_that_ends_all_connections_meanwhile_loses_nothing(
    alice: User, comfyui: LocalComfyUI, workflow: Callable[[Graph], Workflow]
) -> None:
    job = claimed(alice, workflow=workflow(waiting(1, 10)))
    with performing_beside(job) as outcome:
        wait_for(lambda: bool(comfyui.life.running))
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert outcome() == "completed"
    job.refresh_from_db()
    assert (job.status, ContentItem.objects.count()) == (Status.COMPLETED, 1)
