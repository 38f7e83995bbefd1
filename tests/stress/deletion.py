"""Measures readers and a writer while the creator of most works is deleted in batches by the site itself.

    .venv/bin/python -m tests.stress.deletion --rows 1000000

In a scratch copy of the database: four readers and a writer ask two workers of the site over HTTP, first with nothing
beside them, then from `DELETE /api/v1/users/me/` of the largest creator until the last row is gone.
"""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Count, Model, QuerySet

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.databases import connected_to, scratch_copy
from tests.stress.servers import Server, serving

NAME = "deletion"
SITE = ("-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:{port}")
# Of the account that is deleted, in the scratch copy.
PASSWORD = "of the scratch copy"
QUIET_SECONDS = 20
LONGEST_SECONDS = 1_800
# Pages near the top, deep ones, the rows of one creator, and a total.
PATHS = (
    "/api/v1/content/",
    "/api/v1/content/?sort=quality_score&page={half}",
    "/?page={half}",
    "/api/v1/content/?creator={creator}",
    "/api/v1/users/?sort=username",
    "/api/v1/content/?page={half}",
)

Sample = tuple[float, int]


def rows_of(label: str, **conditions: object) -> QuerySet:
    """Return rows of a model, by its label: models can be imported once Django is set up."""
    return apps.get_model(label)._base_manager.filter(**conditions)


def paths_of(rows: int, creator: int) -> list[str]:
    """Return the addresses that readers ask for."""
    return [path.format(half=rows * 8 // 10 // 50 // 2, creator=creator) for path in PATHS]


def read(server: Server, paths: list[str], stop: threading.Event, samples: list[Sample]) -> None:
    """Ask for one path after the other until told to stop."""
    for path in cycle(paths):
        if stop.is_set():
            break
        reply = server.get(path)
        samples.append((reply.seconds, reply.status))


def write(port: int, key: str, stop: threading.Event, samples: list[Sample]) -> None:
    """Add private works, one after the other, until told to stop."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    body = json.dumps({"title": "beside", "content_type": "image", "is_private": True})
    headers = {"Authorization": f"Token {key}", "Content-Type": "application/json", "Connection": "close"}
    while not stop.is_set():
        began = time.monotonic()
        client.request("POST", "/api/v1/content/", body, headers)
        response = client.getresponse()
        response.read()
        samples.append((time.monotonic() - began, response.status))


@contextmanager
def load(server: Server, paths: list[str], key: str) -> Iterator[dict[str, list[Sample]]]:
    """Read and write as long as the block lasts; yield the samples."""
    samples: dict[str, list[Sample]] = {"reads": [], "writes": []}
    stop = threading.Event()
    threads = [
        threading.Thread(
            target=read,
            args=(Server(server.port, server.process), paths[first:] + paths[:first], stop, samples["reads"]),
        )
        for first in range(4)
    ]
    threads.append(threading.Thread(target=write, args=(server.port, key, stop, samples["writes"])))
    for thread in threads:
        thread.start()
    try:
        yield samples
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def summary(samples: list[Sample]) -> report.Result:
    """Return how many samples there are, their median, 95th percentile and longest in seconds, and the failures."""
    seconds = sorted(second for second, _ in samples)
    return {
        "requests": len(seconds),
        "median": seconds[len(seconds) // 2],
        "p95": seconds[len(seconds) * 95 // 100],
        "longest": seconds[-1],
        "failed": sum(status not in (200, 201) for _, status in samples),
    }


def largest_creator() -> int:
    """Return the id of the account with most works. It counts them all."""
    counted = rows_of("content.ContentItem", creator__isnull=False).values("creator").annotate(works=Count("pk"))
    return counted.order_by("-works").values_list("creator", flat=True)[0]


def delete(port: int, key: str) -> float:
    """Delete an account as its owner does; return the seconds. Raises RuntimeError."""
    client = http.client.HTTPConnection("127.0.0.1", port)
    began = time.monotonic()
    headers = {"Authorization": f"Token {key}", "Content-Type": "application/json"}
    client.request("DELETE", "/api/v1/users/me/", json.dumps({"current_password": PASSWORD}), headers)
    response = client.getresponse()
    response.read()
    if response.status != 204:
        raise RuntimeError(f"The account was not deleted: {response.status}")
    return time.monotonic() - began


def wait_until_finished(total: int) -> Model:
    """Wait until the site has deleted everything. Raises TimeoutError."""
    deadline = time.monotonic() + LONGEST_SECONDS
    shown = 0
    with Progress(total, " rows", print) as progress:
        while time.monotonic() < deadline:
            deletion = rows_of("genonaut.Deletion").get()
            progress.advance(deletion.rows - shown)
            shown = deletion.rows
            if deletion.finished_at is not None:
                return deletion
            time.sleep(0.5)
    raise TimeoutError("The deletion was not finished.")


def measure(url: str, rows: int) -> report.Result:
    """Delete the largest creator beside readers and a writer."""
    with scratch_copy(url) as copy, connected_to(copy):
        creator = largest_creator()
        works = rows_of("content.ContentItem", creator=creator)
        result = {
            "rows": rows,
            "works": works.count(),
            "private": works.filter(is_private=True).count(),
            "others": rows_of("interactions.Interaction", user=creator).count()
            + rows_of("recommendations.Recommendation", user=creator).count(),
        }
        account = get_user_model().objects.get(pk=creator)
        account.set_password(PASSWORD)
        account.save()
        tokens = rows_of("authtoken.Token")
        owner = tokens.get_or_create(user_id=creator)[0].key
        writer = tokens.create(user=get_user_model().objects.create_user("measuring-writer")).key
        with serving(copy, SITE, {"WEB_WORKERS": "2"}) as server:
            paths = paths_of(rows, creator)
            for _ in range(2):  # the first warms up
                with load(server, paths, writer) as quiet:
                    time.sleep(QUIET_SECONDS)
            with load(server, paths, writer) as beside:
                result["closed"] = delete(server.port, owner)
                deletion = wait_until_finished(result["works"] + result["others"])
        took = deletion.finished_at - deletion.requested_at
        connection.close()
        connection.close_pool()
    for name, samples in (("quiet", quiet), ("beside", beside)):
        result[name] = {kind: summary(some) for kind, some in samples.items()}
    return {
        **result,
        "seconds": took.total_seconds(),
        "deleted": sum(deletion.deleted.values()),
        "changed": sum(deletion.changed.values()),
    }


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    head = ["", "requests", "median", "p95", "longest", "failed"]
    lines = [
        [
            f"{kind}, {name}",
            f"{some['requests']:,}",
            *(f"{1_000 * some[key]:,.0f} ms" for key in ("median", "p95", "longest")),
            f"{some['failed']:,}",
        ]
        for kind in ("reads", "writes")
        for name in ("quiet", "beside")
        for some in [result[name][kind]]
    ]
    return f"""Deleting the largest creator
{result["rows"]:,} works, of which {result["works"]:,} are the account's ({result["private"]:,} private), and
{result["others"]:,} likes, views, recommendations and so on. The site's own thread deletes, two workers serve: four
readers of first, deep and filtered pages, and a writer of works. The account is closed, and the request answered, after
{result["closed"]:.2f} s; {result["deleted"]:,} rows were deleted and {result["changed"]:,} changed within
{result["seconds"]:,.0f} s. Goal: no request over 1 s beside it.

{report.table(head, lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
