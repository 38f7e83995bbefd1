"""Measures learning from interactions and refreshing the recommendations of all users: seconds, and memory.

    .venv/bin/python -m tests.stress.recommendations --users 100000 --works 50000 --deeds 20

It fills a scratch database, which it drops at the end: users of two tastes of a hundred, works of one taste.
"""

import argparse
import os
import resource
from collections.abc import Callable
from time import perf_counter, process_time

import django
import numpy as np
import psutil
from django.db import connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from genonaut.database.copy import copy_lines  # noqa: E402 - after setup
from recommendations.learning import learn  # noqa: E402 - after setup
from recommendations.refreshing import refresh  # noqa: E402 - after setup
from recommendations.turns import BATCH_USERS  # noqa: E402 - after setup
from tests.databases import use  # noqa: E402 - after setup
from tests.stress.databases import name_in  # noqa: E402 - after setup
from tests.stress.library import scratch_database  # noqa: E402 - after setup

TASTES = 100
CHANCE_SHARE = 0.25
BLOCK = 500_000
USERS = """
INSERT INTO users_user (id, password, is_superuser, is_staff, email, preferences, username, name, is_active, created_at)
SELECT n, '!', false, false, '', '{}', 'user-' || n, '', true, now() FROM generate_series(1, %s) AS n
"""
WORKS = """
INSERT INTO content_contentitem (id, title, content_type, source, creator_id, prompt, data, metadata, tags, is_private,
    seed, created_at, updated_at)
SELECT n, 'Work ' || n, 'image', 'user', 1 + n %% %s, '', '', '{}', ARRAY['taste ' || n %% 100, 'tag ' || n %% 997],
    false, n, now() - n * interval '1 minute', now() FROM generate_series(1, %s) AS n
"""


def fill(users: int, works: int, deeds: int) -> None:
    """Write users, works and so many interactions of each user."""
    dice = np.random.default_rng(1)
    with connection.cursor() as cursor:
        cursor.execute(USERS, [users])
        cursor.execute(WORKS, [users, works])
    for first in range(0, users * deeds, BLOCK):
        rows = np.arange(first, min(first + BLOCK, users * deeds))
        who = rows // deeds
        tastes = np.where(dice.random(len(rows)) < 0.7, who * 7, who * 13 + 1) % TASTES
        popular = (works // TASTES * dice.random(len(rows)) ** 2).astype(int)
        met = np.where(dice.random(len(rows)) < CHANCE_SHARE, dice.integers(works, size=len(rows)), 0)
        items = np.where(met > 0, met, popular * TASTES + tastes) % works
        copy_lines(
            "interactions_interaction",
            ("user_id", "content_id", "kind", "comment", "metadata", "created_at"),
            [
                f"{user + 1}\t{item or works}\tview\t\t{{}}\t2026-01-01 00:00:00+00"
                for user, item in zip(who.tolist(), items.tolist(), strict=True)
            ],
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def server_seconds() -> float:
    """Return the processor time of the server's process for this connection, on the same machine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        times = psutil.Process(cursor.fetchone()[0]).cpu_times()
    return times.user + times.system


def timed(name: str, work: Callable[[], object]) -> None:
    """Do something and print how long it took, and the most memory so far."""
    began, used, served = perf_counter(), process_time(), server_seconds()
    answer = work()
    seconds, own, server = perf_counter() - began, process_time() - used, server_seconds() - served
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{name}: {seconds:.1f} s, CPU {own:.1f} s and the server's {server:.1f} s, {memory:,.0f} MB at most: {answer}",
        flush=True,
    )


def refresh_all(users: int) -> int:
    """Refresh all users, batch by batch; return how many recommendations they have."""
    return sum(refresh(range(first, min(first + BATCH_USERS, users + 1))) for first in range(1, users + 1, BATCH_USERS))


def main() -> None:
    """Fill a database and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--works", type=int, default=50_000)
    parser.add_argument("--deeds", type=int, default=20, help="interactions of each user")
    options = parser.parse_args()
    with scratch_database() as url:
        use(name_in(url))
        timed("filled", lambda: fill(options.users, options.works, options.deeds))
        timed("learned", learn)
        timed("refreshed", lambda: refresh_all(options.users))
        timed("refreshed again", lambda: refresh_all(options.users))
        connection.close()


if __name__ == "__main__":
    main()
