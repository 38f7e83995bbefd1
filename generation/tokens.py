"""Tokens in the workers' queue. A token names no job: it says that one waits, and its worker claims the fairest.

Below worker_tasks.py, whose tasks claim and end jobs, which need tokens themselves.
"""

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from generation.models import CLAIMABLE, GenerationJob
from users.letters import RETRIES
from users.letters import TASK as LETTER

QUEUE = "generation"
TASK = "generate"
# So many are counted and deferred at a time.
MOST = 1_000

# Workers delete successful rows themselves, unless they die before; failed ones stay for a day, to be looked at. The
# token of a dead worker has no use: the sweep defers others, and what is done at intervals comes again. Letters do not.
OF_DEAD_WORKER = """job.status = 'doing' AND NOT EXISTS (
            SELECT FROM procrastinate_events AS event
            WHERE event.job_id = job.id AND event.at > now() - interval '10 minutes') AND NOT EXISTS (
            SELECT FROM procrastinate_workers AS worker
            WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - interval '10 minutes')"""
RETURN_LETTERS = f"""
UPDATE procrastinate_jobs SET worker_id = NULL, attempts = attempts + 1,
    status = (CASE WHEN attempts < %(retries)s THEN 'todo' ELSE 'failed' END)::procrastinate_job_status
WHERE id IN (
    SELECT job.id FROM procrastinate_jobs AS job
    WHERE job.task_name = %(letter)s AND NOT job.abort_requested AND {OF_DEAD_WORKER}
    ORDER BY job.id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""  # noqa: S608 - a text of ours
PRUNE = f"""
DELETE FROM procrastinate_jobs WHERE id IN (
    SELECT job.id FROM procrastinate_jobs AS job
    WHERE job.status = 'succeeded'
        OR (job.status IN ('failed', 'cancelled', 'aborted') AND NOT EXISTS (
            SELECT FROM procrastinate_events AS event
            WHERE event.job_id = job.id AND event.at > now() - interval '1 day'))
        OR ({OF_DEAD_WORKER} AND job.task_name <> %(letter)s)
    ORDER BY job.id LIMIT %(most)s FOR UPDATE SKIP LOCKED)
"""  # noqa: S608 - a text of ours


def wake(number: int) -> None:
    """Defer tokens for jobs that wait, in one query of the caller's transaction."""
    if number > 0:
        app.configure_task(TASK, queue=QUEUE).batch_defer(*({} for _ in range(number)))


def defer_missing() -> int:
    """Defer as many tokens as jobs wait without one, as far as both are counted; return how many. At most 3 queries."""
    jobs = GenerationJob.objects.filter(CLAIMABLE)[:MOST].count()
    tokens = ProcrastinateJob.objects.filter(status="todo", task_name=TASK)[:MOST].count() if jobs else 0
    missing = max(jobs - tokens, 0)
    wake(missing)
    return missing


def prune() -> int:
    """Delete rows of the queue that ended or whose worker died, 1,000 at most, so that its tables stay small."""
    with connection.cursor() as cursor:
        cursor.execute(PRUNE, {"most": MOST, "letter": LETTER})
        return cursor.rowcount


def return_letters() -> None:
    """Let letters wait again whose worker died, 1,000 at most; those that were tried as often as any other failed."""
    with connection.cursor() as cursor:
        cursor.execute(RETURN_LETTERS, {"most": MOST, "letter": LETTER, "retries": RETRIES})
