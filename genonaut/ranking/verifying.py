"""Verifying: counting the table anew, block by block, and comparing it with what the ranking has counted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connections, router, transaction

from genonaut.ranking.declaration import BLOCK, GROUP, WHOLE, Ranking
from genonaut.ranking.nodes import Group, Nodes


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
        return list(_drifts(Nodes(cursor, ranking), advance))


def _drifts(nodes: Nodes, advance: Callable[[int], object]) -> Iterator[Drift]:
    groups = nodes.survey().groups or [Group(None, {})]
    if groups[0].key is not None:
        # Rows may lie before the first node there is.
        groups[0] = Group(None, groups[0].blocks)
    for place, group in enumerate(groups):
        end = groups[place + 1].key if place + 1 < len(groups) else None
        yield from _block_drifts(nodes, group, end)
        advance(sum(group.blocks.values()))
    yield from _sum_drifts(nodes, GROUP)
    yield from _sum_drifts(nodes, WHOLE)


def _block_drifts(nodes: Nodes, group: Group, end: tuple[str, ...] | None) -> Iterator[Drift]:
    """Recount the blocks of a group; one query."""
    start_sql, start_params = nodes.literal(group.key)
    end_sql, end_params = nodes.end(end)
    ends = ", ".join(f"end_{column.name}" for column in nodes.columns)
    next_or_end = ", ".join(
        f"coalesce(lead(bound.{column.name}) OVER following, limits.end_{column.name}) AS end_{column.name}"
        for column in nodes.columns
    )
    first = ", ".join(f"first_{column.name} AS {column.name}" for column in nodes.columns)
    delta = f'"{nodes.ranking.owner.delta._meta.db_table}"'
    firsts = ", ".join(f"first_{column.name}" for column in nodes.columns)
    within = f"({{keys}}) >= ({nodes.keys_of('block')}) AND ({{keys}}) < ({ends})"
    facets = nodes.facets
    nodes.cursor.execute(
        f"""WITH limits ({firsts}, {ends}) AS (SELECT {start_sql}, {end_sql}), bound AS (
            SELECT {first} FROM limits UNION
            SELECT {nodes.keys} FROM {nodes.table} CROSS JOIN limits
            WHERE level = {BLOCK} AND ({nodes.keys}) >= ({firsts}) AND ({nodes.keys}) < ({ends})
        ), block AS MATERIALIZED (
            SELECT {nodes.keys_of("bound")}, {next_or_end} FROM bound CROSS JOIN limits
            WINDOW following AS (ORDER BY {nodes.keys_of("bound")})
        ), counted AS (
            SELECT {nodes.keys_of("node")}{facets}, row_count FROM {nodes.table} AS node JOIN block
            ON ({nodes.keys_of("node")}) = ({nodes.keys_of("block")}) WHERE level = {BLOCK}
            UNION ALL
            SELECT {nodes.keys_of("block")}{facets}, row_count FROM block JOIN {delta} AS delta
            ON {within.format(keys=nodes.keys_of("delta"))} WHERE row_count <> 0
            UNION ALL
            SELECT {nodes.keys_of("block")}{facets}, -row_count FROM block CROSS JOIN LATERAL (
                SELECT count(*) AS row_count{nodes.named_row_facets} FROM "{nodes.ranking.owner.table}" AS item
                WHERE {within.format(keys=nodes.row_keys)}
                {f"GROUP BY {nodes.row_facets[2:]}" if facets else ""}
            ) AS found
        )
        {_differences(nodes)}""",
        (*start_params, *end_params),
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
            LEFT JOIN LATERAL (
                SELECT {nodes.keys} FROM {nodes.table}
                WHERE level = {level} AND ({nodes.keys}) <= ({nodes.keys_of("node")})
                ORDER BY {nodes.keys_descending} LIMIT 1
            ) AS found ON true WHERE level = {below}"""
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
