"""Roles that write, fold and read at the same time, each in an interpreter of its own with a connection of its own.

Not in forked ones: those would share the connections and the locks of the test that starts them.
"""

import faulthandler
import json
import os
import subprocess
import sys
import time
import traceback
from contextlib import ExitStack, suppress
from datetime import timedelta
from random import Random
from threading import Timer

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.utils import OperationalError
from psycopg.errors import DeadlockDetected

from content.models import ContentItem
from genonaut.ranking import reading
from genonaut.ranking.building import rebuild
from genonaut.ranking.declaration import Rankings
from genonaut.ranking.folding import fold
from tests.factories import EPOCH
from tests.processes import database_url
from tests.ranking.items import FACETS, KEYS, RANKINGS, TABLE, listed, make_items, selection

# To start and to end, each.
WAIT_SECONDS = 60
PLAY = "import django; django.setup(); from tests.ranking.crowd import play; play()"
# What a process that ended too early is taken to have said.
SILENCE = json.dumps("ended without a result; its stderr may say where it hung")
# The name of a function below that does something until a moment and returns how often, and its other arguments.
Role = tuple[str, dict[str, int | float]]


def role(name: str, **arguments: float) -> Role:
    """Return a role for `run`."""
    return name, arguments


def run(roles: list[Role], seconds: float) -> list[int]:
    """Run each role in a process of its own for some seconds; return how often each did what it does.

    They start to play together, once all are connected. Fails with what any of them failed with.
    """
    with ExitStack() as stack:
        processes = []
        for name, arguments in roles:
            processes.append(stack.enter_context(_start(name, arguments, seconds)))
            stack.callback(processes[-1].kill)
        # A process that is killed says no more: so nobody below waits for ever.
        deadline = Timer(seconds + 2 * WAIT_SECONDS, lambda: [process.kill() for process in processes])
        deadline.start()
        stack.callback(deadline.cancel)
        said = [process.stdout.readline() for process in processes]
        silent = [name for (name, _), line in zip(roles, said, strict=True) if line != "ready\n"]
        assert silent == [], f"did not start, stderr says why: {silent}"
        for process in processes:
            process.stdin.write("go\n")
            process.stdin.flush()
        outcomes = [json.loads(process.stdout.readline() or SILENCE) for process in processes]
    failures = [
        f"{name} {arguments}: {end}"
        for (name, arguments), end in zip(roles, outcomes, strict=True)
        if isinstance(end, str)
    ]
    assert failures == [], "\n".join(failures)
    return outcomes


def _start(name: str, arguments: dict[str, int | float], seconds: float) -> subprocess.Popen:
    sizes = {name: getattr(RANKINGS, name) for name in ("block_rows", "group_blocks", "step_deltas")}
    return subprocess.Popen(
        [sys.executable, "-c", PLAY, json.dumps([name, arguments, seconds, sizes])],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "genonaut.settings", "DATABASE_URL": database_url()},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def play() -> None:
    """Play the role that the command line names, in a process that `run` started; print its count or its traceback."""
    name, arguments, seconds, sizes = json.loads(sys.argv[1])
    for size, value in sizes.items():
        setattr(Rankings, size, value)
    act = globals()[name]
    connection.ensure_connection()
    print("ready", flush=True)
    if not sys.stdin.readline():
        return  # The test is gone.
    # Says where it hangs, before it is given up.
    faulthandler.dump_traceback_later(seconds + WAIT_SECONDS - 10, exit=True)
    outcome: int | str
    try:
        outcome = act(time.monotonic() + seconds, **arguments)
    except BaseException:
        outcome = traceback.format_exc()
    connections.close_all()
    connection.close_pool()
    print(json.dumps(outcome), flush=True)


class Undo(Exception):
    """Rolls a transaction back."""


def writer(end: float, *, number: int, of: int, hold_seconds: float = 0.0) -> int:
    """Write its own rows, those whose id leaves `number` when divided by `of`.

    So writers never wait for each other's rows: a deadlock could only be the ranking's.
    """
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


def rebuilder(end: float) -> int:
    """Rebuild all rankings and one of them by turns, with a pause in which others may fold."""
    done = 0
    while time.monotonic() < end:
        rebuild(RANKINGS, ["newest"] if done % 2 else None)
        done += 1
        time.sleep(0.05)
    return done


def reader(end: float, *, number: int) -> int:
    """Compare pages, totals and ranks with OFFSET and COUNT in one snapshot."""
    random, done = Random(number), 0
    while time.monotonic() < end:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            compare(random)
        done += 1
    return done


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


def appender(end: float) -> int:
    """Append seven rows at a time, each a second later than the last: so its rank is the seconds since EPOCH."""
    number = 0
    while time.monotonic() < end:
        times = [EPOCH + timedelta(seconds=place) for place in range(number, number + 7)]
        ContentItem.objects.bulk_create(
            ContentItem(title="An item", content_type="text", seed=1, created_at=moment) for moment in times
        )
        number += 7
    return number


def onlooker(end: float) -> int:
    """Compare the ranks and totals of pages with what `appender` writes, without a snapshot."""
    done = 0
    while time.monotonic() < end:
        page = reading.at_rank(selection("newest", {}), 5, 20, is_descending=True)
        numbers = [int((moment - EPOCH).total_seconds()) for moment, _ in page.keys]
        assert numbers == [page.total - 1 - 5 - place for place in range(len(numbers))]
        assert page.total % 7 == 0
        done += 1
    return done
