"""Verifies a ranking: counts the table again, leaf by leaf, and compares the rows with the counts of the nodes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import connections, router, transaction

from genonaut.ranking.declaration import Ranking
from genonaut.ranking.levels import INNER, LEAF, ROOT
from genonaut.ranking.nodes import NodeKey, Nodes
from genonaut.ranking.statements import SQL

# The leaves between two keys, and the deltas that fall into them, less the rows of the table.
LEAVES = """WITH bound ({keys}) AS (
    SELECT {start} UNION SELECT {keys} FROM {node} WHERE level = {leaf}{within}
), followed AS (
    SELECT {keys}, {leads} FROM bound WINDOW following AS (ORDER BY {keys})
), leaf ({keys}, {end_keys}) AS MATERIALIZED (
    SELECT {keys}, {nexts} FROM followed WHERE next_{last} IS NOT NULL
    UNION ALL
    SELECT {keys}, {end} FROM followed WHERE next_{last} IS NULL
), counted AS (
    SELECT {keys}{facets}, row_count FROM {node} WHERE level = {leaf}{within}
    UNION ALL
    SELECT {found_or_lowest}{facets}, row_count
    FROM (SELECT * FROM {delta} AS delta WHERE row_count <> 0{within}) AS delta LEFT JOIN LATERAL (
        {leaf_of_delta}
    ) AS found ON true
    UNION ALL
    SELECT {leaf.keys}{facets}, -row_count FROM leaf CROSS JOIN LATERAL (
        SELECT count(*) AS row_count{named_row_facets} FROM {table} AS item
        WHERE ({row_keys}) >= ({leaf.keys}) AND ({row_keys}) < ({end_keys})
        {by_row_facets}
    ) AS found
)
{differences}"""

# The nodes of a level less those of the level below.
SUMS = """WITH counted AS (
    SELECT {keys}{facets}, row_count FROM {node} WHERE level = {level}
    UNION ALL {source}
)
{differences}"""
SUM_OF_ALL = "SELECT {key}{facets}, -row_count FROM {node} WHERE level = {below}"
SUMS_BY_NODE = """SELECT {found_or_lowest}{facets}, -row_count FROM {node} AS node
    LEFT JOIN LATERAL ({node_of_row}) AS found ON true WHERE level = {below}"""

DIFFERENCES = """SELECT sum(row_count), {texts}{facet_texts} FROM counted GROUP BY {keys}{facets}
    HAVING sum(row_count) <> 0 ORDER BY {keys}"""


@dataclass(frozen=True)
class Drift:
    """A node whose count is not that of its rows. `counted` and `recorded` are numbers of rows."""

    ranking: Ranking
    level: int
    key: tuple[str, ...]
    facets: tuple[str | None, ...]
    excess: int  # recorded less counted

    def __str__(self) -> str:
        node = {LEAF: "leaf", INNER: "inner node", ROOT: "root"}[self.level]
        facets = ", ".join(
            f"{name}={value}" for name, value in zip(self.ranking.owner.facets, self.facets, strict=True)
        )
        return f"{self.ranking}: {node} at ({', '.join(self.key)}) [{facets}] counts {self.excess:+d} rows"


def verify(ranking: Ranking, *, advance: Callable[[int], object] = lambda _leaves: None) -> list[Drift]:
    """Compare every node with the table, all as of one moment; return those that differ.

    Calls `advance` with the rows of each inner node. Writers and compactions do not wait for it.
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
            # Before the snapshot, so that no partition comes, and no TRUNCATE empties the table, after it.
            cursor.execute(f'LOCK TABLE "{ranking.owner.table}" IN ACCESS SHARE MODE')
        return list(_drifts(Nodes(cursor, ranking), advance))


def _drifts(nodes: Nodes, advance: Callable[[int], object]) -> Iterator[Drift]:
    inner_nodes = nodes.inner_nodes()
    # Rows may lie before the first node there is: so the first interval begins at the lowest key.
    starts = [None, *(key for key, _ in inner_nodes[1:])]
    ends = [*starts[1:], None]
    for start, end, rows in zip(starts, ends, [rows for _, rows in inner_nodes] or [0], strict=True):
        yield from _leaf_drifts(nodes, start, end)
        advance(rows)
    yield from _sum_drifts(nodes, INNER)
    yield from _sum_drifts(nodes, ROOT)


def _leaf_drifts(nodes: Nodes, start: NodeKey | None, end: NodeKey | None) -> Iterator[Drift]:
    """Recount the leaves between two keys; one query."""
    names = nodes.names
    nodes.execute(
        LEAVES,
        start=nodes.key_sql(start),
        within=nodes.within(start, end),
        leads=", ".join(f"lead({column.name}) OVER following AS next_{column.name}" for column in names.columns),
        nexts=", ".join(f"next_{column.name}" for column in names.columns),
        last=names.columns[-1].name,
        end=SQL(", ").join(nodes.end_sql(end)),
        leaf_of_delta=nodes.last_before("delta", LEAF),
        differences=_differences(nodes),
    )
    yield from _read(nodes, LEAF)


def _sum_drifts(nodes: Nodes, level: int) -> Iterator[Drift]:
    """Compare the sums of a level with the level below it, over all keys for the root; one query."""
    names = nodes.names
    if level == ROOT:
        key = ", ".join(f"{column.lowest} AS {column.name}" for column in names.columns)
        source, pieces = SUM_OF_ALL, {"key": key}
    else:
        source, pieces = SUMS_BY_NODE, {"node_of_row": nodes.last_before("node", level)}
    nodes.execute(
        SUMS,
        level=str(level),
        source=names.fill(source, below=str(level - 1), **pieces),
        differences=_differences(nodes),
    )
    yield from _read(nodes, level)


def _differences(nodes: Nodes) -> SQL:
    facets = "".join(f", {column.name}::text" for column in nodes.names.facet_columns)
    return nodes.names.fill(DIFFERENCES, facet_texts=facets)


def _read(nodes: Nodes, level: int) -> Iterator[Drift]:
    width = len(nodes.names.columns)
    for excess, *rest in nodes.cursor.fetchall():
        yield Drift(nodes.ranking, level, tuple(rest[:width]), tuple(rest[width:]), int(excess))
