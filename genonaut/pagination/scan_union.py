"""A list as a union of disjoint scans, each one an ordered scan of one index, merged in order by PostgreSQL.

Public items and the viewer's own private ones are two such scans: `is_private = false OR creator = me` would scan past
every private item of others. Four statements read them: a page from a bound, a page at an offset, a bounded count
and the planner's estimate; each takes the scans' own predicates and nothing else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

from genonaut.pagination.keyset import KeyValues, Order
from genonaut.ranking import SQL, KeyBound


class Estimate(NamedTuple):
    """How many rows the planner expects, and what it reckons it costs to find them, in units of its own: to read the
    next page of a table is 1."""

    rows: int
    cost: float


class Part(NamedTuple):
    """The keys of some rows, and how many rows there are with those before and after."""

    keys: list[KeyValues]
    count: int


@dataclass(frozen=True)
class ScanUnion:
    """The disjoint querysets of one list and their common order.

    `is_collected` fetches all matches before it sorts them, through a fence that the planner cannot look behind. It is
    right for up to some hundred thousand matches that no index keeps in order (a tag, a search): left to itself the
    planner may scan the sort's index through the whole table in the hope of meeting them. Without it each scan reads
    its index in order.
    """

    querysets: Sequence[QuerySet]
    order: Order
    is_collected: bool = False

    def from_bound(self, bound: KeyBound | None, limit: int, *, is_reversed: bool = False) -> list[KeyValues]:
        """Return the keys of the first `limit` rows after a bound, in scan direction. One query."""
        if self.is_collected:
            return self._collected(bound, 0, limit, is_reversed=is_reversed)
        after = self.order.rows_after(bound, is_reversed=is_reversed)
        querysets = self.querysets if after is None else [queryset.filter(after) for queryset in self.querysets]
        return self._scanned(querysets, 0, limit, is_reversed=is_reversed)

    def at_offset(self, offset: int, limit: int, *, is_reversed: bool = False) -> list[KeyValues]:
        """Return the keys of `limit` rows after the first `offset` in scan direction: reads offset + limit index
        entries. One query."""
        if self.is_collected:
            return self._collected(None, offset, limit, is_reversed=is_reversed)
        return self._scanned(self.querysets, offset, limit, is_reversed=is_reversed)

    def count_up_to(self, limit: int) -> int:
        """Return the number of rows, or `limit` where there are as many or more. One query."""
        statements = self._compile(
            # Sorted by index, so that the planner counts along the index that also serves the page.
            [
                queryset.order_by().values("pk") if self.is_collected else self.order.select(queryset)[:limit]
                for queryset in self.querysets
            ]
        )
        if not statements:
            return 0
        union, params = _union(statements)
        # A CTE is planned for all its rows but runs only as far as it is read.
        source = f"WITH matches AS MATERIALIZED ({union}) SELECT 1 FROM matches" if self.is_collected else union
        return self._run(f"SELECT count(*) FROM ({source} LIMIT %s) AS counted", (*params, limit))[0][0]

    def collected_up_to(self, most: int, offset: int, limit: int, *, is_reversed: bool = False) -> Part | None:
        """Return the keys of `limit` rows after the first `offset` in scan direction, all rows being collected; None if
        there are more than `most`, of which no more are fetched. One query."""
        statements = self._compile([self.order.select(queryset).order_by() for queryset in self.querysets])
        if not statements:
            return Part([], 0)
        union, params = _union(statements)
        sort = self.order.sort_sql(is_reversed=is_reversed)
        # The first CTE is planned for all its rows, but runs only as far as the second reads it.
        rows = self._run(
            f"WITH matches AS MATERIALIZED ({union}), fetched AS MATERIALIZED (SELECT * FROM matches LIMIT %s) "
            f"SELECT page.*, counted.number FROM (SELECT count(*) AS number FROM fetched) AS counted LEFT JOIN "
            f"(SELECT * FROM fetched ORDER BY {sort} OFFSET %s LIMIT %s) AS page ON true ORDER BY {sort}",
            (*params, most + 1, offset, limit),
        )
        count = rows[0][-1]
        return None if count > most else Part([row[:-1] for row in rows if row[0] is not None], count)

    def estimate(self) -> Estimate:
        """Return what the planner expects. One query, which reads no row."""
        statements = self._compile([queryset.order_by().values("pk") for queryset in self.querysets])
        if not statements:
            return Estimate(0, 0)
        union, params = _union(statements)
        plan = self._run(f"EXPLAIN (FORMAT JSON) {union}", params)[0][0][0]["Plan"]
        return Estimate(int(plan["Plan Rows"]), plan["Total Cost"])

    def statement(self, *, limit: int | None, is_sorted: bool) -> SQL:
        """Return SQL of the keys, for a larger statement: in order if wanted, then of `limit` rows of each scan."""
        selected = [self.order.select(queryset) for queryset in self.querysets]
        if not is_sorted:
            selected = [keys.order_by() for keys in selected]
        statements = self._compile([keys[:limit] for keys in selected])
        if not statements:
            types = [field.db_type(connections[self.querysets[0].db]) for field in self.order.fields]
            nothing = ", ".join(
                f"NULL::{kind} AS {alias}" for kind, alias in zip(types, self.order.aliases, strict=True)
            )
            return SQL(f"SELECT {nothing} WHERE false")
        return statements[0] if len(statements) == 1 else _union(statements)

    def _scanned(
        self, querysets: Sequence[QuerySet], offset: int, limit: int, *, is_reversed: bool = False
    ) -> list[KeyValues]:
        selected = [self.order.select(queryset, is_reversed=is_reversed) for queryset in querysets]
        if len(selected) == 1:
            statements = self._compile([selected[0][offset : offset + limit]])
            return self._run(*statements[0]) if statements else []
        # Each scan gives as many as the page could take from it alone.
        statements = self._compile([keys[: offset + limit] for keys in selected])
        if not statements:
            return []
        union, params = _union(statements)
        sort = self.order.sort_sql(is_reversed=is_reversed)
        return self._run(f"{union} ORDER BY {sort} OFFSET %s LIMIT %s", (*params, offset, limit))

    def _collected(
        self, bound: KeyBound | None, offset: int, limit: int, *, is_reversed: bool = False
    ) -> list[KeyValues]:
        statements = self._compile([self.order.select(queryset).order_by() for queryset in self.querysets])
        if not statements:
            return []
        union, params = _union(statements)
        # Outside the fence: inside, the planner would read half of the sort's index to narrow the matches.
        after, values = self.order.rows_after_sql(bound, is_reversed=is_reversed)
        sort = self.order.sort_sql(is_reversed=is_reversed)
        collected = f"WITH matches AS MATERIALIZED ({union}) SELECT * FROM matches"
        return self._run(
            f"{collected} WHERE {after} ORDER BY {sort} OFFSET %s LIMIT %s", (*params, *values, offset, limit)
        )

    def _compile(self, querysets: Sequence[QuerySet]) -> list[SQL]:
        """Return each queryset's SQL; one that cannot match anything is left out."""
        statements = []
        for queryset in querysets:
            try:
                sql, params = queryset.query.get_compiler(connection=connections[queryset.db]).as_sql()
                statements.append(SQL(sql, params))
            except EmptyResultSet:
                continue
        return statements

    def _run(self, sql: str, params: Sequence[Any]) -> list[KeyValues]:
        with connections[self.querysets[0].db].cursor() as cursor:
            cursor.execute(sql, params)
            return cursor.fetchall()


def _union(statements: list[SQL]) -> SQL:
    # Each in a FROM of its own: a bare parenthesised SELECT must not be given a second ORDER BY or LIMIT.
    sql = " UNION ALL ".join(f"SELECT * FROM ({statement}) AS scan" for statement, _ in statements)
    return SQL(sql, tuple(param for _, params in statements for param in params))
