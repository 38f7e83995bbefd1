"""Worker processes: each job ends once if worker, database or backend dies meanwhile."""

import signal

import pytest
from django.db import connection
from PIL import Image
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.fixtures import Settings

from content.models import ContentItem
from generation.jobs import Request, ask
from generation.models import Attempt, GenerationJob, JobOutput, Status, Workflow
from tests.comfyui import LocalComfyUI
from tests.comfyui.graphs import node
from tests.comfyui.nodes import NodeKind
from tests.factories import UserFactory
from tests.generation.workers import WAIT_SECONDS, wait_for, workers
from users.models import User

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("own_folders")]
# What else takes half a minute: until a silent attempt is given up.
HASTE = "from datetime import timedelta; from generation import claims, heartbeats; "
# A job may be lost more often than three times: workers stand still as well as die.
HASTE += "claims.HEARTBEAT = timedelta(seconds=6); heartbeats.SILENT_SECONDS = 1; claims.MOST_ATTEMPTS = 100"
SMALL = {"width": 64, "height": 64}
# A film's pictures are fetched before the first becomes a work.
FILES, OPEN_FILES = 64, 64


def asked(user: User, number: int = 1, prompt: str = "a lighthouse") -> list[GenerationJob]:
    """Return jobs for small pictures."""
    return ask(user, [Request(f"{prompt} {index}", parameters=SMALL) for index in range(number)])


def unfinished() -> int:
    return GenerationJob.objects.filter(status__in=(Status.PENDING, Status.RUNNING)).count()


def test_a_job_becomes_a_work_that_can_be_seen_and_the_worker_ends_when_told() -> None:
    alice = UserFactory()
    (job,) = asked(alice)
    with workers(1, changes="from generation import worker_loops; worker_loops.STOP_SECONDS = 300") as (worker,):
        wait_for(lambda: not unfinished())
        worker.send_signal(signal.SIGTERM)
        _, errors = worker.communicate(timeout=300)
    assert worker.returncode == 0, errors
    job.refresh_from_db()
    work = job.result
    assert (job.status, work.creator, work.is_private, work.is_pictured) == (Status.COMPLETED, alice, True, True)
    assert work.media_file.stored_as
    assert f"Job {job.pk} completed" in errors


def test_sixty_jobs_end_once_while_workers_are_killed_and_connections_end() -> None:
    jobs = [job.pk for user in (UserFactory(), UserFactory()) for job in asked(user, 30, user.username)]
    with workers(4, changes=HASTE) as started:
        for left, end in ((50, started[0].kill), (35, started[1].kill), (20, end_connections)):
            wait_for(lambda left=left: unfinished() < left)
            end()
        wait_for(lambda: not unfinished())
    assert list(GenerationJob.objects.values_list("status").distinct()) == [(Status.COMPLETED,)]
    results = GenerationJob.objects.filter(pk__in=jobs).values_list("result", flat=True)
    assert len(set(results)) == JobOutput.objects.count() == ContentItem.objects.count() == 60
    assert not Attempt.objects.exists()
    assert ProcrastinateJob.objects.filter(task_name="generate", status="todo").count() == 0


def test_an_attempt_may_make_more_files_than_a_process_opens_by_default(
    comfyui: LocalComfyUI, settings: Settings
) -> None:
    settings.COMFYUI_URLS = [comfyui.url]
    comfyui.kinds["Shades"] = NodeKind(
        {}, ("IMAGE",), lambda _job: ([Image.new("RGB", (16, 16), (0, shade, 0)) for shade in range(FILES)],)
    )
    graph = {"1": node("Shades"), "2": node("SaveImage", images=["1", 0], filename_prefix="x")}
    workflow = Workflow.objects.create(name="film", title="Film", graph=graph, inputs=[])
    ask(UserFactory(), [Request("a film", workflow=workflow)])
    most = "resource.getrlimit(resource.RLIMIT_NOFILE)[1]"
    few = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({OPEN_FILES}, {most}))"
    with workers(1, "--once", changes=few) as (worker,):
        _, errors = worker.communicate(timeout=WAIT_SECONDS)
    assert f" completed: {FILES} works (" in errors


def end_connections() -> None:
    """End all connections to the test's database but this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_once_performs_what_waits_and_ends_and_imports_no_decoder() -> None:
    asked(UserFactory(), 3)
    changes = "import atexit; atexit.register(lambda: print([name for name in ('numpy', 'av') if name in sys.modules]))"
    with workers(1, "--once", changes=f"import sys; {changes}") as (worker,):
        out, errors = worker.communicate(timeout=300)
    assert (worker.returncode, unfinished(), errors.count(" completed (")) == (0, 0, 3)
    assert out.splitlines()[-1] == "[]"


def test_each_task_is_safe_to_run_twice_and_known_to_workers() -> None:
    app.perform_import_paths()
    tasks = {
        *("compact_rankings", "count_likes", "empty_trashes", "forget_sessions", "forget_unconfirmed", "make_exports"),
        *("make_pictures", "make_variants", "note_choices", "read_libraries", "recommend", "run_bulk_tasks"),
        "sweep_jobs",
    }
    assert {task.task.name for task in app.periodic_registry.periodic_tasks.values()} == tasks
    for name in sorted(tasks) * 2:
        app.tasks[name]()
