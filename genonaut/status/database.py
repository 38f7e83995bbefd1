"""The panel of the database: sizes and estimates from PostgreSQL's catalog."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.template.defaultfilters import filesizeformat

from genonaut.models import Deletion, PostponedIndex
from genonaut.status.counts import bounded_counts
from genonaut.status.durations import ago, length
from genonaut.status.panels import Contents, Fact, Table

# Of a transaction: from then on VACUUM is held up for long.
LONG_TRANSACTION = timedelta(minutes=15)
# Of all connections that the server allows.
MOST_CONNECTIONS = 0.9
LARGEST = 10

SERVER = """
SELECT current_setting('server_version'), pg_database_size(current_database()), pg_postmaster_start_time(),
    (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),
    current_setting('max_connections')::int,
    (SELECT max(now() - xact_start) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend'),
    (SELECT count(*) FROM pg_index WHERE NOT indisvalid)
"""
# As of the last ANALYZE; -1 stands for a table that had none.
TABLES = """
SELECT relname, reltuples::bigint, pg_total_relation_size(oid) FROM (
    SELECT oid, relname, reltuples FROM pg_class
    WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
    ORDER BY relpages DESC, relname LIMIT %s
) AS large
"""


def database_panel() -> Contents:
    """Return the state of the server and the largest tables. Four queries, all of the catalog or of few rows."""
    with connection.cursor() as cursor:
        cursor.execute(SERVER)
        facts = _server_facts(*cursor.fetchone())
        cursor.execute(TABLES, [LARGEST])
        rows = [(name, _about(tuples), filesizeformat(size)) for name, tuples, size in cursor.fetchall()]
    return Contents([*facts, *_unfinished_facts()], [Table("Largest tables", ("Table", "Rows", "Size"), rows)])


def _server_facts(version: str, size: int, started: datetime, *counts: Any) -> list[Fact]:  # noqa: ANN401 - mixed
    connections, allowed, oldest, invalid = counts
    return [
        Fact("PostgreSQL", f"{version}, started {ago(started)}"),
        Fact("Size", filesizeformat(size)),
        Fact("Connections", f"{connections} of {allowed}", is_warning=connections > MOST_CONNECTIONS * allowed),
        Fact(
            "Oldest transaction",
            length(oldest) if oldest else "none",
            is_warning=oldest is not None and oldest > LONG_TRANSACTION,
        ),
        Fact("Invalid indexes", f"{invalid}", is_warning=invalid > 0),
    ]


def _unfinished_facts() -> list[Fact]:
    """Return what deletions and loads have left to do. Two queries."""
    postponed = PostponedIndex.objects.count()
    (deletions,) = bounded_counts([Deletion.objects.filter(finished_at__isnull=True)])
    return [
        Fact("Postponed indexes", f"{postponed}", is_warning=postponed > 0),
        Fact("Deletions under way", f"{deletions.count:,}", address="admin:genonaut_deletion_changelist"),
    ]


def _about(tuples: int) -> str:
    return "not analysed yet" if tuples < 0 else f"about {tuples:,}"
