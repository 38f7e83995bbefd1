"""Asking for jobs, claiming and sweeping read a few entries of their indexes, however many jobs wait or have ended."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from generation import claims, jobs, quotas
from generation.models import Attempt, GenerationJob
from tests.plans.conftest import clean
from tests.plans.test_plan_guard import explain
from tests.statements import statements_run
from users.models import User

TABLE = GenerationJob._meta.db_table
ENDED = 100_000
# Most of what a position or a queue is counted to.
MOST_ROWS = 1_001
# Descents of three indexes, and 1,001 open jobs of the user in one of them.
MOST_PAGES = 60
REQUEST = jobs.Request("a cat")
ADD_ENDED = f"""
    INSERT INTO {TABLE} (user_id, job_type, prompt, parameters, status, error, turn, created_at, started_at,
                         finished_at)
    SELECT 1 + i % 4000, 'image', 'a lighthouse', '{{}}', CASE WHEN i % 9 = 0 THEN 'failed' ELSE 'completed' END,
           CASE WHEN i % 9 = 0 THEN 'No memory' ELSE '' END, i, moment, moment, moment
    FROM generate_series(1, {ENDED}) AS i, LATERAL (SELECT timestamptz '2021-01-01' + i * interval '1 minute') AS times
        (moment)
"""


@pytest.fixture(scope="module")
def cleaned(rows: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Leave the table as it was, once `lasting_rows` are rolled back."""
    yield
    with django_db_blocker.unblock():
        clean(TABLE)


@pytest.fixture(scope="module")
def queue(rows: None, cleaned: None, lasting_rows: None) -> User:
    """30,000 jobs that wait in many turns, 100,000 that have ended, 20 that run; return a user with a few."""
    with connection.cursor() as cursor:
        cursor.execute(ADD_ENDED)
        cursor.execute(f"ANALYZE {TABLE}")
    for number in range(20):
        claims.claim(f"worker {number}")
    connection.check_constraints()  # once, not at the end of each test
    Attempt.objects.update(heartbeat_at="2024-01-01T00:00Z")
    return User.objects.get(username="user-4000")


ACTS: dict[str, Callable[[GenerationJob], object]] = {
    "claim": lambda job: claims.claim("worker"),
    "fail": lambda job: claims.fail(Attempt.objects.all()[0].pk, "No memory"),
    "sweep": lambda job: claims.sweep(),
    "position": jobs.position,
    "cancel": jobs.cancel,
    "pause": jobs.pause,
    "ask again": lambda job: jobs.ask(job.user, [REQUEST], idempotency_key="key"),
}


def nodes_of(sql: str) -> list[dict[str, Any]]:
    """Run a statement, and return where its plan reads jobs."""
    return [node for node in explain(sql) if node.get("Relation Name") == TABLE]


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_jobs_are_read_along_indexes(queue: User, db: None, act: Callable[[GenerationJob], object]) -> None:
    [job] = jobs.ask(queue, [REQUEST], idempotency_key="key")
    with statements_run() as statements:
        act(job)
    # Of the many that a sweep takes up one by one, a few.
    reads = [sql for sql in statements if TABLE in sql and not sql.startswith("INSERT")][:9]
    assert reads
    for sql in reads:
        for node in nodes_of(sql):
            visited = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
            assert (node["Node Type"] != "Seq Scan", visited <= MOST_ROWS) == (True, True), sql


def test_the_next_job_is_the_first_of_its_index(queue: User, db: None) -> None:
    with statements_run() as statements:
        claims.claim("worker")
    [sql] = [sql for sql in statements if "SKIP LOCKED" in sql]
    [node] = nodes_of(sql)
    assert (node["Index Name"], node["Actual Rows"]) == ("job_next", 1)


def test_a_request_is_let_in_by_a_few_pages_of_its_indexes(queue: User, db: None) -> None:
    quotas.admit(queue, 0, "key")  # reads what the functions need into the session
    with statements_run() as statements:
        quotas.admit(queue, 0, "key")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statements[0]}")
        [[plan]] = cursor.fetchone()
    assert plan["Plan"]["Shared Hit Blocks"] + plan["Plan"]["Shared Read Blocks"] <= MOST_PAGES
