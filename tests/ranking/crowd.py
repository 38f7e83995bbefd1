"""Processes that write, fold and read at the same time, each with a connection of its own."""

import faulthandler
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.queues import Queue
from random import Random

from django.db import connection, connections, transaction
from django.db.utils import OperationalError
from psycopg.errors import DeadlockDetected

from genonaut.ranking import reading
from genonaut.ranking.folding import fold
from tests.ranking.items import FACETS, KEYS, RANKINGS, TABLE, listed, make_items, selection

WAIT_SECONDS = 60
# What a process does until a moment; it returns how often.
Role = Callable[[float], int]


def run(roles: list[Role], seconds: float) -> list[int]:
    """Run each role in a process of its own for some seconds; return how often each did what it does.

    Fails with what any of them failed with.
    """
    context = get_context("fork")
    hang_up()
    results = context.Queue()
    end = time.monotonic() + seconds
    processes = [context.Process(target=_play, args=(role, end, place, results)) for place, role in enumerate(roles)]
    for process in processes:
        process.start()
    try:
        found = dict(results.get(timeout=seconds + WAIT_SECONDS) for _ in processes)
    finally:
        for process in processes:
            process.join(WAIT_SECONDS)
            process.kill()
    failures = [outcome for outcome in found.values() if isinstance(outcome, str)]
    assert failures == [], "\n".join(failures)
    return [found[place] for place in range(len(roles))]


def _play(role: Role, end: float, place: int, results: Queue) -> None:
    outcome: int | str
    # Says where a process hangs, before it is given up.
    faulthandler.dump_traceback_later(end - time.monotonic() + WAIT_SECONDS - 10)
    try:
        outcome = role(end)
    except BaseException:
        outcome = traceback.format_exc()
    faulthandler.cancel_dump_traceback_later()
    hang_up()
    results.put((place, outcome))


def hang_up() -> None:
    """Close all connections, those in the pool too: processes must not share one."""
    connections.close_all()
    connection.close_pool()


class Undo(Exception):
    """Rolls a transaction back."""


def writer(number: int, of: int, *, hold_seconds: float = 0.0) -> Role:
    """Return a writer of its own rows, those whose id leaves `number` when divided by `of`.

    So writers never wait for each other's rows: a deadlock could only be the ranking's.
    """

    def write(end: float) -> int:
        random, done = Random(number), 0
        while time.monotonic() < end:
            with suppress(Undo), transaction.atomic():
                for _ in range(random.randint(1, 3)):
                    change(random, number, of)
                if hold_seconds:
                    time.sleep(hold_seconds)
                if random.random() < 0.15:
                    raise Undo
            done += 1
        return done

    return write


def change(random: Random, number: int, of: int) -> None:
    """Insert, delete or change some rows."""
    mine = f"mod(id, {of}) = {number} AND mod(id, 17) = {random.randrange(17)}"
    with connection.cursor() as cursor:
        match random.randrange(5):
            case 0 | 1:
                make_items(random.randint(1, 12), seed=random.randrange(10**6))
            case 2:
                cursor.execute(f"DELETE FROM {TABLE} WHERE {mine}")
            case 3:
                minutes = random.randint(-20, 20)
                cursor.execute(f"UPDATE {TABLE} SET created_at = created_at + interval '{minutes} min' WHERE {mine}")
            case 4:
                cursor.execute(f"UPDATE {TABLE} SET is_private = NOT is_private, quality_score = random() WHERE {mine}")


def folder(end: float) -> int:
    """Fold again and again; return how many deltas were moved."""
    moved = 0
    while time.monotonic() < end:
        folded = fold(RANKINGS, wait=False)
        moved += folded.deltas if folded is not None else 0
        time.sleep(0.005)
    return moved


def reader(number: int) -> Role:
    """Return a reader that compares pages, totals and ranks with OFFSET and COUNT in one snapshot."""

    def read(end: float) -> int:
        random, done = Random(number), 0
        while time.monotonic() < end:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
                compare(random)
            done += 1
        return done

    return read


def compare(random: Random) -> None:
    """Compare one random page."""
    name, facets, is_descending = random.choice(list(KEYS)), random.choice(FACETS), random.random() < 0.5
    chosen = selection(name, facets)
    rows = listed(name, facets, is_descending=is_descending)
    total = rows.count()
    rank = random.randrange(total + 1)
    page = reading.at_rank(chosen, rank, 5, is_descending=is_descending)
    assert (page.total, page.keys) == (total, list(rows[rank : rank + 5])), (name, facets, is_descending, rank)
    if page.keys:
        ascending = total - 1 - rank if is_descending else rank
        assert reading.rank_of(chosen, page.keys[0][-1]).first == ascending, (name, facets, rank)


def truncater(end: float) -> int:
    """Fill the table and empty it again and again, and never be ended by a deadlock."""
    done = 0
    while time.monotonic() < end:
        make_items(40, seed=done)
        time.sleep(0.01)
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"TRUNCATE {TABLE} CASCADE")
        except OperationalError as error:
            assert not isinstance(error.__cause__, DeadlockDetected), error
            raise
        done += 1
    return done
