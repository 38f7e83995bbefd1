"""The statement-level triggers that note every change of a ranked table as deltas.

They see whatever changes rows, COPY, cascades and raw SQL included; a rolled-back change takes its deltas along.
Deltas are only ever appended, so that writers never wait for each other here.
"""

from typing import TYPE_CHECKING

import pgtrigger

if TYPE_CHECKING:
    from genonaut.ranking.declaration import Rankings

OLD, NEW = pgtrigger.Referencing(old="old_rows"), pgtrigger.Referencing(new="new_rows")
BOTH = pgtrigger.Referencing(old="old_rows", new="new_rows")


def triggers(rankings: "Rankings") -> list[pgtrigger.Trigger]:
    """Return the triggers of a ranked model."""
    return [
        _trigger("ranking_insert", pgtrigger.Insert, _noted(rankings, "new_rows", 1), NEW),
        _trigger("ranking_delete", pgtrigger.Delete, _noted(rankings, "old_rows", -1), OLD),
        _trigger("ranking_update", pgtrigger.Update, _updated(rankings), BOTH),
        _trigger("ranking_truncate", pgtrigger.Truncate, _emptied(rankings)),
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


def _into(rankings: "Rankings") -> str:
    names = [column.name for column in (*rankings.keys, *rankings.facets.values())]
    return f'INSERT INTO "{rankings.delta._meta.db_table}" ({", ".join(names)}, row_count, change_count)'


def _kept(rankings: "Rankings", row: str) -> str:
    """Return the keys and facets of a row."""
    return ", ".join(column.of(row) for column in (*rankings.keys, *rankings.facets.values()))


def _noted(rankings: "Rankings", rows: str, sign: int) -> str:
    """Note each row as come or gone."""
    return f"{_into(rankings)} SELECT {_kept(rankings, 'item')}, {sign}, 1 FROM {rows} AS item;"


def _updated(rankings: "Rankings") -> str:
    """Note a row whose keys or facets changed as gone and come; of the others only how many changed.

    A full join is hashed or merged, never a loop within a loop: the plan is kept for as long as a connection lasts, and
    one that was made for a single row has to do for 100,000.
    """
    pk = rankings.model._meta.pk.column
    kept = [column.name for column in (*rankings.keys, *rankings.facets.values())]
    old, new = ([f"{age}_{name}" for name in kept] for age in ("old", "new"))
    nothing = [f"NULL::{column.type}" for column in rankings.keys]
    facets = new[len(nothing) :]
    moved = f"ROW({_kept(rankings, 'past')}) IS DISTINCT FROM ROW({_kept(rankings, 'present')})"
    watched = [", ".join(f'{row}."{column}"' for column in rankings.watched) for row in ("past", "present")]
    return f"""
        {_into(rankings)}
        WITH changed ({", ".join(("old_row", "new_row", "is_moved", *old, *new))}) AS MATERIALIZED (
            SELECT past."{pk}", present."{pk}", {moved}, {_kept(rankings, "past")}, {_kept(rankings, "present")}
            FROM old_rows AS past FULL JOIN new_rows AS present ON present."{pk}" = past."{pk}"
            WHERE {moved} OR ROW({watched[0]}) IS DISTINCT FROM ROW({watched[1]})
        )
        SELECT {", ".join(old)}, -1, 1 FROM changed WHERE is_moved AND old_row IS NOT NULL
        UNION ALL
        SELECT {", ".join(new)}, 1, 1 FROM changed WHERE is_moved AND new_row IS NOT NULL
        UNION ALL
        SELECT {", ".join((*nothing, *facets))}, 0, count(*) FROM changed WHERE NOT is_moved
        {f"GROUP BY {', '.join(facets)}" if facets else "HAVING count(*) > 0"};"""


def _emptied(rankings: "Rankings") -> str:
    """Forget all counts. TRUNCATE locks the table, which every folder holds a lock on: nobody is folding now."""
    tables = [rankings.delta, *(ranking.node for ranking in rankings.values())]
    deletions = " ".join(f'DELETE FROM "{model._meta.db_table}";' for model in tables)
    return f"{deletions} {state_upsert(rankings.label)};"


def state_upsert(label: str) -> str:
    """Return the statement that marks the rankings of a model as built, and all versions so far as past."""
    # Microseconds since 1970: never a generation that there was before, even if the state itself was lost.
    now = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
    return f"""INSERT INTO ranking_rankingstate AS state (model, generation, built_at)
        VALUES ('{label}', {now}, clock_timestamp())
        ON CONFLICT (model) DO UPDATE
        SET generation = greatest(state.generation + 1, excluded.generation), built_at = excluded.built_at"""
