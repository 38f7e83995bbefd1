"""Roles that write, compact and read at the same time, each in a process of its own with a connection of its own.

One process without a connection forks them: forked from a test's, they would share its connections and its locks.
"""

import faulthandler
import json
import multiprocessing
import os
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial
from itertools import count, cycle
from multiprocessing.context import ForkProcess
from random import Random
from threading import BrokenBarrierError

from django.conf import settings
from django.db import connection, transaction
from django.db.utils import OperationalError
from psycopg.errors import DeadlockDetected

from genonaut.ranking import Rankings, compact, pending_deltas, reading, rebuild
from genonaut.ranking.large_statements import SETTING
from tests.factories import EPOCH
from tests.processes import database_url
from tests.ranking.items import FACETS, KEYS, RANKINGS, TABLE, listed, make_items, rank_query
from tests.ranking.ranked.models import Item

# To start, to do a little, and to end, each.
WAIT_SECONDS = 180
# Writers insert no more: with more leaves than these make, compactions and rebuilds fall behind on a busy machine, for
# ever.
MOST_ITEMS = 1_000
# Writers pause while more deltas than these wait for compactors: far from the 50,000 with which a reader refuses.
MOST_PENDING = 5_000
# How often each role at least does what it does, however busy the machine is.
LEAST = 3
PLAY = "import django; django.setup(); from tests.ranking.crowd import play_all; play_all()"
# What a process that ended too early is taken to have said.
SILENCE = json.dumps([["The process of the roles ended; its stderr may say why."], []])
# What a role tells how much it has just done.
Note = Callable[[int], object]
# The name of a function below that does something again and again and yields where it may end, and its arguments.
Role = tuple[str, dict[str, int | float]]
Run = Callable[[list[Role]], None]


def role(name: str, **arguments: float) -> Role:
    """Return a role for a crowd."""
    return name, arguments


