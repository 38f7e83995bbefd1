"""The nodes of one ranking: blocks, groups of blocks and the whole, and how they are made, split and joined.

A node is known by its key, the smallest that it holds; it ends where the next node of its level begins. The first
begins at the lowest key that its types have. Keys travel through Python as text, which keeps every digit.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.backends.utils import CursorWrapper

from genonaut.ranking.declaration import BLOCK, BLOCK_ROWS, GROUP, GROUP_BLOCKS, Ranking

NodeKey = tuple[str, ...]
SMALL_BLOCK_ROWS = BLOCK_ROWS // 4


@dataclass(frozen=True)
class Group:
    """One group: its key and the sizes of its blocks by their keys, in order."""

    key: NodeKey | None  # None: the implicit first
    blocks: dict[NodeKey, int]


@dataclass(frozen=True)
class Survey:
    """All groups and blocks of a ranking, in order."""

    groups: list[Group]

    def large_blocks(self) -> list[NodeKey]:
        """Return the blocks that are to be split."""
        return [key for group in self.groups for key, rows in group.blocks.items() if rows > 2 * BLOCK_ROWS]

    def sparse_groups(self) -> list[Group]:
        """Return the groups whose blocks have become small."""
        return [
            group
            for group in self.groups
            if len(group.blocks) > 1 and sum(group.blocks.values()) < SMALL_BLOCK_ROWS * len(group.blocks)
        ]

    def large_groups(self) -> list[Group]:
        """Return the groups of too many blocks."""
        return [group for group in self.groups if len(group.blocks) > 2 * GROUP_BLOCKS]

    def has_too_many_groups(self) -> bool:
        """Whether most groups have few blocks."""
        blocks = sum(len(group.blocks) for group in self.groups)
        return len(self.groups) > 4 * (1 + blocks // GROUP_BLOCKS)


class Nodes:
    """The nodes of one ranking, changed over one cursor; see folding.exclusive for the transaction it needs."""

    def __init__(self, cursor: CursorWrapper, ranking: Ranking) -> None:
        self.cursor = cursor
        self.ranking = ranking
        self.table = f'"{ranking.node._meta.db_table}"'
        self.columns = ranking.key_columns

    # --- Pieces of SQL

    @cached_property
    def keys(self) -> str:
        """The key columns."""
        return ", ".join(column.name for column in self.columns)

    @cached_property
    def texts(self) -> str:
        """The key columns as text, under other names: an ORDER BY must not take the text for the key."""
        return ", ".join(f"{column.name}::text AS text_{column.name}" for column in self.columns)

    @cached_property
    def keys_descending(self) -> str:
        """The key columns as an ORDER BY, largest first."""
        return ", ".join(f"{column.name} DESC" for column in self.columns)

    @cached_property
    def facets(self) -> str:
        """The facet columns, each behind a comma."""
        return "".join(f", {column.name}" for column in self.ranking.owner.facets.values())

    @cached_property
    def lowest(self) -> str:
        """The key of the first node."""
        return ", ".join(column.lowest for column in self.columns)

    @cached_property
    def found_or_lowest(self) -> str:
        """The key of a node that was looked up as `found`; where there was none, of the implicit first."""
        return ", ".join(f"coalesce(found.{column.name}, {column.lowest}) AS {column.name}" for column in self.columns)

    @cached_property
    def row_keys(self) -> str:
        """The keys of a row of the ranked table."""
        return ", ".join(column.of("item") for column in self.columns)

    @cached_property
    def row_facets(self) -> str:
        """The facets of a row of the ranked table, each behind a comma."""
        return "".join(f", {column.of('item')}" for column in self.ranking.owner.facets.values())

    def keys_of(self, row: str) -> str:
        """Return the key columns of a row of this name."""
        return ", ".join(f"{row}.{column.name}" for column in self.columns)

    def literal(self, key: NodeKey | None) -> tuple[str, NodeKey]:
        """Return SQL and parameters for a key; None is the lowest."""
        if key is None:
            return self.lowest, ()
        return ", ".join(f"%s::{column.type}" for column in self.columns), key

    def end(self, key: NodeKey | None) -> tuple[str, NodeKey]:
        """Return SQL and parameters for the key that a node ends before; None is behind the last row."""
        if key is None:
            return ", ".join(column.highest for column in self.columns), ()
        return self.literal(key)

    # --- Looking

    def survey(self) -> Survey:
        """Return all groups with the sizes of their blocks. One query over the nodes."""
        self.cursor.execute(
            f"""SELECT sum(row_count) FILTER (WHERE level = {BLOCK}), bool_or(level = {GROUP}), {self.texts}
            FROM {self.table} WHERE level IN ({BLOCK}, {GROUP}) GROUP BY {self.keys} ORDER BY {self.keys}"""
        )
        groups = [Group(None, {})]
        for rows, begins_group, *key in self.cursor.fetchall():
            if begins_group:
                groups.append(Group(tuple(key), {}))
            if rows is not None:
                groups[-1].blocks[tuple(key)] = int(rows)
        return Survey(groups if groups[0].blocks else groups[1:])

    def following(self, level: int, key: NodeKey | None) -> NodeKey | None:
        """Return the key of the next node of a level; None behind the last."""
        sql, params = self.literal(key)
        self.cursor.execute(
            f"SELECT {self.texts} FROM {self.table} WHERE level = {level} AND ({self.keys}) > ({sql})"
            f" ORDER BY {self.keys} LIMIT 1",
            params,
        )
        return self.cursor.fetchone()

    # --- Changing

    def split(self, block: NodeKey) -> int:
        """Count a block anew, as several; return how many were made. The deltas must have been moved before."""
        end = self.following(BLOCK, block)
        self._delete(BLOCK, block, end)
        made = 0
        start: NodeKey | None = block
        for start, _ in self.count_blocks(block, end):
            made += GROUP_BLOCKS if start else 0
        return made + 1

    def count_blocks(self, start: NodeKey | None, end: NodeKey | None) -> Iterator[tuple[NodeKey | None, int]]:
        """Make blocks from the rows between two keys, a group's worth at a time, each by one walk along the index.

        Gives where the next will start, None at the end, and how many rows were counted.
        """
        while True:
            start, rows = self._count_some_blocks(start, end)
            yield start, rows
            if start is None:
                return

    def _count_some_blocks(self, start: NodeKey | None, end: NodeKey | None) -> tuple[NodeKey | None, int]:
        columns = self.columns
        start_sql, start_params = self.literal(start)
        end_sql, end_params = self.end(end)
        names = [column.name for column in columns]
        named = ", ".join(f"{column.of('item')} AS {column.name}" for column in columns)
        ends = ", ".join(f"end_{name}" for name in names)
        next_or_end = ", ".join(
            f"coalesce(lead(hop.{name}) OVER following, limits.end_{name}) AS end_{name}" for name in names
        )
        self.cursor.execute(
            f"""WITH RECURSIVE limits (start_number, {self.keys}, {ends}) AS (SELECT 1, {start_sql}, {end_sql}),
            hop (number, {self.keys}) AS (
                SELECT start_number, {self.keys} FROM limits
                UNION ALL
                SELECT hop.number + 1, {self.keys_of("next")} FROM hop CROSS JOIN limits CROSS JOIN LATERAL (
                    SELECT {named} FROM "{self.ranking.owner.table}" AS item
                    WHERE ({self.row_keys}) >= ({self.keys_of("hop")})
                    AND ({self.row_keys}) < ({", ".join(f"limits.end_{name}" for name in names)})
                    ORDER BY {self.row_keys} OFFSET {BLOCK_ROWS} LIMIT 1
                ) AS next
                WHERE hop.number <= {GROUP_BLOCKS}
            ), block AS (
                SELECT number, {self.keys_of("hop")}, {next_or_end} FROM hop CROSS JOIN limits
                WINDOW following AS (ORDER BY number)
            ), counted AS (
                INSERT INTO {self.table} (level, {self.keys}{self.facets}, row_count, change_count)
                SELECT {BLOCK}, {self.keys_of("block")}{self.facets}, found.row_count, 0
                FROM block CROSS JOIN LATERAL (
                    SELECT count(*) AS row_count{self.named_row_facets}
                    FROM "{self.ranking.owner.table}" AS item
                    WHERE ({self.row_keys}) >= ({self.keys_of("block")})
                    AND ({self.row_keys}) < ({", ".join(f"block.end_{name}" for name in names)})
                    {f"GROUP BY {self.row_facets[2:]}" if self.row_facets else "HAVING count(*) > 0"}
                ) AS found
                WHERE number <= {GROUP_BLOCKS}
                RETURNING row_count
            )
            SELECT coalesce((SELECT sum(row_count) FROM counted), 0), {self.texts}
            FROM (SELECT 1) AS one LEFT JOIN hop ON number > {GROUP_BLOCKS}""",
            (*start_params, *end_params),
        )
        rows, *key = self.cursor.fetchone()
        return (None if key[0] is None else tuple(key)), int(rows)

    @cached_property
    def named_row_facets(self) -> str:
        """The facets of a row of the ranked table under the names of their copies, each behind a comma."""
        facets = self.ranking.owner.facets.values()
        return "".join(f", {column.of('item')} AS {column.name}" for column in facets)

    def join_blocks(self, group: Group) -> int:
        """Join neighbouring small blocks of a group; return how many went."""
        start, start_params = self.literal(group.key)
        end, end_params = self.end(self.following(GROUP, group.key))
        first = ", ".join(f"first_value({column.name}) OVER kept AS to_{column.name}" for column in self.columns)
        to_keys = ", ".join(f"to_{column.name}" for column in self.columns)
        self.cursor.execute(
            f"""WITH block AS (
                SELECT {self.keys}, sum(row_count) AS row_count FROM {self.table}
                WHERE level = {BLOCK} AND ({self.keys}) >= ({start}) AND ({self.keys}) < ({end}) GROUP BY {self.keys}
            ), placed AS (
                SELECT {self.keys}, div(sum(row_count) OVER (ORDER BY {self.keys}) - row_count, {BLOCK_ROWS}) AS number
                FROM block
            ), target AS (
                SELECT {self.keys}, {first} FROM placed WINDOW kept AS (PARTITION BY number ORDER BY {self.keys})
            ), gone AS (
                DELETE FROM {self.table} AS node USING target
                WHERE node.level = {BLOCK} AND ({self.keys_of("node")}) = ({self.keys_of("target")})
                AND ({self.keys_of("target")}) <> ({to_keys})
                RETURNING {to_keys}{self.facets}, row_count
            )
            INSERT INTO {self.table} AS node (level, {self.keys}{self.facets}, row_count, change_count)
            SELECT {BLOCK}, {to_keys}{self.facets}, sum(row_count), 0 FROM gone GROUP BY {to_keys}{self.facets}
            ON CONFLICT (level, {self.keys}{self.facets}) DO UPDATE
            SET row_count = node.row_count + excluded.row_count""",
            (*start_params, *end_params),
        )
        return len(group.blocks) - len(self._blocks_between(group.key))

    def _blocks_between(self, group: NodeKey | None) -> list[tuple[int]]:
        start, start_params = self.literal(group)
        end, end_params = self.end(self.following(GROUP, group))
        self.cursor.execute(
            f"""SELECT DISTINCT {self.texts} FROM {self.table}
            WHERE level = {BLOCK} AND ({self.keys}) >= ({start}) AND ({self.keys}) < ({end})""",
            (*start_params, *end_params),
        )
        return self.cursor.fetchall()

    def regroup(self, group: Group | None = None) -> None:
        """Put the blocks of a group, or all blocks, into groups of the right size."""
        key = None if group is None else group.key
        after = None if group is None else self.following(GROUP, key)
        self._delete(GROUP, key, after)
        start, start_params = self.literal(key)
        end, end_params = self.end(after)
        next_or_end = ", ".join(
            f"coalesce(lead({column.name}) OVER following, end_{column.name}) AS end_{column.name}"
            for column in self.columns
        )
        ends = ", ".join(f"end_{column.name}" for column in self.columns)
        self.cursor.execute(
            f"""WITH limits ({ends}) AS (SELECT {end}), block AS (
                SELECT {self.keys}, row_number() OVER (ORDER BY {self.keys}) - 1 AS number FROM {self.table}
                WHERE level = {BLOCK} AND ({self.keys}) >= ({start})
                AND ({self.keys}) < (SELECT {ends} FROM limits) GROUP BY {self.keys}
            ), grouped AS (
                SELECT {self.keys}, {next_or_end} FROM block CROSS JOIN limits WHERE mod(number, {GROUP_BLOCKS}) = 0
                WINDOW following AS (ORDER BY number)
            )
            INSERT INTO {self.table} (level, {self.keys}{self.facets}, row_count, change_count)
            SELECT {GROUP}, {self.keys_of("grouped")}{self.facets}, sum(row_count), 0
            FROM grouped JOIN {self.table} AS node ON node.level = {BLOCK}
            AND ({self.keys_of("node")}) >= ({self.keys_of("grouped")}) AND ({self.keys_of("node")}) < ({ends})
            GROUP BY {self.keys_of("grouped")}{self.facets}""",
            (*end_params, *start_params),
        )

    def _delete(self, level: int, start: NodeKey | None, end: NodeKey | None) -> None:
        start_sql, start_params = self.literal(start)
        end_sql, end_params = self.end(end)
        self.cursor.execute(
            f"DELETE FROM {self.table} WHERE level = {level} AND ({self.keys}) >= ({start_sql})"
            f" AND ({self.keys}) < ({end_sql})",
            (*start_params, *end_params),
        )
