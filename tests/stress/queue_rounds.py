"""What each process of tests/stress/queue.py does: it asks for a job, claims it and lets it fail, and times each."""

import sys
import time
from collections.abc import Callable

from django.db import connection

from generation import claims, jobs
from generation.models import GenerationJob
from users.models import User

TABLE = GenerationJob._meta.db_table
ADD_ENDED = f"""
    INSERT INTO {TABLE} (user_id, job_type, prompt, parameters, status, error, turn, created_at, started_at,
                         finished_at)
    SELECT %s, 'image', 'a lighthouse', '{{}}', 'completed', '', i, moment, moment, moment
    FROM generate_series(1, %s) AS i, LATERAL (SELECT timestamptz '2021-01-01' + i * interval '1 minute') AS times
        (moment)
"""


def fill(ended: int) -> None:
    """Add two users, and jobs of the one that have ended."""
    busy, _ = (User.objects.create_user(name) for name in ("busy", "new"))
    with connection.cursor() as cursor:
        cursor.execute(ADD_ENDED, [busy.pk, ended])
        cursor.execute(f"VACUUM ANALYZE {TABLE}")


def answer() -> None:
    """Perform a round for each line of stdin, and write the milliseconds of its steps."""
    user = User.objects.get(username="new")
    for _ in sys.stdin:
        asked, _ = timed(lambda: jobs.ask(user, [jobs.Request("a lighthouse")]))
        claimed, job = timed(lambda: claims.claim("worker"))
        ended, _ = timed(lambda key=job.attempt_key: claims.fail(key, "No memory"))
        print(asked, claimed, ended, flush=True)


def timed(act: Callable[[], object]) -> tuple[float, object]:
    """Return the milliseconds that an act takes, and what it returns."""
    begin = time.perf_counter()
    made = act()
    return (time.perf_counter() - begin) * 1000, made