@contextmanager
def crowd(seconds: float) -> Iterator[Run]:
    """Yield a function that plays roles for some seconds, and until each did a little.

    They start together, once all are connected. It fails with what any of them failed with.
    """
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "DATABASE_URL": database_url()}
    with subprocess.Popen(
        [sys.executable, "-c", PLAY],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def run(roles: list[Role]) -> None:
            sizes = {name: getattr(RANKINGS, name) for name in ("leaf_rows", "fanout", "step_deltas")}
            process.stdin.write(json.dumps([roles, seconds, sizes]) + "\n")
            process.stdin.flush()
            failures, counts = json.loads(process.stdout.readline() or SILENCE)
            assert failures == [], "\n".join(failures)
            assert min(counts) >= LEAST, list(zip(roles, counts, strict=True))

        yield run


def play_all() -> None:
    """Play what the lines of stdin ask for, and answer each with the failures and how much each role did."""
    for line in sys.stdin:
        roles, seconds, sizes = json.loads(line)
        for size, value in sizes.items():
            setattr(Rankings, size, value)
        print(json.dumps(Play(roles).play(seconds)), flush=True)


class Play:
    """Roles in processes of their own."""

    def __init__(self, roles: list[Role]) -> None:
        fork = multiprocessing.get_context("fork")
        self.counts = fork.Array("l", len(roles))
        self.ready = fork.Barrier(len(roles) + 1)
        self.is_over = fork.Event()
        self.failures = fork.SimpleQueue()
        self.processes = [
            fork.Process(target=self.act, args=(place, *role), daemon=True) for place, role in enumerate(roles)
        ]

    def play(self, seconds: float) -> tuple[list[str], list[int]]:
        """Return what failed, and how much each role did."""
        for process in self.processes:
            process.start()
        with suppress(BrokenBarrierError):  # One of them says why.
            self.ready.wait(WAIT_SECONDS)
        begin = time.monotonic()
        while time.monotonic() < begin + (seconds if min(self.counts) >= LEAST else WAIT_SECONDS):
            if self.is_over.wait(0.02):
                break
        self.is_over.set()
        silent = [f"{process.name} hung" for process in self.processes if not ended(process)]
        failures = []
        while not self.failures.empty():
            failures.append(self.failures.get())
        return failures + silent, list(self.counts)

    def note(self, place: int, done: int) -> None:
        """Add up what a role has done."""
        self.counts[place] += done

    def act(self, place: int, name: str, arguments: dict[str, int | float]) -> None:
        """Play one role, in its process, until the play is over."""
        # Says where it hangs, before it is given up.
        faulthandler.dump_traceback_later(3 * WAIT_SECONDS - 10, exit=True)
        try:
            connection.ensure_connection()
            self.ready.wait(WAIT_SECONDS)
            for _ in globals()[name](partial(self.note, place), **arguments):
                if self.is_over.is_set():
                    break
        except BaseException:
            self.failures.put(f"{name} {arguments}: {traceback.format_exc()}")
            self.ready.abort()
            self.is_over.set()
        connection.close()
        connection.close_pool()


def ended(process: ForkProcess) -> bool:
    """Wait for a role's end; return whether it came by itself."""
    process.join(WAIT_SECONDS)
    process.kill()
    process.join()
    return process.exitcode == 0


class Undo(Exception):
    """Rolls a transaction back."""


def writer(
    note: Note, *, number: int, of: int, hold_seconds: float = 0.0, large_rows: int = 1_000_000
) -> Iterator[None]:
    """Write its own rows, those whose id leaves `number` when divided by `of`.

    So writers never wait for each other's rows: a deadlock could only be the ranking's. Statements of `large_rows` or
    more are counted at once.
    """
    random = Random(number)
    with connection.cursor() as cursor:
        cursor.execute(f"SET {SETTING} = {large_rows}")
    while True:
        yield from compacted()
        with suppress(Undo), transaction.atomic():
            for _ in range(random.randint(1, 3)):
                change(random, number, of)
            if hold_seconds:
                time.sleep(hold_seconds)
            if random.random() < 0.15:
                raise Undo
        note(1)
        yield


def compacted() -> Iterator[None]:
    """Wait until the compactors, which may be slower than all writers together, have caught up."""
    while pending_deltas(RANKINGS) > MOST_PENDING:
        time.sleep(0.05)
        yield


def change(random: Random, number: int, of: int) -> None:
    """Insert, delete or change some rows."""
    mine = f"mod(id, {of}) = {number} AND mod(id, 17) = {random.randrange(17)}"
    with connection.cursor() as cursor:
        match random.randrange(5):
            case 0 | 1:
                if Item.objects.count() < MOST_ITEMS:
                    make_items(random.randint(1, 12), seed=random.randrange(10**6))
            case 2:
                cursor.execute(f"DELETE FROM {TABLE} WHERE {mine}")
            case 3:
                minutes = random.randint(-20, 20)
                cursor.execute(f"UPDATE {TABLE} SET created_at = created_at + interval '{minutes} min' WHERE {mine}")
            case 4:
                cursor.execute(f"UPDATE {TABLE} SET is_private = NOT is_private, quality_score = random() WHERE {mine}")


def compactor(note: Note) -> Iterator[None]:
    """Compact again and again, and count the deltas of each step: where many write, a compaction may end when they
    do."""
    while True:
        compact(RANKINGS, wait=False, advance=note)
        yield
        time.sleep(0.005)


def rebuilder(note: Note) -> Iterator[None]:
    """Rebuild all rankings and one of them by turns, with a pause in which others may compact."""
    for names in cycle([None, ["newest"]]):
        rebuild(RANKINGS, names)
        note(1)
        yield
        time.sleep(0.05)


def reader(note: Note, *, number: int) -> Iterator[None]:
    """Compare pages, totals and ranks with OFFSET and COUNT in one snapshot."""
    random = Random(number)
    while True:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            compare(random)
        note(1)
        yield


def compare(random: Random) -> None:
    """Compare one random page."""
    name, facets, is_descending = random.choice(list(KEYS)), random.choice(FACETS), random.random() < 0.5
    chosen = rank_query(name, facets)
    rows = listed(name, facets, is_descending=is_descending)
    total = rows.count()
    rank = random.randrange(total + 1)
    page = reading.at_rank(chosen, rank, 5, is_descending=is_descending)
    assert (page.total, page.keys) == (total, list(rows[rank : rank + 5])), (name, facets, is_descending, rank)
    if page.keys:
        ascending = total - 1 - rank if is_descending else rank
        assert reading.rank_of(chosen, page.keys[0][-1]).first == ascending, (name, facets, rank)


def truncater(note: Note) -> Iterator[None]:
    """Fill the table and empty it again and again, and never be ended by a deadlock."""
    for seed in count():
        make_items(40, seed=seed)
        time.sleep(0.01)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {TABLE} CASCADE")
        except OperationalError as error:
            assert not isinstance(error.__cause__, DeadlockDetected), error
            raise
        note(1)
        yield


def appender(note: Note) -> Iterator[None]:
    """Append seven rows at a time, each a second later than the last: so its rank is the seconds since EPOCH."""
    for number in count(0, 7):
        yield from compacted()
        times = [EPOCH + timedelta(seconds=place) for place in range(number, number + 7)]
        Item.objects.bulk_create(Item(created_at=moment) for moment in times)
        note(1)
        yield


def onlooker(note: Note) -> Iterator[None]:
    """Compare the ranks and totals of pages with what `appender` writes, without a snapshot."""
    while True:
        page = reading.at_rank(rank_query("newest", {}), 5, 20, is_descending=True)
        numbers = [int((moment - EPOCH).total_seconds()) for moment, _ in page.keys]
        assert numbers == [page.total - 1 - 5 - place for place in range(len(numbers))]
        assert page.total % 7 == 0
        note(1)
        yield
