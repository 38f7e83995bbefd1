"""The nodes of one ranking: blocks, groups of blocks and the whole, and how they are made, split and joined.

A node is known by its key, the smallest that it holds; it ends where the next node of its level begins. The first
begins at the lowest key that its types have. Keys travel through Python as text, which keeps every digit.
"""

from collections.abc import Iterator
from functools import cached_property

from django.db.backends.utils import CursorWrapper

from genonaut.ranking.declaration import BLOCK, GROUP, Ranking
from genonaut.ranking.statements import Statement

NodeKey = tuple[str, ...]


class Nodes:
    """The nodes of one ranking, changed over one cursor; see folding.exclusive for the transaction it needs."""

    def __init__(self, cursor: CursorWrapper, ranking: Ranking) -> None:
        self.cursor = cursor
        self.ranking = ranking
        self.table = f'"{ranking.node._meta.db_table}"'
        self.columns = ranking.key_columns
        self.block_rows = ranking.owner.block_rows
        self.group_blocks = ranking.owner.group_blocks

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

    def last_before(self, row: str, level: int) -> str:
        """Return a query of the key of the node that a row of this name falls into; it has none before the first."""
        return (
            f"SELECT {self.keys} FROM {self.table} WHERE level = {level} AND ({self.keys}) <= ({self.keys_of(row)})"
            f" ORDER BY {self.keys_descending} LIMIT 1"
        )

    def literal(self, key: NodeKey | None) -> tuple[str, NodeKey]:
        """Return SQL and parameters for a key; None is the lowest."""
        if key is None:
            return self.lowest, ()
        return ", ".join(f"%s::{column.type}" for column in self.columns), key

    def within(self, start: NodeKey | None, end: NodeKey | None) -> Statement:
        """Return the condition that a node begins at or behind one key and before another; None sets no end."""
        bounds = [(operator, key) for operator, key in ((">=", start), ("<", end)) if key is not None]
        return Statement(
            "".join(f" AND ({self.keys}) {operator} ({self.literal(key)[0]})" for operator, key in bounds),
            tuple(part for _, key in bounds for part in key),
        )

    # --- Looking

    def groups(self) -> list[tuple[NodeKey, int]]:
        """Return the keys of all groups, in order, and how many rows each counts. One query."""
        self.cursor.execute(
            f"""SELECT sum(row_count)::bigint, {self.texts} FROM {self.table} WHERE level = {GROUP}
            GROUP BY {self.keys} ORDER BY {self.keys}"""
        )
        return [(tuple(key), rows) for rows, *key in self.cursor.fetchall()]

    def group_of(self, key: NodeKey) -> NodeKey | None:
        """Return the key of the group that a key falls into; None before the first. One query."""
        self.cursor.execute(
            f"SELECT {self.texts} FROM {self.table} WHERE level = {GROUP} AND ({self.keys}) <= ({self.literal(key)[0]})"
            f" ORDER BY {self.keys_descending} LIMIT 1",
            key,
        )
        return self.cursor.fetchone()

    def count_nodes(self, level: int, start: NodeKey | None = None, end: NodeKey | None = None) -> int:
        """Return how many nodes of a level there are, or begin between two keys. One query."""
        within = self.within(start, end)
        self.cursor.execute(
            f"""SELECT count(*) FROM (
                SELECT DISTINCT {self.keys} FROM {self.table} WHERE level = {level}{within.sql}
            ) AS node""",
            within.params,
        )
        return self.cursor.fetchone()[0]

    def following(self, level: int, key: NodeKey | None) -> NodeKey | None:
        """Return the key of the next node of a level; None behind the last."""
        sql, params = self.literal(key)
        self.cursor.execute(
            f"SELECT {self.texts} FROM {self.table} WHERE level = {level} AND ({self.keys}) > ({sql})"
            f" ORDER BY {self.keys} LIMIT 1",
            params,
        )
        return self.cursor.fetchone()

    def block_keys(self) -> list[NodeKey]:
        """Return the keys of all blocks, in order. One query."""
        self.cursor.execute(
            f"SELECT {self.texts} FROM {self.table} WHERE level = {BLOCK} GROUP BY {self.keys} ORDER BY {self.keys}"
        )
        return self.cursor.fetchall()

    def large_blocks(self) -> list[NodeKey]:
        """Return the keys of the blocks that are to be split. One query."""
        self.cursor.execute(
            f"""SELECT {self.texts} FROM {self.table} WHERE level = {BLOCK} GROUP BY {self.keys}
            HAVING sum(row_count) > {2 * self.block_rows}"""
        )
        return self.cursor.fetchall()

    # --- Changing

    def split(self, block: NodeKey) -> int:
        """Count a block anew, as several; return how many were made. The deltas must have been moved before."""
        end = self.following(BLOCK, block)
        self._delete(BLOCK, block, end)
        for _ in self.count_blocks(block, end):
            pass
        return self.count_nodes(BLOCK, block, end)

    def recount_blocks(self, start: NodeKey | None, end: NodeKey | None) -> int:
        """Count the rows of the blocks between two keys, and correct those counts that are wrong; return how many rows
        there are. The blocks begin and end where they did. One query."""
        start_sql, start_params = self.literal(start)
        end_sqls, end_params = self._end(end)
        within = self.within(start, end)
        ends = ", ".join(
            f"coalesce(lead({column.name}) OVER following, {end_sql}) AS end_{column.name}"
            for column, end_sql in zip(self.columns, end_sqls, strict=True)
        )
        group_by = f"GROUP BY {self.row_facets[2:]}" if self.facets else "HAVING count(*) > 0"
        self.cursor.execute(
            f"""WITH bound ({self.keys}) AS (
                SELECT {start_sql} UNION SELECT {self.keys} FROM {self.table} WHERE level = {BLOCK}{within.sql}
            ), block AS MATERIALIZED (
                SELECT {self.keys}, {ends} FROM bound WINDOW following AS (ORDER BY {self.keys})
            ), counted AS MATERIALIZED (
                SELECT {self.keys_of("block")}{self.facets}, row_count FROM block CROSS JOIN LATERAL (
                    SELECT count(*) AS row_count{self.named_row_facets} FROM "{self.ranking.owner.table}" AS item
                    WHERE ({self.row_keys}) >= ({self.keys_of("block")})
                    AND ({self.row_keys}) < ({", ".join(f"end_{column.name}" for column in self.columns)})
                    {group_by}
                ) AS found
            ), corrected AS (
                INSERT INTO {self.table} AS node (level, {self.keys}{self.facets}, row_count, change_count)
                SELECT {BLOCK}, {self.keys}{self.facets}, sum(row_count), 0 FROM (
                    SELECT * FROM counted
                    UNION ALL
                    SELECT {self.keys}{self.facets}, -row_count FROM {self.table} WHERE level = {BLOCK}{within.sql}
                ) AS difference
                GROUP BY {self.keys}{self.facets} HAVING sum(row_count) <> 0
                ON CONFLICT (level, {self.keys}{self.facets}) DO UPDATE
                SET row_count = node.row_count + excluded.row_count
            )
            SELECT coalesce(sum(row_count), 0)::bigint FROM counted""",
            (*start_params, *within.params, *end_params, *within.params),
        )
        return self.cursor.fetchone()[0]

    def _end(self, key: NodeKey | None) -> tuple[list[str], NodeKey]:
        """Return the SQL of each key of an end, and the parameters; None lies behind all rows."""
        if key is None:
            return [column.highest for column in self.columns], ()
        return [f"%s::{column.type}" for column in self.columns], key

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
        start_sql, start_params = self.literal(start)
        end_sql, end_params = self.literal(end)
        # Every block but the last is full, so that a LIMIT ends it; comparing each row with an end would cost more.
        before_end = f"AND ({self.row_keys}) < ({end_sql})" if end is not None else ""
        self.cursor.execute(
            f"""WITH RECURSIVE hop (number, {self.keys}) AS (
                SELECT 1, {start_sql}
                UNION ALL
                SELECT hop.number + 1, {self.keys_of("next")} FROM hop CROSS JOIN LATERAL (
                    SELECT {self.named_row_keys} FROM "{self.ranking.owner.table}" AS item
                    WHERE ({self.row_keys}) >= ({self.keys_of("hop")}) {before_end}
                    ORDER BY {self.row_keys} OFFSET {self.block_rows} LIMIT 1
                ) AS next
                WHERE hop.number <= {self.group_blocks}
            ), counted AS (
                INSERT INTO {self.table} (level, {self.keys}{self.facets}, row_count, change_count)
                SELECT {BLOCK}, {self.keys_of("hop")}{self.facets}, found.row_count, 0
                FROM hop CROSS JOIN LATERAL (
                    SELECT count(*) AS row_count{self.facets} FROM (
                        SELECT {self.named_row_keys}{self.named_row_facets} FROM "{self.ranking.owner.table}" AS item
                        WHERE ({self.row_keys}) >= ({self.keys_of("hop")}) {before_end}
                        ORDER BY {self.row_keys} LIMIT {self.block_rows}
                    ) AS walked {f"GROUP BY {self.facets[2:]}" if self.facets else "HAVING count(*) > 0"}
                ) AS found
                WHERE number <= {self.group_blocks}
                RETURNING row_count
            )
            SELECT coalesce((SELECT sum(row_count) FROM counted), 0), {self.texts}
            FROM (SELECT 1) AS one LEFT JOIN hop ON number > {self.group_blocks}""",
            (*start_params, *(end_params * 2)),
        )
        rows, *key = self.cursor.fetchone()
        return (None if key[0] is None else tuple(key)), int(rows)

    @cached_property
    def named_row_keys(self) -> str:
        """The keys of a row of the ranked table under the names of their copies."""
        return ", ".join(f"{column.of('item')} AS {column.name}" for column in self.columns)

    @cached_property
    def named_row_facets(self) -> str:
        """The facets of a row of the ranked table under the names of their copies, each behind a comma."""
        facets = self.ranking.owner.facets.values()
        return "".join(f", {column.of('item')} AS {column.name}" for column in facets)

    def join_blocks(self, group: NodeKey | None) -> int:
        """Join neighbouring small blocks of a group; return how many went."""
        within = self.within(group, self.following(GROUP, group))
        first = ", ".join(f"first_value({column.name}) OVER kept AS to_{column.name}" for column in self.columns)
        to_keys = ", ".join(f"to_{column.name}" for column in self.columns)
        self.cursor.execute(
            f"""WITH block AS (
                SELECT {self.keys}, sum(row_count) AS row_count FROM {self.table}
                WHERE level = {BLOCK}{within.sql} GROUP BY {self.keys}
            ), placed AS (
                SELECT {self.keys},
                    div(sum(row_count) OVER (ORDER BY {self.keys}) - row_count, {self.block_rows}) AS number FROM block
            ), target AS (
                SELECT {self.keys}, {first} FROM placed WINDOW kept AS (PARTITION BY number ORDER BY {self.keys})
            ), gone AS (
                DELETE FROM {self.table} AS node USING target
                WHERE node.level = {BLOCK} AND ({self.keys_of("node")}) = ({self.keys_of("target")})
                AND ({self.keys_of("target")}) <> ({to_keys})
                RETURNING {self.keys_of("node")}, {to_keys}{self.facets}, row_count
            ), joined AS (
                INSERT INTO {self.table} AS node (level, {self.keys}{self.facets}, row_count, change_count)
                SELECT {BLOCK}, {to_keys}{self.facets}, sum(row_count), 0 FROM gone GROUP BY {to_keys}{self.facets}
                ON CONFLICT (level, {self.keys}{self.facets}) DO UPDATE
                SET row_count = node.row_count + excluded.row_count
            )
            SELECT count(DISTINCT ({self.keys})) FROM gone""",
            within.params,
        )
        return self.cursor.fetchone()[0]

    def regroup(self, group: NodeKey | None = None, end: NodeKey | None = None) -> None:
        """Put the blocks between two keys, both of groups, or all blocks, into groups of the right size."""
        self._delete(GROUP, group, end)
        within = self.within(group, end)
        self.cursor.execute(
            f"""WITH block AS MATERIALIZED (
                SELECT {self.keys}, row_number() OVER (ORDER BY {self.keys}) - 1 AS number FROM {self.table}
                WHERE level = {BLOCK}{within.sql} GROUP BY {self.keys}
            )
            INSERT INTO {self.table} (level, {self.keys}{self.facets}, row_count, change_count)
            SELECT {GROUP}, {self.keys_of("first")}{self.facets}, sum(row_count), 0
            FROM block JOIN {self.table} AS node ON node.level = {BLOCK}
            AND ({self.keys_of("node")}) = ({self.keys_of("block")})
            JOIN block AS first ON first.number = block.number - mod(block.number, {self.group_blocks})
            GROUP BY {self.keys_of("first")}{self.facets}""",
            within.params,
        )

    def _delete(self, level: int, start: NodeKey | None, end: NodeKey | None) -> None:
        within = self.within(start, end)
        self.cursor.execute(f"DELETE FROM {self.table} WHERE level = {level}{within.sql}", within.params)
