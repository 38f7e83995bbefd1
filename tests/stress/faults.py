"""What happens to a crowd's database in the midst of it, on a server of its own, and which answers that excuses."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import perf_counter

import psutil
import psycopg
from django.conf import settings

from genonaut.database.outages import AWAY, READ_ONLY
from genonaut.postgres.programs import BIN
from tests import clusters
from tests.ports import free_port
from tests.stress import report
from tests.stress.clients import READ, WRITE
from tests.stress.databases import manage
from tests.stress.postgres_servers import Cluster, running

SERVER = {"shared_buffers": "256MB", "random_page_cost": "1.1"}
MEMBERS, WORKS = 40, 2_000
# For how long the server that was killed stays away, and by when every process of the site has seen the end of a fault.
AWAY_SECONDS, GRACE_SECONDS = 5, 5
POLL_SECONDS = 0.1
# Ends the waiting for a server that does not come back.
RETURN_SECONDS = 120
# How long the site takes no changes, as a share of the whole.
READ_ONLY_SHARE = 0.1
OTHERWISE = "at any other time"
MAKE_MEMBERS = f"""
import json
from content.models import ContentItem
from rest_framework.authtoken.models import Token
from users.models import User
users = [User.objects.get_or_create(username=f"crowd-{{number}}")[0] for number in range({MEMBERS})]
works = ContentItem.objects.filter(is_private=False, trashed_at=None).order_by("?")[:{WORKS}]
tokens = [Token.objects.get_or_create(user=user)[0].key for user in users]
print(json.dumps({{"tokens": tokens, "works": list(works.values_list("pk", flat=True))}}))
"""
TURN = """INSERT INTO waffle_switch (name, active, note, created, modified) VALUES (%s, %s, '', now(), now())
    ON CONFLICT (name) DO UPDATE SET active = excluded.active"""
STORED = """SELECT count(*) FROM unnest(%s::bigint[]) AS done (id) JOIN content_contentitem USING (id)"""
LIKED = """SELECT count(*) FROM unnest(%s::text[], %s::bigint[]) AS done (member, work)
    JOIN users_user ON username = member
    JOIN interactions_interaction ON kind = 'like' AND user_id = users_user.id AND content_id = work"""


@dataclass(frozen=True)
class Window:
    """When a fault may have been seen by readers and writers, and what of it is as the documentation says."""

    name: str
    begun: float
    ended: float
    allowed: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Fault:
    """What happens after a share of the time. `act` returns once the database answers as before."""

    share: float
    name: str
    act: Callable[["Faults"], None]
    allowed: frozenset[tuple[str, str]]


@dataclass
class Faults:
    """The faults of one run."""

    cluster: Cluster
    seconds: float
    is_over: Event = field(default_factory=Event)
    windows: list[Window] = field(default_factory=list)

    def play(self) -> None:
        """Let each fault happen at its time, unless the run is over by then."""
        begun = perf_counter()
        for fault in FAULTS:
            if self.is_over.wait(max(0.0, begun + fault.share * self.seconds - perf_counter())):
                return
            since = perf_counter()
            fault.act(self)
            self.windows.append(Window(fault.name, since, perf_counter() + GRACE_SECONDS, fault.allowed))

    def take_no_changes(self) -> None:
        """Turn the switch `changes` off for a while."""
        with psycopg.connect(self.cluster.url, autocommit=True) as connection:
            connection.execute(TURN, ["changes", False])
            self.is_over.wait(self.seconds * READ_ONLY_SHARE)
            connection.execute(TURN, ["changes", True])

    def kill_backend(self) -> None:
        """Kill a process of the server that works for the site: the server ends all others and recovers."""
        busy = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        with suppress(psycopg.OperationalError), psycopg.connect(self.cluster.url, autocommit=True) as connection:
            while True:  # until the server ends this connection too
                for (pid,) in connection.execute(f"{busy} ORDER BY (state = 'active') DESC LIMIT 1").fetchall():
                    with suppress(psutil.NoSuchProcess):
                        psutil.Process(pid).kill()
                connection.execute("SELECT pg_sleep(%s)", [POLL_SECONDS])
        self._wait_until_it_answers()

    def kill_server(self) -> None:
        """Kill all processes of the server, and start it again after a while."""
        clusters.crash(self.cluster.data)
        self.is_over.wait(AWAY_SECONDS)
        self.cluster.start()
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        deadline = perf_counter() + RETURN_SECONDS
        while perf_counter() < deadline:
            with suppress(psycopg.OperationalError), psycopg.connect(self.cluster.url):
                return
            Event().wait(POLL_SECONDS)


OF_DATABASE = frozenset((kind, f"503 {AWAY.title}") for kind in (READ, WRITE))
FAULTS = (
    Fault(0.25, "the switch `changes` off", Faults.take_no_changes, frozenset({(WRITE, f"503 {READ_ONLY.title}")})),
    Fault(0.5, "a backend killed", Faults.kill_backend, OF_DATABASE),
    Fault(0.7, "the server killed", Faults.kill_server, OF_DATABASE),
)


@contextmanager
def copy_of(url: str) -> Iterator[Cluster]:
    """Run a server of its own with a copy of a database; remove it at the end."""
    dump = [BIN / "pg_dump", "--no-owner", "--no-privileges", "--format=custom", "--compress=0", url]
    with (
        TemporaryDirectory(prefix="crowd", dir="/tmp", ignore_cleanup_errors=True) as top,
        running(Cluster(Path(top), "data", free_port()), **SERVER) as cluster,
    ):
        restore = [BIN / "pg_restore", "--no-owner", "--exit-on-error", "--dbname", cluster.url]
        with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
            subprocess.run(restore, stdin=dumping.stdout, check=True)
        with psycopg.connect(cluster.url, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
        yield cluster


def members_of(url: str) -> dict[str, list]:
    """Return tokens of members, who are made where they are not there, and public works for them to like."""
    command = [sys.executable, "manage.py", "shell", "--verbosity", "0", "--command", MAKE_MEMBERS]
    environment = {**os.environ, "DATABASE_URL": url, "DATABASE_DIRECT_URL": ""}
    said = subprocess.run(
        command, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return json.loads(said.stdout)


@contextmanager
def happening(cluster: Cluster, seconds: float) -> Iterator[Faults]:
    """Let faults happen beside a block, and be over at its end."""
    faults = Faults(cluster, seconds)
    thread = Thread(target=faults.play, name="faults")
    thread.start()
    try:
        yield faults
    finally:
        faults.is_over.set()
        thread.join()


def judged(failures: Sequence[tuple[float, str, str]], windows: Sequence[Window]) -> report.Result:
    """Return how many requests failed in which way, by window, and how many of them nothing excuses."""
    counts = {window.name: Counter[str]() for window in windows} | {OTHERWISE: Counter[str]()}
    unexcused = 0
    for came_at, kind, what in failures:
        at = [window for window in windows if window.begun <= came_at <= window.ended]
        unexcused += not any((kind, what) in window.allowed for window in at)
        counts[at[0].name if at else OTHERWISE][f"{kind}: {what}"] += 1
    return {"failed": {name: dict(count) for name, count in counts.items()}, "unexcused": unexcused}


def all_happened(crowd: report.Result) -> bool:
    """Return whether the run was long enough for every fault."""
    return {fault.name for fault in FAULTS} <= set(crowd["failed"])


def lost(url: str, created: Sequence[int], liked: Sequence[tuple[int, int]]) -> int:
    """Return how many works and likes are not there that the site said it had stored."""
    names = [f"crowd-{member}" for member, _ in liked]
    with psycopg.connect(url) as connection:
        (works,) = connection.execute(STORED, [list(created)]).fetchone()
        (likes,) = connection.execute(LIKED, [names, [work for _, work in liked]]).fetchone()
    return len(created) + len(liked) - works - likes


def counts_are_right(url: str) -> bool:
    """Return whether the rankings and the counts of likes agree with the rows."""
    return not any(manage(url, name, "verify", is_checked=False) for name in ("rankings", "popularity"))


def lines_of(judgement: report.Result) -> list[list[str]]:
    """Return the lines of the table of what failed."""
    failed = judgement["failed"]
    return [[name, ", ".join(f"{what} x {count:,}" for what, count in failed[name].items()) or "0"] for name in failed]
