"""The statement-level triggers that note every change of a ranked table as deltas.

They see every way of changing rows, COPY, cascades and raw SQL included; a rolled-back change takes its deltas along.
Deltas are only ever appended, so that writers never wait for each other here. A statement that changes many rows counts
them in the nodes instead, if no compaction is running (large_statements.py).
"""

from collections.abc import Sequence

import pgtrigger

from genonaut.ranking.columns import Column, NodeTable, TriggerTables
from genonaut.ranking.large_statements import DECLARED, counted_at_once, take_lock
from genonaut.ranking.models import RankingState

STATES = RankingState._meta.db_table

# Emptied, a partition is counted: with no rows.
EMPTIED_PARTITION = """
    DECLARE is_whole boolean := true;
    BEGIN
        BEGIN
            LOCK TABLE "{table}" IN ACCESS EXCLUSIVE MODE NOWAIT;
        EXCEPTION
            WHEN lock_not_available THEN is_whole := false;
        END;
        IF NOT is_whole OR EXISTS (SELECT FROM "{table}") THEN
            RAISE feature_not_supported USING
                MESSAGE = format('TRUNCATE of %I alone would leave its rows counted.', TG_TABLE_NAME),
                HINT = 'DELETE its rows, or TRUNCATE {table}.';
        END IF;
        {emptied}
        INSERT INTO {states} (model, generation, built_at)
        SELECT format('{label}/%s.%s', TG_TABLE_SCHEMA, TG_TABLE_NAME), generation, built_at
        FROM {states} WHERE model = '{label}'
        ON CONFLICT (model) DO NOTHING;
        RETURN NULL;
    END"""

OLD, NEW = pgtrigger.Referencing(old="old_rows"), pgtrigger.Referencing(new="new_rows")
BOTH = pgtrigger.Referencing(old="old_rows", new="new_rows")


def triggers(tables: TriggerTables) -> list[pgtrigger.Trigger]:
    """Return the triggers of a ranked model."""
    return [
        _trigger("ranking_insert", pgtrigger.Insert, _noted(tables, "new_rows", 1), NEW),
        _trigger("ranking_delete", pgtrigger.Delete, _noted(tables, "old_rows", -1), OLD),
        _trigger("ranking_update", pgtrigger.Update, _updated(tables), BOTH),
        _trigger("ranking_truncate", pgtrigger.Truncate, _emptied(tables)),
    ]


def _trigger(
    name: str, operation: pgtrigger.Operation, body: str, referencing: pgtrigger.Referencing | None = None
) -> pgtrigger.Trigger:
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        when=pgtrigger.After,
        operation=operation,
        referencing=referencing,
        declare=DECLARED if referencing else None,
        func=f"{body} RETURN NULL;",
    )


def _into(tables: TriggerTables) -> str:
    names = [column.name for column in tables.copied]
    return f'INSERT INTO "{tables.delta}" ({", ".join(names)}, row_count, change_count)'


def _either(tables: TriggerTables, changed_rows: str, at_once: str, appended: str) -> str:
    """Count the rows of a large statement at once, and append deltas of those of any other."""
    return f"{take_lock(tables, changed_rows)} IF is_alone THEN {at_once} ELSE {appended} END IF;"


def _copies(columns: Sequence[Column], row: str) -> str:
    """Return keys and facets of a row, under the names of their copies."""
    return ", ".join(f"{column.of(row)} AS {column.name}" for column in columns)


def _noted(tables: TriggerTables, rows: str, sign: int) -> str:
    """Note inserted or deleted rows: a delta for each."""
    at_once = counted_rows(tables, rows, sign)
    return _either(tables, rows, at_once, f"{_into(tables)} {_deltas(tables, rows, sign)};")


def counted_rows(tables: TriggerTables, rows: str, sign: int) -> str:
    """Return one statement that adds all rows of a table to the nodes (1), or takes them away (-1).

    It needs the lock of the deltas; see large_statements.py.
    """

    def changes(node: NodeTable) -> str:
        return f"SELECT {_copies((*node.keys, *tables.facets), 'item')}, {sign} AS row_count FROM {rows} AS item"

    return counted_at_once(tables, _deltas(tables, rows, sign), changes)


