"""Empties the database after a test that commits, faster than Django's flush.

Flush truncates every table, some 60 of them with 150 indexes, and writes content types and permissions again.
"""

from functools import cache

from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from genonaut.ranking import RankingState, declared

# What migrations write and no test changes.
KEPT = {Permission._meta.db_table, ContentType._meta.db_table}
STATES = RankingState._meta.db_table


def empty_database(*_: object) -> None:
    """Truncate the tables that hold rows. One query for their names, and one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_probe())
        tables = {_truncated_for()[row[0]] for row in cursor.fetchall()}
        if STATES in tables:  # a state is gone; TRUNCATE of a ranked table writes it again
            tables |= {rankings.table for rankings in declared()}
        if tables:
            cursor.execute(f"TRUNCATE {', '.join(sorted(tables))} CASCADE")


@cache
def _probe() -> str:
    """Return a query for the names of the tables that hold rows, and of the states' table if a model has no state."""
    probes = [f"(SELECT '{table}' FROM \"{table}\" LIMIT 1)" for table in _truncated_for() if table != STATES]
    labels = [rankings.label for rankings in declared()]
    states = f"SELECT count(*) FROM {STATES} WHERE model = ANY('{{{','.join(labels)}}}')"
    return " UNION ALL ".join([*probes, f"SELECT '{STATES}' WHERE ({states}) < {len(labels)}"])


@cache
def _truncated_for() -> dict[str, str]:
    """Return the table to truncate for each table that may hold rows: counts go with the table that they count."""
    models = [model._meta for model in apps.get_models(include_auto_created=True)]
    tables = {meta.db_table: meta.db_table for meta in models if meta.managed and meta.db_table not in KEPT}
    # Django does not manage the workers' queue; its events go with its jobs.
    tables |= {
        table: table for table in ("procrastinate_jobs", "procrastinate_periodic_defers", "procrastinate_workers")
    }
    for rankings in declared():
        for counts in (rankings.delta, *(ranking.node for ranking in rankings.values())):
            tables[counts._meta.db_table] = rankings.table
    return tables
