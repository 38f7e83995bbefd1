"""Measures culling: 300 works to the trash and back, and a tag on all images of the database.

    .venv/bin/python -m tests.stress.culling --rows 1000000

In a scratch copy of the database: the forms are sent as script sends them, by the creator of most works; the tag is
added by a member of staff to a query, in the batches of the worker, and taken off again.
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
from tests.stress.databases import connected_to, scratch_copy

NAME = "culling"
WORKS = 300
ROUNDS = 5


def timed(action: Callable[[], object]) -> float:
    """Return how many seconds something takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def trash_and_restore() -> dict[str, list[float]]:
    """Move 300 works of the largest creator to the trash and back, in turn; return the seconds of each."""
    works = apps.get_model("content.ContentItem").objects
    most = works.filter(creator__isnull=False).values("creator").annotate(works=Count("pk")).order_by("-works")[0]
    user = get_user_model().objects.get(pk=most["creator"])
    pks = list(works.filter(creator=user).order_by("?").values_list("pk", flat=True)[:WORKS])
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    client.get("/selection/bar/")  # a process reads its addresses, templates and views at its first request
    seconds: dict[str, list[float]] = {"trash": [], "restore": []}
    for _ in range(ROUNDS):
        seconds["trash"].append(timed(lambda: client.post("/selection/act/", {"action": "trash", "work": pks})))
        assert works.filter(creator=user, trashed_at__isnull=False).count() == len(pks)
        seconds["restore"].append(timed(lambda: client.post("/selection/undo/")))
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
    """Do all batches that wait; return the seconds of all and of the longest."""
    seconds = []
    with Progress(total, " works", print) as progress:
        while tasks["unfinished"]().exists():
            seconds.append(timed(lambda: tasks["do_batch"](tasks["unfinished"]())))
            progress.advance(min(500, total - progress.done))
    return {"seconds": sum(seconds), "longest": max(seconds)}


def measure(url: str, rows: int) -> report.Result:
    """Measure in a scratch copy."""
    with scratch_copy(url) as copy, connected_to(copy):
        seconds = trash_and_restore()
        tagged = tag_images()
        connection.close()
        connection.close_pool()
    return {"rows": rows, "trashed": seconds, "tagged": tagged}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    trash, restore = (max(result["trashed"][name]) for name in ("trash", "restore"))
    tagged = result["tagged"]
    lines = [
        [
            name,
            f"{tagged[name]['seconds']:,.0f} s",
            f"{tagged['works'] / tagged[name]['seconds']:,.0f}",
            f"{1_000 * tagged[name]['longest']:,.0f} ms",
        ]
        for name in ("tag", "undo")
    ]
    return f"""Culling
{result["rows"]:,} works. {WORKS} of one creator go to the trash, one request each time: {1_000 * trash:,.0f} ms at
most of {ROUNDS}; back by undo: {1_000 * restore:,.0f} ms. A tag on all {tagged["works"]:,} images, in batches of 500:

{report.table(["", "in all", "works a second", "longest batch"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
