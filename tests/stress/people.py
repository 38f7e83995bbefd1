"""Measures what members do with their works beside all others: culling, lists of levels and stacks, a smart album.

    .venv/bin/python -m tests.stress.people --rows 10000000

In the database itself, which has no room for a copy at that size; all is taken back. 300 works go to the trash and
back. 100,000 are tagged by a process that is killed halfway and by one that goes on. A smart album and lists are asked
for over HTTP, each first by a new server process, then pages at chance.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import psycopg
from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils.module_loading import import_string

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.browser import percentile
from tests.stress.culling import trash_and_restore
from tests.stress.databases import connected_to, staff_cookie
from tests.stress.servers import Server, serving
from tests.stress.systems import OUR_SERVER, PAGE_SIZE

NAME = "people"
TAGGED = 100_000
TAG = "measured tag"
RANDOM_PAGES = 40
LOOK_SECONDS = 0.05
# Goals.
TRASH_SECONDS, PAGE_RATIO = 1.0, 2.0
WORKER = "from culling.tasks import work; work(lambda: False)"
DONE = "SELECT position, changed + unchanged FROM culling_bulktask WHERE id = %s"
WITH_TAG = "SELECT count(*) FROM content_contentitem WHERE search_words @@ %s::tsquery"
# The staff member's lists show all levels; private works too.
LISTS = {
    "gallery": "?",
    "best first": "?sort=quality_score",
    "sensitive works": "?level=sensitive",
    "stacks": "?stacks=on",
    "stacks, best first": "?stacks=on&sort=quality_score",
}


def measure(url: str, rows: int, *, tagged: int = TAGGED, pages: int = RANDOM_PAGES) -> report.Result:
    """Measure all of it, in a database that is as it was afterwards."""
    with connected_to(url):
        trashed = trash_and_restore(url)
        cookie = staff_cookie(url)
        get_user_model().objects.filter(username="measuring-staff").update(shown_level=2)
        tags = tag_and_undo(url, tagged)
    with smart_album(url) as (pk, works):
        album = smart_page(url, pk, works, cookie)
    lists = {name: measured_list(url, query, cookie, pages) for name, query in LISTS.items()}
    return {"rows": rows, "trashed": trashed, "tagged": tags, "album": album, "lists": lists}


def tag_and_undo(url: str, tagged: int) -> report.Result:
    """Tag a selection, killing its worker halfway, and take it off again; return seconds and what was seen."""
    actions, tasks = import_string("culling.actions.ACTIONS"), import_string("culling.tasks.ask_for_works")
    staff = get_user_model().objects.get(username="measuring-staff")
    works = import_string("content.models.ContentItem").objects.filter(is_private=False)
    ids = list(works.order_by("pk").values_list("pk", flat=True)[:tagged])
    task = tasks(staff, actions["tag"], TAG, ids)
    begin = time.monotonic()
    killed_at = kill_halfway(url, task.pk, len(ids))
    run_worker(url).wait()
    seconds = time.monotonic() - begin
    task.refresh_from_db()
    assert (task.changed, task.unchanged, task.refused) == (len(ids), 0, {}), task
    assert count_of(url, TAG) == len(ids)
    import_string("culling.tasks.undo")(task)
    begin = time.monotonic()
    run_worker(url).wait()
    undone = time.monotonic() - begin
    assert count_of(url, TAG) == 0
    return {"works": len(ids), "killed_at": killed_at, "seconds": seconds, "undone": undone}


def kill_halfway(url: str, pk: int, total: int) -> int:
    """Let a process work on a task until half is done, and kill it; return how many works were done then."""
    process = run_worker(url)
    with psycopg.connect(url, autocommit=True) as connection, Progress(total, " works", print) as progress:
        while process.poll() is None:
            _, done = connection.execute(DONE, [pk]).fetchone()
            progress.advance(done - progress.done)
            if done >= total // 2:
                break
            time.sleep(LOOK_SECONDS)
        process.kill()
        process.wait()
        _, done = connection.execute(DONE, [pk]).fetchone()
    return done


def run_worker(url: str) -> subprocess.Popen:
    """Start a process that does all bulk tasks."""
    command_line = [sys.executable, str(settings.BASE_DIR / "manage.py"), "shell", "-v0", "-c", WORKER]
    return subprocess.Popen(command_line, env={**os.environ, "DATABASE_URL": url})


def count_of(url: str, tag: str) -> int:
    """Return how many works have a tag."""
    with psycopg.connect(url) as connection:
        return connection.execute(WITH_TAG, [f"'#{tag}'"]).fetchone()[0]


@contextmanager
def smart_album(url: str) -> Iterator[tuple[int, int]]:
    """Make a public smart album of all works; yield its id and how many works there are."""
    with psycopg.connect(url, autocommit=True) as connection:
        (pk,) = connection.execute(
            "INSERT INTO albums_album (owner_id, title, notes, query, is_public, created_at, updated_at)"
            " SELECT min(id), 'All', '', 'sort=quality_score', true, now(), now() FROM users_user RETURNING id"
        ).fetchone()
        try:
            yield pk, connection.execute("SELECT count(*) FROM content_contentitem").fetchone()[0]
        finally:
            connection.execute("DELETE FROM albums_album WHERE id = %s", [pk])


def smart_page(url: str, pk: int, works: int, cookie: str) -> report.Result:
    """Ask a new server process for the album once; return the seconds. Raises AssertionError for another count."""
    with serving(url, OUR_SERVER) as server:
        server.get("/healthz")
        reply = server.get(f"/albums/{pk}/", {"Cookie": cookie})
        assert reply.status == 200, reply.status
        assert f"of {works:,} works" in reply.body.decode(), f"not the {works:,} works that there are"
        again = server.get(f"/albums/{pk}/", {"Cookie": cookie})
    return {"works": works, "first": reply.seconds, "again": again.seconds}


def measured_list(url: str, query: str, cookie: str, pages: int) -> report.Result:
    """Ask a new server process for a list's first page, then for pages at chance and the first in turn.

    A page at chance may be refused, while the list is being anchored: those are counted.
    """
    with serving(url, OUR_SERVER) as server:
        server.get("/favicon.ico")
        first = asked(server, query, cookie)
        total = json.loads(server.get(f"/api/v1/content/{query}", {"Cookie": cookie}).body)["pagination"]["total_count"]
        last = max(1, total // PAGE_SIZE)
        chance = Random(5)
        warm, deep = [], []
        for _ in range(pages):
            warm.append(asked(server, query, cookie))
            deep.append(asked(server, f"{query}&page={chance.randint(1, last)}", cookie, may_be_refused=True))
    answered = [seconds for seconds in deep if seconds is not None]
    return {"total": total, "first": first, "warm": warm, "deep": answered, "refused": pages - len(answered)}


def asked(server: Server, query: str, cookie: str, *, may_be_refused: bool = False) -> float | None:
    """Return the seconds of a page; None if it is refused with 503 and may be. Raises AssertionError for any other."""
    reply = server.get(f"/{query}", {"Cookie": cookie})
    if may_be_refused and reply.status == 503:
        return None
    assert reply.status == 200, (query, reply.status)
    return reply.seconds


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    trash, restore = (
        [max(seconds) for seconds in zip(*result["trashed"][name], strict=True)] for name in ("trash", "restore")
    )
    tagged, album = result["tagged"], result["album"]
    lines = [
        [
            name,
            f"{found['total']:,}",
            f"{1_000 * found['first']:,.0f} ms",
            *(
                f"{1_000 * percentile(found[kind], 0.5):,.0f} / {1_000 * percentile(found[kind], 0.95):,.0f} ms"
                if found[kind]
                else "–"
                for kind in ("warm", "deep")
            ),
            str(found["refused"]),
        ]
        for name, found in result["lists"].items()
    ]
    return f"""Culling, levels, stacks and a smart album of {result["rows"]:,} works
300 works of one creator to the trash, one request each time: {trash[0]:.2f} s at most, {trash[1]:.2f} s of the server's
processor; back by undo: {restore[0]:.2f} and {restore[1]:.2f} s. Goal: {TRASH_SECONDS:.0f} s. A tag on a selection of
{tagged["works"]:,}, whose worker was killed at {tagged["killed_at"]:,} and followed by another:
{tagged["seconds"]:,.0f} s in all, each work tagged once; taken off again in {tagged["undone"]:,.0f} s. A smart album
of all {album["works"]:,} works, counted exactly by one request to a new process: {album["first"]:.2f} s, and
{album["again"]:.2f} s the next time.

Lists of a member of staff, who sees all levels and private works; first by a new process, then the first page and pages
at chance in turn, p50 and p95:

{report.table(["", "works", "first request", "first page", "any page", "refused"], lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
