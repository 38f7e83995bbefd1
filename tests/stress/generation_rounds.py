"""The rounds of tests/stress/generation.py, in a process on its server."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from django.conf import settings
from django.db import Error, connection
from django.db.models import Count

from content.models import ContentItem
from generation.jobs import Request, ask
from generation.models import FINISHED, Attempt, GenerationJob, JobOutput, Status
from genonaut.postgres import postmaster
from genonaut.postgres.server import Server
from media.thumbnails import GRID, thumbnail_path
from tests.generation.workers import start_worker
from users.models import User

WORKERS, USERS = 4, 10
# By the share of jobs that are finished: a worker is killed, or the server ends by a signal and is started again.
KILLS = (0.2, 0.5)
RESTARTS = {0.3: signal.SIGINT, 0.6: signal.SIGQUIT, 0.8: signal.SIGKILL}
TIMEOUT_SECONDS, RUNNING_SECONDS = 3_000.0, 60.0
MEASURED = 30


def measure(jobs: int, side: int, data: str) -> None:
    """Run both rounds and print the figures."""
    with TemporaryDirectory(prefix="generation") as folder:
        for name in ("MEDIA_ROOT", "THUMBNAILS_DIR", "UPLOADS_DIR"):
            setattr(settings, name, Path(folder) / name.lower())
        latency(side)
        storm(jobs, side, Path(data))


def latency(side: int) -> None:
    """Ask for pictures one after the other; print how long each takes, from Create to a picture that can be shown."""
    user = User.objects.create(username="quiet")
    worker, seconds = start(), []
    for number in range(MEASURED + 1):
        began = time.monotonic()
        (job,) = ask(user, [Request(f"a lighthouse {number}", parameters={"width": side, "height": side})])
        while not is_pictured(job):
            time.sleep(0.01)
        seconds.append(time.monotonic() - began)
    stop([worker])
    first, *others = seconds
    cuts = quantiles(others, n=20)
    print(
        f"Create to picture, {side} x {side}, {MEASURED} one by one: median {cuts[9]:.2f} s, p95 {cuts[18]:.2f} s, "
        f"slowest {max(others):.2f} s; the first, with the start of its worker, {first:.2f} s."
    )


def is_pictured(job: GenerationJob) -> bool:
    """Return whether a job is completed and its picture there for the page. One query."""
    file = GenerationJob.objects.filter(pk=job.pk).values_list("status", "result__media_file__sha256").get()
    return file[0] == Status.COMPLETED and thumbnail_path(bytes(file[1]).hex(), GRID[0]).exists()


def storm(jobs: int, side: int, data: Path) -> None:
    """Ask for all jobs at once, let things die while they are made, and print what became of them."""
    asked, works = ask_for(jobs, side), ContentItem.objects.count()
    workers = [start() for _ in range(WORKERS)]
    began = time.monotonic()
    kills, restarts, killed_at, at_60 = list(KILLS), dict(RESTARTS), 0.0, None
    while (done := finished(asked)) < jobs and time.monotonic() - began < TIMEOUT_SECONDS:
        if kills and done >= kills[0] * jobs:
            kills.pop(0)
            kill(workers.pop(0))
            killed_at = time.monotonic()
        for share in [share for share in restarts if done >= share * jobs]:
            restart(data, restarts.pop(share))
        if not kills and at_60 is None and time.monotonic() > killed_at + RUNNING_SECONDS:
            at_60 = silent()
        time.sleep(0.2)
    seconds = time.monotonic() - began
    if at_60 is None:
        time.sleep(max(0.0, killed_at + RUNNING_SECONDS - time.monotonic()))
        at_60 = silent()
    stop(workers)
    print(f"{jobs:,} jobs, {WORKERS} workers, {len(KILLS)} killed, {len(RESTARTS)} restarts: {seconds:,.0f} s.")
    report(asked, works, at_60)


def ask_for(jobs: int, side: int) -> list[int]:
    """Ask as several users; return the jobs."""
    asked: list[int] = []
    for number in range(USERS):
        user = User.objects.create(username=f"user-{number}")
        size = {"width": side, "height": side}
        requests = [Request(f"picture {index}", parameters=size) for index in range(number, jobs, USERS)]
        asked += [job.pk for job in ask(user, requests)]
    return asked


def finished(asked: list[int]) -> int:
    """Return how many jobs have ended; 0 while the server is away."""
    return patiently(lambda: GenerationJob.objects.filter(pk__in=asked, status__in=FINISHED).count())


def silent() -> int:
    """Return how many jobs run that no living worker has: without an attempt, or with one that has been silent."""
    return patiently(
        lambda: (
            GenerationJob.objects.filter(status=Status.RUNNING).count()
            - Attempt.objects.extra(where=["heartbeat_at > now() - interval '30 s'"]).count()
        )
    )


def patiently(ask_database: Callable[[], int]) -> int:
    """Return a figure, when the server is there."""
    while True:
        try:
            return ask_database()
        except Error:
            connection.close()
            time.sleep(0.2)


def report(asked: list[int], works: int, at_60: int) -> None:
    """Print what became of jobs."""
    jobs = GenerationJob.objects.filter(pk__in=asked)
    statuses = Counter(jobs.values_list("status", flat=True))
    outputs = JobOutput.objects.filter(job__in=asked)
    results = jobs.filter(status=Status.COMPLETED).values("result").annotate(n=Count("pk")).filter(n=1).count()
    doubled = ContentItem.objects.count() - works - results
    several = Counter(jobs.values_list("attempts", flat=True))
    print(f"  ended: {dict(statuses)}; lost: {len(asked) - sum(statuses[end] for end in FINISHED)}")
    print(f"  works: {results:,} of one job each, outputs {outputs.count():,}; doubled: {doubled}")
    print(f"  running without a worker 60 s after the last kill: {at_60}; attempts left: {Attempt.objects.count()}")
    print(f"  attempts that jobs took: {dict(several)}")


def start() -> subprocess.Popen:
    """Start a worker that says nothing."""
    worker = start_worker(changes="import logging; logging.disable()")
    return worker


def kill(worker: subprocess.Popen) -> None:
    """Kill a worker while it performs a job."""
    while not patiently(lambda: Attempt.objects.filter(worker__endswith=f":{worker.pid}").count()):
        time.sleep(0.01)
    worker.kill()
    worker.communicate()
    print(f"  worker {worker.pid} killed in a job")


def restart(data: Path, number: int) -> None:
    """End the server by a signal and start it again."""
    began = time.monotonic()
    os.kill(postmaster.running(data).pid, number)
    with suppress(TimeoutError):
        time.sleep(1)
    Server(data).restart()
    print(f"  server ended by {signal.Signals(number).name}, back after {time.monotonic() - began:.1f} s")


def stop(workers: list[subprocess.Popen]) -> None:
    """End workers as `make run` does."""
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.communicate(timeout=60)
