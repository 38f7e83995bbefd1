"""Tables as a live database has them: with statistics, and with all of their pages marked as visible."""

import time

from django.db.backends.utils import CursorWrapper

from tests.processes import wait_until_nobody_reads

VACUUM_SECONDS = 60


def vacuum_table(cursor: CursorWrapper, table: str) -> None:
    """Write a table's statistics and mark all of its pages as visible. Raises TimeoutError if they never all are.

    A planner that holds an index-only scan for dear, because pages are not marked, scans the table.
    """
    end = time.monotonic() + VACUUM_SECONDS
    while time.monotonic() < end:
        wait_until_nobody_reads()
        cursor.execute(f"VACUUM (ANALYZE) {table}")
        # Autovacuum may begin to read another table at any moment, and keeps pages from being marked.
        cursor.execute("SELECT relallvisible >= relpages FROM pg_class WHERE oid = %s::regclass", [table])
        if cursor.fetchone()[0]:
            return
    raise TimeoutError(f"{table} was read whenever it was vacuumed.")
