"""Rebuilds rankings from the table, on a live database, and brings them up to date after a large load."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connections, router
from django.db.backends.utils import CursorWrapper
from psycopg.errors import QueryCanceled

from genonaut.ranking.compaction import compact, exclusive, move
from genonaut.ranking.counting import count, ignore
from genonaut.ranking.declaration import Ranking, Rankings
from genonaut.ranking.nodes import Nodes
from genonaut.ranking.partitions import Partition, align_triggers, mark_counted, partitions_of, troubled
from genonaut.ranking.states import built_orders, mark_built

# To move a delta costs about as much as to count this many rows by an index scan.
DELTA_COST = 10


def rebuild(
    rankings: Rankings, names: Iterable[str] | None = None, *, advance: Callable[[int], object] = ignore
) -> None:
    """Recount all rows, for all orders or those named; calls `advance` with about 100,000 rows at a time.

    Writers go on meanwhile, and readers see the old counts until the new are complete. Interrupted, it changes nothing.
    Partitions without triggers get theirs first; if one came or went uncounted, all built orders are recounted.
    """
    align_triggers(rankings)
    wanted = set(rankings if names is None else names)
    with exclusive(rankings, wait=True) as cursor:
        built, found = built_orders(cursor, rankings), partitions_of(rankings, cursor)
        if any(partition.trouble for partition in found):
            wanted |= built
        for name, ranking in rankings.items():
            if name in wanted:
                count(Nodes(cursor, ranking), advance)
            elif name in built:
                move(cursor, ranking)
        cursor.execute(f'DELETE FROM "{rankings.delta._meta.db_table}"')
        mark_built(cursor, rankings, wanted | built)
        if found:
            whole = [partition.name for partition in found if partition.is_attached and partition.has_triggers]
            mark_counted(cursor, rankings, whole)


def recount_partitions(rankings: Rankings) -> list[Partition]:
    """Rebuild built rankings if partitions came or went without being counted; return these. One query if none did."""
    wrong = troubled(rankings)
    if wrong:
        rebuild(rankings, ())
    return wrong


def catch_up(rankings: Rankings, *, advance: Callable[[int], object] = ignore) -> None:
    """Bring the rankings up to date after a load, in the cheaper of two ways: move the deltas, or recount.

    Partitions that the load attached without counting them are a reason to recount.
    """
    rows = min(ranked_rows(ranking) for ranking in rankings.values())
    if troubled(rankings) or pending_deltas(rankings) * DELTA_COST > rows:
        rebuild(rankings, advance=advance)
    else:
        compact(rankings)
    vacuum(rankings)


def vacuum(rankings: Rankings) -> None:
    """Free the space of deleted deltas and nodes; does nothing inside a transaction.

    Readers scan all pages of the deltas, the empty ones of a bulk load too. PostgreSQL gives them back only if the
    indexes are cleaned (BuildRankings), even of a few last deltas, and no query reads the table at that moment.
    """
    connection = connections[router.db_for_write(rankings.model)]
    if connection.in_atomic_block:
        return
    models = [rankings.delta, *(ranking.node for ranking in rankings.values())]
    with connection.cursor() as cursor, _without_time_limit(cursor):
        for model in models:
            cursor.execute(f'VACUUM (ANALYZE, INDEX_CLEANUP ON) "{model._meta.db_table}"')


def is_pooled(rankings: Rankings) -> bool:
    """Return whether a connection pooler stands between: it makes up the process number of its clients. One query."""
    connection = connections[router.db_for_write(rankings.model)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0] != cursor.connection.info.backend_pid


@contextmanager
def _without_time_limit(cursor: CursorWrapper) -> Iterator[None]:
    """Let statements take longer than a page of the site may.

    Behind a connection pooler nothing is set, since it would stay for other clients: a statement has the time that
    the server gives it, and what it leaves undone is left to autovacuum. Poolers make up the process number that they
    tell their clients.
    """
    cursor.execute("SELECT pg_backend_pid(), current_setting('statement_timeout')")
    pid, limit = cursor.fetchone()
    if pid != cursor.connection.info.backend_pid:
        try:
            yield
        except OperationalError as error:
            if not isinstance(error.__cause__, QueryCanceled):
                raise
        return
    cursor.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        cursor.execute("SELECT set_config('statement_timeout', %s, false)", [limit])


def ranked_rows(ranking: Ranking) -> int:
    """Return how many rows the nodes of a ranking hold, deltas aside. One query."""
    with connections[router.db_for_read(ranking.owner.model)].cursor() as cursor:
        nodes = Nodes(cursor, ranking)
        return int(nodes.fetch("SELECT coalesce(sum(row_count), 0) FROM {node} WHERE level = {root}")[0])


def expected_rows(rankings: Rankings) -> int | None:
    """Return about how many rows the table has: as counted last, else as the planner thinks, None if it has no idea."""
    counted = max(ranked_rows(ranking) for ranking in rankings.values())
    if counted:
        return counted
    with connections[router.db_for_read(rankings.model)].cursor() as cursor:
        cursor.execute("SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [f'"{rankings.table}"'])
        estimate = cursor.fetchone()[0]
    return estimate if estimate > 0 else None


def pending_deltas(rankings: Rankings) -> int:
    """Return how many deltas are still to be moved. One query."""
    with connections[router.db_for_read(rankings.model)].cursor() as cursor:
        cursor.execute(f'SELECT count(*) FROM "{rankings.delta._meta.db_table}"')
        return cursor.fetchone()[0]
