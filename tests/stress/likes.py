"""Likes of one work by several clients at once, beside compactions: the exact count, and how long any waits for a lock.

    .venv/bin/python -m tests.stress.likes --clients 8 --likes 500

It has a PostgreSQL server of its own, which is gone afterwards. Each client likes the work and takes its like off, in
turn, as the site does, while a thread compacts all the time. Goals: the count is exact, and no session waits for a lock
longer than 10 ms.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser
from threading import Event, Thread

# Else the settings would start the server of the site's own data.
os.environ.setdefault("DATABASE_URL", "postgresql://none@/none")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")

import psycopg

from tests.clusters import data_folder, shared
from tests.stress.queue import manage

MOST_WAIT_MS = 10.0
LOOK_SECONDS = 0.002
WAITS = """
    SELECT coalesce(max(extract(epoch FROM clock_timestamp() - waitstart) * 1000), 0)::float
    FROM pg_locks WHERE NOT granted AND waitstart IS NOT NULL
"""
ROUNDS = "from tests.stress.likes_rounds import like; like(clients={clients}, likes={likes})"


def main() -> None:
    """Measure, print, and exit with 1 if a goal is missed."""
    parser = ArgumentParser(prog="python -m tests.stress.likes", description=__doc__.split("\n")[0])
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--likes", type=int, default=500, help="changes by each client (default: 500)")
    options = parser.parse_args()
    with data_folder() as data, shared(data) as url:
        manage(url, "migrate")
        sys.exit(0 if is_met(url, ROUNDS.format(clients=options.clients, likes=options.likes)) else 1)


def is_met(url: str, rounds: str) -> bool:
    """Run the clients beside an observer; return whether the count was exact and no wait too long."""
    ended, waits = Event(), [0.0]
    observer = Thread(target=observe, args=(url, ended, waits))
    observer.start()
    try:
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "-v0", "-c", rounds], env={**os.environ, "DATABASE_URL": url}
        )
    finally:
        ended.set()
        observer.join()
    print(f"longest wait for a lock: {max(waits):.1f} ms, seen in {len(waits) - 1:,} looks")
    return done.returncode == 0 and max(waits) <= MOST_WAIT_MS


def observe(url: str, ended: Event, waits: list[float]) -> None:
    """Add the longest wait of each look, until told to end."""
    with psycopg.connect(url, autocommit=True) as connection:
        while not ended.wait(LOOK_SECONDS):
            waits.append(connection.execute(WAITS).fetchone()[0])


if __name__ == "__main__":
    main()
