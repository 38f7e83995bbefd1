"""The nodes of one ranking: leaves, inner nodes and the root.

A node is known by its key, the smallest that it holds; it ends where the next node of its level begins. The first
begins at the lowest key that its types have. Keys travel through Python as text, which keeps every digit.
"""

from typing import Any

from django.db.backends.utils import CursorWrapper

from genonaut.ranking.declaration import Ranking
from genonaut.ranking.sql_names import SqlNames
from genonaut.ranking.statements import SQL, value

NodeKey = tuple[str, ...]

# All inner nodes with the rows that each counts.
INNER_NODES = "SELECT sum(row_count)::bigint, {texts} FROM {node} WHERE level = {inner} GROUP BY {keys} ORDER BY {keys}"

# The inner node that a key falls into.
INNER_NODE_OF = """SELECT {texts} FROM {node} WHERE level = {inner} AND ({keys}) <= ({key})
    ORDER BY {keys_descending} LIMIT 1"""

# The next node of a level.
FOLLOWING = "SELECT {texts} FROM {node} WHERE level = {level} AND ({keys}) > ({key}) ORDER BY {keys} LIMIT 1"

# How many nodes of a level begin between two keys.
NODES = "SELECT count(*) FROM (SELECT DISTINCT {keys} FROM {node} WHERE level = {level}{within}) AS node"

LEAF_KEYS = "SELECT {texts} FROM {node} WHERE level = {leaf} GROUP BY {keys} ORDER BY {keys}"

LARGE_LEAVES = "SELECT {texts} FROM {node} WHERE level = {leaf} GROUP BY {keys} HAVING sum(row_count) > {most}"

# The node that a row falls into; there is none before the first.
LAST_BEFORE = """SELECT {keys} FROM {node} WHERE level = {level} AND ({keys}) <= ({row_keys})
    ORDER BY {keys_descending} LIMIT 1"""


class Nodes:
    """The nodes of one ranking, read over one cursor; see compaction.exclusive for the transaction that a change
    needs."""

    def __init__(self, cursor: CursorWrapper, ranking: Ranking) -> None:
        self.cursor = cursor
        self.ranking = ranking
        self.names = SqlNames(ranking)
        self.leaf_rows = ranking.owner.leaf_rows
        self.fanout = ranking.owner.fanout

    def execute(self, template: str, **pieces: SQL | str) -> None:
        """Run a template; see SqlNames.fill."""
        sql, params = self.names.fill(template, **pieces)
        self.cursor.execute(sql, params)

    def fetch(self, template: str, **pieces: SQL | str) -> tuple[Any, ...] | None:
        """Run a template and return its first row."""
        self.execute(template, **pieces)
        return self.cursor.fetchone()

    def fetch_all(self, template: str, **pieces: SQL | str) -> list[tuple[Any, ...]]:
        """Run a template and return its rows."""
        self.execute(template, **pieces)
        return self.cursor.fetchall()

    # --- Pieces of SQL

    def key_sql(self, key: NodeKey | None) -> SQL:
        """Return a key; None is the lowest."""
        return SQL(self.names.lowest) if key is None else SQL(", ").join(self._parts(key))

    def end_sql(self, key: NodeKey | None) -> list[SQL]:
        """Return each part of the key that an interval ends at; None lies behind all rows."""
        return [SQL(column.highest) for column in self.names.columns] if key is None else self._parts(key)

    def _parts(self, key: NodeKey) -> list[SQL]:
        return [value(part, column.type) for part, column in zip(key, self.names.columns, strict=True)]

    def within(self, start: NodeKey | None, end: NodeKey | None) -> SQL:
        """Return the condition that a node begins at or behind one key and before another; None sets no end."""
        bounds = [(operator, key) for operator, key in ((">=", start), ("<", end)) if key is not None]
        conditions = [
            self.names.fill(" AND ({keys}) {operator} ({key})", operator=operator, key=self.key_sql(key))
            for operator, key in bounds
        ]
        return SQL("").join(conditions)

    def last_before(self, row: str, level: int) -> SQL:
        """Return a query of the key of the node that a row of this name falls into."""
        return self.names.fill(LAST_BEFORE, level=str(level), row_keys=self.names.keys_of(row))

    # --- Look-ups

    def inner_nodes(self) -> list[tuple[NodeKey, int]]:
        """Return the keys of all inner nodes, in order, and how many rows each counts. One query."""
        return [(tuple(key), rows) for rows, *key in self.fetch_all(INNER_NODES)]

    def inner_node_of(self, key: NodeKey) -> NodeKey | None:
        """Return the key of the inner node that a key falls into; None before the first. One query."""
        return self.fetch(INNER_NODE_OF, key=self.key_sql(key))

    def count_nodes(self, level: int, start: NodeKey | None = None, end: NodeKey | None = None) -> int:
        """Return how many nodes of a level there are, or begin between two keys. One query."""
        return self.fetch(NODES, level=str(level), within=self.within(start, end))[0]

    def following(self, level: int, key: NodeKey | None) -> NodeKey | None:
        """Return the key of the next node of a level; None behind the last. One query."""
        return self.fetch(FOLLOWING, level=str(level), key=self.key_sql(key))

    def leaf_keys(self) -> list[NodeKey]:
        """Return the keys of all leaves, in order. One query."""
        return self.fetch_all(LEAF_KEYS)

    def large_leaves(self) -> list[NodeKey]:
        """Return the keys of the leaves that are to be split. One query."""
        return self.fetch_all(LARGE_LEAVES, most=str(2 * self.leaf_rows))

    def delete(self, level: int, start: NodeKey | None = None, end: NodeKey | None = None) -> None:
        """Delete the nodes of a level, or those that begin between two keys. One query."""
        self.execute(
            "DELETE FROM {node} WHERE level = {level}{within}", level=str(level), within=self.within(start, end)
        )
