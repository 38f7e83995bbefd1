"""Verifying: counting the table anew, block by block, and comparing it with what the ranking has counted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connections, router, transaction

from genonaut.ranking.declaration import BLOCK, GROUP, WHOLE, Ranking
from genonaut.ranking.nodes import NodeKey, Nodes


@dataclass(frozen=True)
class Drift:
    """A node whose count is not that of its rows. `counted` and `recorded` are numbers of rows."""

    ranking: Ranking
    level: int
    key: tuple[str, ...]
    facets: tuple[str | None, ...]
    excess: int  # recorded less counted

    def __str__(self) -> str:
        node = {BLOCK: "block", GROUP: "group", WHOLE: "whole"}[self.level]
        facets = ", ".join(
            f"{name}={value}" for name, value in zip(self.ranking.owner.facets, self.facets, strict=True)
        )
        return f"{self.ranking}: {node} at ({', '.join(self.key)}) [{facets}] counts {self.excess:+d} rows"


def verify(ranking: Ranking, *, advance: Callable[[int], object] = lambda _blocks: None) -> list[Drift]:
    """Compare every node with the table, all as of one moment; return those that differ.

    `advance` is told how many rows each group of blocks has. Neither writers nor folders are held up.
    """
    alias = router.db_for_read(ranking.owner.model)
    connection = connections[alias]
    is_nested = connection.in_atomic_block
    with transaction.atomic(using=alias), connection.cursor() as cursor:
        if not is_nested:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SET LOCAL statement_timeout = 0")
            # Compiling each statement would take ten times as long as the counting itself.
            cursor.execute("SET LOCAL jit = off")
        return list(_drifts(Nodes(cursor, ranking), advance))


def _drifts(nodes: Nodes, advance: Callable[[int], object]) -> Iterator[Drift]:
    groups = nodes.groups()
    # Rows may lie before the first node there is: so the first interval begins at the lowest key.
    starts = [None, *(key for key, _ in groups[1:])]
    ends = [*starts[1:], None]
    for start, end, rows in zip(starts, ends, [rows for _, rows in groups] or [0], strict=True):
        yield from _block_drifts(nodes, start, end)
        advance(rows)
    yield from _sum_drifts(nodes, GROUP)
    yield from _sum_drifts(nodes, WHOLE)


def _block_drifts(nodes: Nodes, start: NodeKey | None, end: NodeKey | None) -> Iterator[Drift]:
    """Recount the blocks between two keys; one query."""
    start_sql, start_params = nodes.literal(start)
    end_sql, end_params = nodes.literal(end) if end else (", ".join(column.highest for column in nodes.columns), ())
    within = nodes.within(start, end)
    item = f'"{nodes.ranking.owner.table}" AS item'
    delta = f'"{nodes.ranking.owner.delta._meta.db_table}" AS delta'
    leads = ", ".join(f"lead({column.name}) OVER following AS next_{column.name}" for column in nodes.columns)
    nexts = ", ".join(f"next_{column.name}" for column in nodes.columns)
    ends = ", ".join(f"end_{column.name}" for column in nodes.columns)
    nodes.cursor.execute(
        f"""WITH bound ({nodes.keys}) AS (
            SELECT {start_sql} UNION SELECT {nodes.keys} FROM {nodes.table} WHERE level = {BLOCK}{within.sql}
        ), followed AS (
            SELECT {nodes.keys}, {leads} FROM bound WINDOW following AS (ORDER BY {nodes.keys})
        ), block ({nodes.keys}, {ends}) AS MATERIALIZED (
            SELECT {nodes.keys}, {nexts} FROM followed WHERE next_{nodes.columns[-1].name} IS NOT NULL
            UNION ALL
            SELECT {nodes.keys}, {end_sql} FROM followed WHERE next_{nodes.columns[-1].name} IS NULL
        ), counted AS (
            SELECT {nodes.keys}{nodes.facets}, row_count FROM {nodes.table} WHERE level = {BLOCK}{within.sql}
            UNION ALL
            SELECT {nodes.found_or_lowest}{nodes.facets}, row_count
            FROM (SELECT * FROM {delta} WHERE row_count <> 0{within.sql}) AS delta LEFT JOIN LATERAL (
                {nodes.last_before("delta", BLOCK)}
            ) AS found ON true
            UNION ALL
            SELECT {nodes.keys_of("block")}{nodes.facets}, -row_count FROM block CROSS JOIN LATERAL (
                SELECT count(*) AS row_count{nodes.named_row_facets} FROM {item}
                WHERE ({nodes.row_keys}) >= ({nodes.keys_of("block")}) AND ({nodes.row_keys}) < ({ends})
                {f"GROUP BY {nodes.row_facets[2:]}" if nodes.facets else "HAVING count(*) > 0"}
            ) AS found
        )
        {_differences(nodes)}""",
        (*start_params, *within.params, *end_params, *within.params, *within.params),
    )
    yield from _read(nodes, BLOCK)


def _sum_drifts(nodes: Nodes, level: int) -> Iterator[Drift]:
    """Compare the sums of a level with the level below it, over all keys for the whole; one query."""
    below = level - 1
    if level == WHOLE:
        key = ", ".join(f"{column.lowest} AS {column.name}" for column in nodes.columns)
        source = f"SELECT {key}{nodes.facets}, -row_count FROM {nodes.table} WHERE level = {below}"
    else:
        source = f"""SELECT {nodes.found_or_lowest}{nodes.facets}, -row_count FROM {nodes.table} AS node
            LEFT JOIN LATERAL ({nodes.last_before("node", level)}) AS found ON true WHERE level = {below}"""
    nodes.cursor.execute(
        f"""WITH counted AS (
            SELECT {nodes.keys}{nodes.facets}, row_count FROM {nodes.table} WHERE level = {level}
            UNION ALL {source}
        )
        {_differences(nodes)}"""
    )
    yield from _read(nodes, level)


def _differences(nodes: Nodes) -> str:
    facets = "".join(f", {column.name}::text" for column in nodes.ranking.owner.facets.values())
    return f"""SELECT sum(row_count), {nodes.texts}{facets} FROM counted GROUP BY {nodes.keys}{nodes.facets}
        HAVING sum(row_count) <> 0 ORDER BY {nodes.keys}"""


def _read(nodes: Nodes, level: int) -> Iterator[Drift]:
    width = len(nodes.columns)
    for excess, *rest in nodes.cursor.fetchall():
        yield Drift(nodes.ranking, level, tuple(rest[:width]), tuple(rest[width:]), int(excess))
