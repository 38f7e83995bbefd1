"""Tables as a live database has them: with statistics, and with all of their pages marked as visible."""

import time

from django.db.backends.utils import CursorWrapper

from tests.processes import wait_until_nobody_reads

VACUUM_SECONDS = 300
# Pages that the server has only reserved are never marked.
MARKED_SHARE = 0.95


def vacuum_table(cursor: CursorWrapper, table: str) -> None:
    """Write a table's statistics and mark its pages as visible. Raises TimeoutError if they never are.

    A planner that holds an index-only scan for dear, because pages are not marked, scans the table.
    """
    end = time.monotonic() + VACUUM_SECONDS
    while True:
        wait_until_nobody_reads()
        cursor.execute(f"VACUUM (ANALYZE) {table}")
        # Autovacuum may begin to read another table at any moment, and keeps pages from being marked.
        cursor.execute("SELECT relallvisible, relpages FROM pg_class WHERE oid = %s::regclass", [table])
        marked, pages = cursor.fetchone()
        if marked >= MARKED_SHARE * pages:
            return
        if time.monotonic() > end:
            raise TimeoutError(f"Of {pages} pages of {table} {marked} are marked, however often it is vacuumed.")
