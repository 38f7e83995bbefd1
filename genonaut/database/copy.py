"""Loading many rows: COPY, and what has to know of them afterwards: statistics and rankings. It knows no domain."""

from collections.abc import Callable, Iterable, Sequence

from django.db import connection, transaction
from django.db.models import Model
from psycopg import sql

from genonaut.progress import Progress
from genonaut.ranking import catch_up, pending_deltas, ranked_rows

ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
NULL = "\\N"
# Fewer rows are ranked in some tenths of a second.
SHOWN_ROWS = 200_000


def escaped(text: str) -> str:
    """Return a text as a value of COPY's text format."""
    return text.translate(ESCAPES)


def copy_statement(table: str, columns: Sequence[str]) -> sql.Composed:
    """Return the COPY ... FROM STDIN of some columns."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table), names)


def copy_lines(table: str, columns: Sequence[str], lines: Iterable[str]) -> None:
    """Load lines of COPY's text format, each without its line end, in one statement."""
    block = "".join([f"{line}\n" for line in lines]).encode()
    with connection.cursor() as cursor, cursor.copy(copy_statement(table, columns)) as copy:
        copy.write(block)


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Load rows of Python values in one statement."""
    with connection.cursor() as cursor, cursor.copy(copy_statement(table, columns)) as copy:
        for row in rows:
            copy.write_row(row)


def refresh_statistics(models: Iterable[type[Model]], *, is_big_load: bool) -> None:
    """Tell the planner about loaded tables; after a big load also mark their pages visible, for index-only scans.

    Inside a transaction (a test's, say) VACUUM is impossible and left out.
    """
    is_vacuum = is_big_load and not connection.in_atomic_block
    command = sql.SQL("VACUUM (ANALYZE) {}" if is_vacuum else "ANALYZE {}")
    with connection.cursor() as cursor:
        for model in models:
            cursor.execute(command.format(sql.Identifier(model._meta.db_table)))


def catch_up_rankings(models: Iterable[type[Model]], say: Callable[[str], object], *, is_shown: bool) -> None:
    """Bring the rankings of those of some loaded tables that have any up to date, and show the progress of large ones.

    Every row that came has left a delta, which readers would add up for each page until a compaction.
    """
    for model in models:
        if hasattr(model, "rankings"):
            rankings = model.rankings
            rows = pending_deltas(rankings) + max(map(ranked_rows, rankings.values()))
            label = f"ranking {model._meta.verbose_name_plural}: "
            is_large = is_shown and rows >= SHOWN_ROWS
            with Progress(len(rankings) * rows, " rows", say, label=label, is_shown=is_large) as progress:
                catch_up(rankings, advance=progress.advance)


def reserve_ids(model: type[Model], count: int) -> int:
    """Set `count` consecutive ids of a table aside and return the first; no other session will be given any of them.

    Sequences belong to no transaction: the ids stay set aside even if nothing is loaded, as after a failed insert.
    """
    table = model._meta.db_table
    column = model._meta.pk.column
    with transaction.atomic(), connection.cursor() as cursor:
        # Inserts take ROW EXCLUSIVE before they ask for an id, so between our two calls no session can take one.
        cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(sql.Identifier(table)))
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s))", [f'"{table}"', column])
        first = cursor.fetchone()[0]
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [f'"{table}"', column, first + max(count, 1) - 1]
        )
    return first
