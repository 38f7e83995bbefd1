"""Measures culling: 300 works to the trash and back, and a tag on all images of the database.

    .venv/bin/python -m tests.stress.culling --rows 1000000

In a scratch copy of the database: the forms are sent as script sends them, by the creator of most works, each after a
checkpoint, when each page that is touched goes to the log as a whole; the tag is added by a member of staff to a query,
in the batches of the worker, and taken off again.
"""

import time
from collections.abc import Callable

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.utils.module_loading import import_string

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.databases import connected_to, scratch_copy, settle
from tests.stress.loading import cpu_of

NAME = "culling"
WORKS = 300
ROUNDS = 5


BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'"


def timed(action: Callable[[], object]) -> tuple[float, float]:
    """Return how many seconds something takes by the clock, and of the server's processor."""
    began, before = time.perf_counter(), server_seconds()
    action()
    return time.perf_counter() - began, server_seconds() - before


def server_seconds() -> float:
    """Return the processor seconds of the database's connections so far. One query."""
    with connection.cursor() as cursor:
        cursor.execute(BACKENDS)
        return sum(cpu_of(pid) for (pid,) in cursor.fetchall())


def trash_and_restore(url: str) -> dict[str, list[tuple[float, float]]]:
    """Move 300 works of the largest creator to the trash and back, in turn; return the seconds of each."""
    works = apps.get_model("content.ContentItem").objects
    most = works.filter(creator__isnull=False).values("creator").annotate(works=Count("pk")).order_by("-works")[0]
    user = get_user_model().objects.get(pk=most["creator"])
    pks = list(works.filter(creator=user).order_by("?").values_list("pk", flat=True)[:WORKS])
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    client.get("/selection/bar/")  # a process reads its addresses, templates and views at its first request
    seconds: dict[str, list[tuple[float, float]]] = {"trash": [], "restore": []}
    sent, told = {"action": "trash", "work": pks}, []
    for _ in range(ROUNDS):
        settle(url)
        seconds["trash"].append(timed(lambda: told.append(client.post("/selection/act/", sent).json())))
        assert works.filter(creator=user, trashed_at__isnull=False).count() == len(pks)
        settle(url)
        seconds["restore"].append(timed(lambda: client.post(told[-1]["undo"])))
        assert not works.filter(creator=user, trashed_at__isnull=False).exists()
    return seconds


def tag_images() -> report.Result:
    """Tag all images by a task, and undo it; return its works, seconds and longest batch of each."""
    tasks = {
        name: import_string(f"culling.tasks.{name}") for name in ("ask_for_query", "do_batch", "undo", "unfinished")
    }
    staff = get_user_model().objects.create_user("measuring-culler", is_staff=True)
    tag = import_string("culling.actions.ACTIONS")["tag"]
    task = tasks["ask_for_query"](staff, tag, "measured tag", "content_type=image")
    result = {"works": task.total, "tag": worked(task.total, tasks)}
    task.refresh_from_db()
    assert task.changed + task.unchanged == task.total
    tasks["undo"](task)
    return {**result, "undo": worked(task.changed, tasks)}


def worked(total: int, tasks: dict[str, Callable]) -> dict[str, float]:
    """Do all batches that wait; return the seconds of all, of the longest, and of the server's processor."""
    seconds = []
    with Progress(total, " works", print) as progress:
        while tasks["unfinished"]().exists():
            seconds.append(timed(lambda: tasks["do_batch"](tasks["unfinished"]())))
            progress.advance(min(500, total - progress.done))
    clock, processor = zip(*seconds, strict=True)
    return {"seconds": sum(clock), "longest": max(clock), "processor": sum(processor)}


def measure(url: str, rows: int) -> report.Result:
    """Measure in a scratch copy."""
    with scratch_copy(url) as copy, connected_to(copy):
        seconds = trash_and_restore(copy)
        tagged = tag_images()
        connection.close()
        connection.close_pool()
    return {"rows": rows, "trashed": seconds, "tagged": tagged}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    worst = {
        name: [f"{1_000 * max(seconds):,.0f} ms" for seconds in zip(*rounds, strict=True)]
        for name, rounds in result["trashed"].items()
    }
    tagged = result["tagged"]
    lines = [
        [
            name,
            f"{tagged[name]['seconds']:,.0f} s",
            f"{tagged['works'] / tagged[name]['seconds']:,.0f}",
            f"{1_000 * tagged[name]['longest']:,.0f} ms",
            f"{tagged['works'] / tagged[name]['processor']:,.0f}",
        ]
        for name in ("tag", "undo")
    ]
    return f"""Culling
{result["rows"]:,} works. {WORKS} of one creator go to the trash, one request each time: {worst["trash"][0]} at
most of {ROUNDS}, {worst["trash"][1]} of the server's processor; back by undo: {worst["restore"][0]} and
{worst["restore"][1]}. A tag on all {tagged["works"]:,} images, in batches of 500:

{report.table(["", "in all", "works a second", "longest batch", "works a second of the server's processor"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
