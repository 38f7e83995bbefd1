"""The panels of what is done at intervals: by workers, and by a thread of each process of the site."""

from datetime import UTC, datetime, timedelta
from time import time

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.periodic import PeriodicTask

from genonaut import upkeep
from genonaut.status.durations import ago
from genonaut.status.panels import Contents, Fact, Table

# A worker says every 10 s that it lives, and is forgotten after 30 s.
SILENT = timedelta(seconds=60)
MOST_WORKERS = 50
# Tables of the queue hold few rows (generation/tokens.py); this bounds what is read of them if that goes wrong.
MOST_ROWS = 10_000

DEFERS = """
SELECT task_name, max(defer_timestamp)
FROM (SELECT task_name, defer_timestamp FROM procrastinate_periodic_defers ORDER BY id DESC LIMIT %s) AS defers
GROUP BY task_name
"""
WORKERS = """
SELECT worker.id, worker.last_heartbeat, (
    SELECT string_agg(job.task_name, ', ' ORDER BY job.task_name) FROM procrastinate_jobs AS job
    WHERE job.worker_id = worker.id AND job.status = 'doing')
FROM procrastinate_workers AS worker ORDER BY worker.last_heartbeat DESC LIMIT %s
"""
QUEUES = """
SELECT queue_name, task_name, count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing'),
    count(*) FILTER (WHERE status = 'failed')
FROM (SELECT queue_name, task_name, status FROM procrastinate_jobs ORDER BY id DESC LIMIT %s) AS jobs
GROUP BY queue_name, task_name ORDER BY queue_name, task_name
"""


def workers_panel() -> Contents:
    """Return the loops of workers with their last heartbeat, and what their queues hold. Two queries of few rows."""
    with connection.cursor() as cursor:
        cursor.execute(WORKERS, [MOST_WORKERS])
        workers = cursor.fetchall()
        cursor.execute(QUEUES, [MOST_ROWS])
        queues = cursor.fetchall()
    alive = [heartbeat for _, heartbeat, _ in workers if timezone.now() - heartbeat < SILENT]
    failed = sum(row[-1] for row in queues)
    facts = [
        Fact("Loops alive", f"{len(alive)}" if alive else "none: no worker runs", is_warning=not alive),
        Fact("Tasks that failed in the last day", f"{failed:,}", is_warning=failed > 0),
    ]
    loops = Table("Loops", ("Loop", "Heartbeat", "Does"), [(pk, ago(beat), does or "–") for pk, beat, does in workers])
    return Contents(facts, [loops, Table("Tasks", ("Queue", "Task", "Wait", "Run", "Failed"), queues)])


def upkeep_panel() -> Contents:
    """Return when each task was due last and is due next, and how the thread of this process fares. One query."""
    app.perform_import_paths()
    last = last_turns()
    periodic = sorted(app.periodic_registry.periodic_tasks.values(), key=lambda task: task.task.name)
    rows = [(task.task.name, task.cron, ago(last.get(task.task.name)), ago(_next(task))) for task in periodic]
    done = [(name, ago(look.at), look.error or "–") for name, look in sorted(upkeep.LOOKS.items())]
    failing = [name for name, _, error in done if error != "–"]
    facts = [Fact("Failing in this process", ", ".join(failing) or "none", is_warning=bool(failing))]
    tables = [
        Table("Workers", ("Task", "Schedule", "Last", "Next"), rows),
        Table("The process that answers you", ("Task", "Last", "Error"), done),
    ]
    return Contents(facts, tables)


def last_turns() -> dict[str, datetime]:
    """Return when each task at intervals was due last, by its name; none that no worker has met. One query."""
    with connection.cursor() as cursor:
        cursor.execute(DEFERS, [MOST_ROWS])
        return {name: datetime.fromtimestamp(seconds, UTC) for name, seconds in cursor.fetchall()}


def _next(task: PeriodicTask) -> datetime:
    return datetime.fromtimestamp(task.croniter.get_next(float, start_time=time()), UTC)
