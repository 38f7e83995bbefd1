"""Measures learning from interactions, refreshing the recommendations of all users, and a page of For you.

    .venv/bin/python -m tests.stress.recommendations --users 100000 --works 50000 --deeds 20

It fills a scratch database, which it drops at the end: users of two tastes of a hundred, works of one taste,
whose pictures are twenty to a scene.
"""

import argparse
import os
import resource
import statistics
from collections.abc import Callable
from time import perf_counter, process_time

import django
import numpy as np
import psutil
from django.db import connection
from django.db.models import Count
from django.test import Client

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from genonaut.database.copy import copy_lines  # noqa: E402 - after setup
from recommendations import pictures  # noqa: E402 - after setup
from recommendations.learning import learn  # noqa: E402 - after setup
from recommendations.models import Neighbours, Recommendation  # noqa: E402 - after setup
from recommendations.refreshing import refresh  # noqa: E402 - after setup
from recommendations.turns import BATCH_USERS  # noqa: E402 - after setup
from tests.databases import use  # noqa: E402 - after setup
from tests.stress.databases import name_in  # noqa: E402 - after setup
from tests.stress.library import scratch_database  # noqa: E402 - after setup
from users.models import User  # noqa: E402 - after setup

TASTES = 100
CHANCE_SHARE = 0.25
BLOCK = 500_000
# Pages of each kind that are compared, and those before, which load modules and plans.
PAIRS, WARM_UP = 40, 5
# Users after which the time is printed.
SHOWN_USERS = 10_000
USERS = """
INSERT INTO users_user (id, password, is_superuser, is_staff, email, preferences, username, name, is_active, created_at)
SELECT n, '!', false, false, '', '{}', 'user-' || n, '', true, now() FROM generate_series(1, %s) AS n
"""
FILES = """
INSERT INTO media_mediafile (id, sha256, format, mime, size, stored_as, colour, picture_error, perceptual_hash,
    created_at)
SELECT n, sha256(n::text::bytea), 'png', 'image/png', 1, '', '', '',
    hashtextextended('scene ' || n %% (1 + %s / 20), 0) # (1::bigint << (n %% 60)::int), now()
FROM generate_series(1, %s) AS n
"""
WORKS = """
INSERT INTO content_contentitem (id, media_file_id, title, content_type, source, creator_id, prompt, data, metadata,
    tags, is_private, seed, created_at, updated_at)
SELECT n, n, 'Work ' || n, 'image', 'user', 1 + n %% %s, '', '', '{}', ARRAY['taste ' || n %% 100, 'tag ' || n %% 997],
    false, n, now() - n * interval '1 minute', now() FROM generate_series(1, %s) AS n
"""


def fill(users: int, works: int, deeds: int) -> None:
    """Write users, works and so many interactions of each user."""
    dice = np.random.default_rng(1)
    with connection.cursor() as cursor:
        cursor.execute(USERS, [users])
        cursor.execute(FILES, [works, works])
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


def refresh_all(users: int) -> str:
    """Refresh all users, batch by batch; return how many recommendations they have."""
    began, refreshed = perf_counter(), 0
    for first in range(1, users + 1, BATCH_USERS):
        refreshed += refresh(range(first, min(first + BATCH_USERS, users + 1)))
        if refreshed % SHOWN_USERS == 0:
            print(f"  {refreshed:,} users after {perf_counter() - began:,.0f} s", flush=True)
    return f"{refreshed:,} users, {Recommendation.objects.count():,} recommendations"


def learn_all(works: int) -> str:
    """Learn, at once also the lists by pictures that take many turns else; return how many lists there are."""
    pictures.MOST_DUE = works
    learn()
    counts = Neighbours.objects.values_list("kind").annotate(Count("pk")).order_by("kind")
    return f"lists {dict(counts)}"


def compare_pages(user: User) -> None:
    """Print how long a page of For you takes beside one of the gallery, in turns; both of 24 works, signed in."""
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    addresses = ("/for-you/?page_size=24", "/?page_size=24")
    seconds: dict[str, list[float]] = {address: [] for address in addresses}
    for turn in range(PAIRS + WARM_UP):
        for address in addresses:
            began, used = perf_counter(), server_seconds() + process_time()
            answer = client.get(address)
            took, processor = perf_counter() - began, server_seconds() + process_time() - used
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}.")
            if turn >= WARM_UP:
                seconds[address].append(took)
                seconds[f"{address} CPU"] = [*seconds.get(f"{address} CPU", []), processor]
    for kind in ("", " CPU"):
        own, gallery = (seconds[address + kind] for address in addresses)
        ratio = statistics.median(one / other for one, other in zip(own, gallery, strict=True))
        print(
            f"a page of For you{kind}: median {1000 * statistics.median(own):.1f} ms, of the gallery"
            f" {1000 * statistics.median(gallery):.1f} ms, {ratio:.2f} times in the median pair of {PAIRS}",
            flush=True,
        )


def main() -> None:
    """Fill a database and measure."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--users", type=int, default=100_000)
    parser.add_argument("--works", type=int, default=50_000)
    parser.add_argument("--deeds", type=int, default=20, help="interactions of each user")
    parser.add_argument("--again", action="store_true", help="refresh once more, when nothing changed")
    options = parser.parse_args()
    with scratch_database() as url:
        use(name_in(url))
        timed("filled", lambda: fill(options.users, options.works, options.deeds))
        timed("learned", lambda: learn_all(options.works))
        timed("refreshed", lambda: refresh_all(options.users))
        if options.again:
            timed("refreshed again", lambda: refresh_all(options.users))
        compare_pages(User.objects.get(pk=1))
        connection.close()


if __name__ == "__main__":
    main()
