"""The statement-level triggers that note every change of a ranked table as deltas.

They see every way of changing rows, COPY, cascades and raw SQL included; a rolled-back change takes its deltas along.
Deltas are only ever appended, so that writers never wait for each other here.
"""

import pgtrigger

from genonaut.ranking.columns import TriggerTables
from genonaut.ranking.models import RankingState

OLD, NEW = pgtrigger.Referencing(old="old_rows"), pgtrigger.Referencing(new="new_rows")
BOTH = pgtrigger.Referencing(old="old_rows", new="new_rows")


def triggers(tables: TriggerTables) -> list[pgtrigger.Trigger]:
    """Return the triggers of a ranked model."""
    return [
        _trigger("ranking_insert", pgtrigger.Insert, _appended(tables, "new_rows", 1), NEW),
        _trigger("ranking_delete", pgtrigger.Delete, _appended(tables, "old_rows", -1), OLD),
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
        func=f"{body} RETURN NULL;",
    )


def _into(tables: TriggerTables) -> str:
    names = [column.name for column in tables.copied]
    return f'INSERT INTO "{tables.delta}" ({", ".join(names)}, row_count, change_count)'


def _copies(tables: TriggerTables, row: str) -> str:
    """Return the keys and facets of a row."""
    return ", ".join(column.of(row) for column in tables.copied)


def _appended(tables: TriggerTables, rows: str, sign: int) -> str:
    """Append a delta for each inserted or deleted row."""
    return f"{_into(tables)} SELECT {_copies(tables, 'item')}, {sign}, 1 FROM {rows} AS item;"


def _updated(tables: TriggerTables) -> str:
    """Append two deltas, -1 and +1, for a row whose keys or facets changed; for the others only count the changes.

    A full join is hashed or merged, never a loop within a loop: a connection keeps the plan, and one that was made for
    a single row has to do for 100,000.
    """
    pk, past, present = tables.pk, _copies(tables, "past"), _copies(tables, "present")
    names = [column.name for column in tables.copied]
    old, new = ([f"{age}_{name}" for name in names] for age in ("old", "new"))
    nulls = [f"NULL::{column.type}" for column in tables.keys]
    facets = new[len(nulls) :]
    moved = f"ROW({past}) IS DISTINCT FROM ROW({present})"
    tracked = [", ".join(f'{row}."{column}"' for column in tables.tracked) for row in ("past", "present")]
    return f"""
        {_into(tables)}
        WITH changed ({", ".join(("old_row", "new_row", "is_moved", *old, *new))}) AS MATERIALIZED (
            SELECT past."{pk}", present."{pk}", {moved}, {past}, {present}
            FROM old_rows AS past FULL JOIN new_rows AS present ON present."{pk}" = past."{pk}"
            WHERE {moved} OR ROW({tracked[0]}) IS DISTINCT FROM ROW({tracked[1]})
        )
        SELECT {", ".join(old)}, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL
        UNION ALL
        SELECT {", ".join(new)}, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL
        UNION ALL
        SELECT {", ".join((*nulls, *facets))}, 0, count(*) FROM changed WHERE NOT is_moved
        {f"GROUP BY {', '.join(facets)}" if facets else "HAVING count(*) > 0"};"""


def _emptied(tables: TriggerTables) -> str:
    """Delete all counts. TRUNCATE locks the table, on which every fold holds a lock: no fold is running now."""
    deletions = " ".join(f'DELETE FROM "{table}";' for table in (tables.delta, *tables.nodes))
    return f"{deletions} {RankingState.upsert_sql(tables.label)};"
