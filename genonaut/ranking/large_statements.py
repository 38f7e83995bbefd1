"""A statement that changes many rows: its trigger counts them in the nodes at once, and leaves no deltas of them.

As a compaction does, it holds the lock of the deltas, from then until the transaction ends. It never waits in the queue
of that lock, where two writers could wait for each other, but asks a few times and else appends deltas. Only the
changed rows are counted, never those of the table: other parts of the same statement may have changed it already.
"""

from collections.abc import Callable, Sequence

from genonaut.ranking.columns import NodeTable, TriggerTables
from genonaut.ranking.levels import INNER, LEAF, ROOT

# A setting of the database that changes from how many rows on a statement is large.
SETTING = "rank_index.large_statement_rows"
LARGE_STATEMENT_ROWS = 10_000
# A step of a compaction holds the lock for about a second.
TRIES, PAUSE_SECONDS = 20, 0.1
DECLARED = [("is_alone", "boolean := false"), ("large_rows", "int")]

# A transaction of one snapshot may not see the nodes as the last compaction left them.
TAKE_LOCK = """
    large_rows := coalesce(nullif(current_setting('{setting}', true), ''), '{rows}')::int;
    IF current_setting('transaction_isolation') = 'read committed'
    AND EXISTS (SELECT FROM {changed_rows} OFFSET large_rows - 1) THEN
        FOR attempt IN 1..{tries} LOOP
            BEGIN
                LOCK TABLE "{delta}" IN SHARE UPDATE EXCLUSIVE MODE NOWAIT;
                is_alone := true;
                EXIT;
            EXCEPTION
                WHEN lock_not_available THEN PERFORM pg_sleep({pause});
                WHEN insufficient_privilege THEN EXIT;
            END;
        END LOOP;
    END IF;"""

# Counts changes in one order. One sort places them between the starts of leaves, which takes less than half as long as
# to look each one up.
COUNT = """
    {p}bound AS MATERIALIZED (
        SELECT {keys}, row_number() OVER (ORDER BY {keys}) AS number
        FROM (SELECT DISTINCT {keys} FROM "{node}" WHERE level = {leaf}) AS block
    ), {p}numbered AS (
        SELECT number{facets}, sum(row_count) AS row_count FROM (
            SELECT sum(is_bound) OVER (ORDER BY {keys}, is_bound DESC ROWS UNBOUNDED PRECEDING) AS number,
                is_bound{facets}, row_count
            FROM (
                SELECT *, 0 AS is_bound FROM ({changes}) AS change
                UNION ALL
                SELECT {keys}{null_facets}, 0, 1 FROM {p}bound
            ) AS event
        ) AS placed WHERE is_bound = 0 GROUP BY number{facets} HAVING sum(row_count) <> 0
    ), {p}in_block AS MATERIALIZED (
        SELECT {bound_or_lowest}{facets}, row_count FROM {p}numbered LEFT JOIN {p}bound AS bound USING (number)
    ), {p}counted AS (
        INSERT INTO "{node}" AS node (level, {keys}{facets}, row_count, change_count)
        SELECT {leaf}, {keys}{facets}, row_count, 0 FROM {p}in_block
        UNION ALL
        SELECT {inner}, {found_or_lowest}{facets}, sum(row_count), 0
        FROM {p}in_block AS in_block LEFT JOIN LATERAL (
            SELECT {keys} FROM "{node}" WHERE level = {inner} AND ({keys}) <= ({in_block_keys})
            ORDER BY {keys_descending} LIMIT 1
        ) AS found ON true
        GROUP BY {group_columns}
        UNION ALL
        SELECT {root}, {lowest}{facets}, row_count, change_count FROM whole_change
        ON CONFLICT (level, {keys}{facets}) DO UPDATE
        SET row_count = node.row_count + excluded.row_count,
            change_count = node.change_count + excluded.change_count
    )"""

# The changes of all orders together, by facets.
WHOLE_CHANGE = """whole_change AS MATERIALIZED (
        SELECT {facets}sum(row_count) AS row_count, sum(change_count) AS change_count
        FROM ({deltas}) AS change {by_facets}
    )"""

# A delta of no rows for each leaf that grew or shrank: the next compaction looks at its size.
LOOKED_AT = """SELECT DISTINCT ON ({keys}) {copied}{facets}, 0, 0 FROM {p}in_block
        WHERE ({keys}) IN (SELECT {keys} FROM {p}in_block GROUP BY {keys} HAVING sum(row_count) <> 0)"""


def take_lock(tables: TriggerTables, changed_rows: str) -> str:
    """Return PL/pgSQL that sets `is_alone` if a statement is large and the lock is free; see DECLARED."""
    return TAKE_LOCK.format(
        setting=SETTING,
        rows=LARGE_STATEMENT_ROWS,
        changed_rows=changed_rows,
        tries=TRIES,
        pause=PAUSE_SECONDS,
        delta=tables.delta,
    )


def counted_at_once(
    tables: TriggerTables, deltas: str, changes: Callable[[NodeTable], str], given: Sequence[str] = ()
) -> str:
    """Return one statement that adds changes to the nodes of all orders.

    `deltas` is SQL of the deltas that there would be; `changes` gives SQL of one order's keys, facets and row_count of
    the rows that come to it or leave it. Both may read the common table expressions `given`.
    """
    facets = "".join(f"{column.name}, " for column in tables.facets)
    by_facets = f"GROUP BY {facets[:-2]}" if facets else "HAVING count(*) > 0"
    whole = WHOLE_CHANGE.format(facets=facets, deltas=deltas, by_facets=by_facets)
    counts = [_count(tables, number, node, changes(node)) for number, node in enumerate(tables.nodes)]
    looked_at = " UNION ALL ".join(f"({_looked_at(tables, *numbered)})" for numbered in enumerate(tables.nodes))
    return f"""
        WITH {", ".join((*given, whole, *counts))}
        INSERT INTO "{tables.delta}" ({", ".join(column.name for column in tables.copied)}, row_count, change_count)
        {looked_at};"""


def _names(tables: TriggerTables, number: int, node: NodeTable) -> dict[str, str]:
    """Return the names of one order that the templates use."""
    return {
        "p": f"order_{number}_",
        "keys": ", ".join(column.name for column in node.keys),
        "facets": "".join(f", {column.name}" for column in tables.facets),
    }


def _count(tables: TriggerTables, number: int, node: NodeTable, changes: str) -> str:
    names = [column.name for column in node.keys]
    return COUNT.format(
        **_names(tables, number, node),
        node=node.name,
        changes=changes,
        null_facets=", NULL" * len(tables.facets),
        bound_or_lowest=_or_lowest(node, "bound"),
        found_or_lowest=_or_lowest(node, "found"),
        in_block_keys=", ".join(f"in_block.{name}" for name in names),
        keys_descending=", ".join(f"{name} DESC" for name in names),
        group_columns=", ".join(str(2 + position) for position in range(len(names) + len(tables.facets))),
        lowest=", ".join(column.lowest for column in node.keys),
        leaf=LEAF,
        inner=INNER,
        root=ROOT,
    )


def _looked_at(tables: TriggerTables, number: int, node: NodeTable) -> str:
    names = {column.name for column in node.keys}
    copied = [column.name if column.name in names else f"NULL::{column.type}" for column in tables.keys]
    return LOOKED_AT.format(**_names(tables, number, node), copied=", ".join(copied))


def _or_lowest(node: NodeTable, row: str) -> str:
    """Return the keys of a node that was looked up; if there was none, of the implicit first."""
    return ", ".join(f"coalesce({row}.{column.name}, {column.lowest}) AS {column.name}" for column in node.keys)