def _deltas(tables: TriggerTables, rows: str, sign: int) -> str:
    return f"SELECT {_copies(tables.copied, 'item')}, {sign} AS row_count, 1 AS change_count FROM {rows} AS item"


def _updated(tables: TriggerTables) -> str:
    """Note changed rows: two deltas, -1 and +1, for one whose keys or facets changed; the others are only counted."""
    changed = _changed(tables)
    facets = [f"new_{column.name}" for column in tables.facets]
    deltas = f"""
        SELECT {_aged("old", tables.copied)}, -1 AS row_count, 1 AS change_count
        FROM changed WHERE is_moved AND old_row IS NOT NULL
        UNION ALL
        SELECT {_aged("new", tables.copied)}, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL
        UNION ALL
        SELECT {", ".join((*(f"NULL::{column.type}" for column in tables.keys), *facets))}, 0, count(*)
        FROM changed WHERE NOT is_moved
        {f"GROUP BY {', '.join(facets)}" if facets else "HAVING count(*) > 0"}"""

    def changes(node: NodeTable) -> str:
        """Leave out rows that stay where they are in this order."""
        columns = (*node.keys, *tables.facets)
        rows = [", ".join(f"{age}_{column.name}" for column in columns) for age in ("old", "new")]
        is_moved = f"is_moved AND ROW({rows[0]}) IS DISTINCT FROM ROW({rows[1]})"
        return f"""
            SELECT {_aged("old", columns)}, -1 AS row_count FROM changed WHERE old_row IS NOT NULL AND {is_moved}
            UNION ALL
            SELECT {_aged("new", columns)}, 1 FROM changed WHERE new_row IS NOT NULL AND {is_moved}"""

    at_once = counted_at_once(tables, deltas, changes, [changed])
    return _either(tables, "new_rows", at_once, f"{_into(tables)} WITH {changed} {deltas};")


def _aged(age: str, columns: Sequence[Column]) -> str:
    """Return old or new keys and facets of a changed row."""
    return ", ".join(f"{age}_{column.name} AS {column.name}" for column in columns)


def _changed(tables: TriggerTables) -> str:
    """Return the rows that an update changed, as a common table expression.

    A full join is hashed or merged, never a loop within a loop: a connection keeps the plan, and one that was made for
    a single row has to do for 100,000.
    """
    past, present = (", ".join(column.of(row) for column in tables.copied) for row in ("past", "present"))
    names = [f"{age}_{column.name}" for age in ("old", "new") for column in tables.copied]
    moved = f"ROW({past}) IS DISTINCT FROM ROW({present})"
    tracked = [", ".join(f'{row}."{column}"' for column in tables.tracked) for row in ("past", "present")]
    return f"""changed ({", ".join(("old_row", "new_row", "is_moved", *names))}) AS MATERIALIZED (
            SELECT past."{tables.pk}", present."{tables.pk}", {moved}, {past}, {present}
            FROM old_rows AS past FULL JOIN new_rows AS present ON present."{tables.pk}" = past."{tables.pk}"
            WHERE {moved} OR ROW({tracked[0]}) IS DISTINCT FROM ROW({tracked[1]})
        )"""


def emptied_partition(tables: TriggerTables, table: str) -> str:
    """Return the body of a partition's trigger after TRUNCATE: refuse it, unless the whole table is empty then.

    TRUNCATE of the whole table fires the triggers of its partitions too, and holds the lock that is asked for.
    """
    return EMPTIED_PARTITION.format(table=table, label=tables.label, states=STATES, emptied=_emptied(tables))


def _emptied(tables: TriggerTables) -> str:
    """Delete all counts. TRUNCATE locks the table, on which every compaction holds a lock: no compaction is running
    now."""
    deletions = " ".join(f'DELETE FROM "{table}";' for table in (tables.delta, *(node.name for node in tables.nodes)))
    return f"{deletions} {RankingState.upsert_sql(tables.label)};"
