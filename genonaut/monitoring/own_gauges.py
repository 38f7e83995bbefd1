"""The gauges of the site itself: rankings, the queue, workers, and the server."""

from collections.abc import Iterator
from datetime import datetime

from django.db import connection
from django.utils import timezone

from genonaut.monitoring.gauges import Gauge, Sample, Source
from genonaut.ranking import built, declared
from genonaut.status.rankings import pending_counts
from genonaut.status.tasks import MOST_ROWS, SILENT, last_turns

DELTAS, NOT_BUILT = "genonaut_ranking_deltas", "genonaut_rankings_not_built"
TASKS, OLDEST = "genonaut_queue_tasks", "genonaut_queue_oldest_seconds"
WORKERS, HEARTBEAT = "genonaut_workers", "genonaut_worker_heartbeat_age_seconds"
LAST_TURN = "genonaut_task_last_turn_age_seconds"
CONNECTIONS, ALLOWED = "genonaut_database_connections", "genonaut_database_connections_allowed"
TRANSACTION, SIZE = "genonaut_database_oldest_transaction_seconds", "genonaut_database_size_bytes"
INVALID, READ_ONLY = "genonaut_database_invalid_indexes", "genonaut_database_read_only"

QUEUE_ROWS = """
SELECT queue_name, task_name, status::text, count(*), min(at) FROM (
    SELECT queue_name, task_name, status,
        (SELECT min(at) FROM procrastinate_events WHERE job_id = job.id AND type = 'deferred') AS at
    FROM procrastinate_jobs AS job WHERE status IN ('todo', 'doing', 'failed') ORDER BY id DESC LIMIT %s
) AS jobs GROUP BY queue_name, task_name, status
"""
HEARTBEATS = """
SELECT count(*) FILTER (WHERE now() - last_heartbeat < %s), extract(epoch FROM now() - max(last_heartbeat))::float
FROM procrastinate_workers
"""
SERVER = """
SELECT (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
    current_setting('max_connections')::int,
    coalesce(extract(epoch FROM (SELECT max(now() - xact_start) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend')), 0)::float,
    pg_database_size(current_database()),
    (SELECT count(*) FROM pg_index WHERE NOT indisvalid),
    (current_setting('transaction_read_only') = 'on')::int
"""


def ranking_samples() -> Iterator[Sample]:
    """Yield what is to be compacted, and what is not built. One query, and one for each model."""
    every = declared()
    for rankings, count in pending_counts(every).items():
        yield Sample(DELTAS, count, (rankings.label,))
    yield Sample(NOT_BUILT, sum(len(rankings) - len(built(rankings)) for rankings in every))


def queue_samples() -> Iterator[Sample]:
    """Yield the tasks of the queue, and the age of the oldest that waits. One query."""
    oldest: dict[str, datetime] = {}
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_ROWS, [MOST_ROWS])
        for queue, task, status, count, at in cursor.fetchall():
            yield Sample(TASKS, count, (queue, task, status))
            if status == "todo" and at is not None:
                oldest[queue] = min(at, oldest.get(queue, at))
    for queue, at in oldest.items():
        yield Sample(OLDEST, _age(at), (queue,))


def worker_samples() -> Iterator[Sample]:
    """Yield how many loops of workers live, their last heartbeat, and when each task was due last. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(HEARTBEATS, [SILENT])
        alive, age = cursor.fetchone()
    yield Sample(WORKERS, alive)
    if age is not None:
        yield Sample(HEARTBEAT, age)
    for task, at in last_turns().items():
        yield Sample(LAST_TURN, _age(at), (task,))


def server_samples() -> Iterator[Sample]:
    """Yield the state of the server. One query of its catalog."""
    with connection.cursor() as cursor:
        cursor.execute(SERVER)
        values = cursor.fetchone()
    names = (CONNECTIONS, ALLOWED, TRANSACTION, SIZE, INVALID, READ_ONLY)
    yield from (Sample(name, float(value)) for name, value in zip(names, values, strict=True))


def _age(at: datetime) -> float:
    return (timezone.now() - at).total_seconds()


OWN_SOURCES = {
    "rankings": Source(
        (
            Gauge(DELTAS, "Changes that wait to be compacted; counted up to 100,001.", ("model",)),
            Gauge(NOT_BUILT, "Orders of rankings that may not be read."),
        ),
        ranking_samples,
    ),
    "queue": Source(
        (
            Gauge(TASKS, "Tasks of workers that wait, run, or failed in the last day.", ("queue", "task", "status")),
            Gauge(OLDEST, "Age of the oldest task that waits.", ("queue",)),
        ),
        queue_samples,
    ),
    "workers": Source(
        (
            Gauge(WORKERS, "Loops of workers whose heartbeat is younger than a minute."),
            Gauge(HEARTBEAT, "Age of the last heartbeat of any worker."),
            Gauge(LAST_TURN, "Time since a task at intervals was due last.", ("task",)),
        ),
        worker_samples,
    ),
    "server": Source(
        (
            Gauge(CONNECTIONS, "Connections of all clients to the database."),
            Gauge(ALLOWED, "Connections that the server allows."),
            Gauge(TRANSACTION, "Age of the oldest transaction."),
            Gauge(SIZE, "Bytes of the database."),
            Gauge(INVALID, "Indexes that are not valid."),
            Gauge(READ_ONLY, "Whether the server takes no changes."),
        ),
        server_samples,
    ),
}
