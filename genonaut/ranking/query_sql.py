"""The pieces of SQL that every statement over one query is made of: names, facets, bounds, the gap."""

from functools import cached_property

from genonaut.ranking.rank_query import KeyBound, KeyComparison, RankQuery, RowSource
from genonaut.ranking.sql_names import SqlNames
from genonaut.ranking.statements import SQL, value

# From a rank among all rows to one among the rows of a query with a gap, and back.
WITHOUT_GAP = "({rank} - least(greatest({rank} - (SELECT start FROM gap), 0), (SELECT row_count FROM gap)))"
WITH_GAP = "CASE WHEN {rank} < (SELECT start FROM gap) THEN {rank} ELSE {rank} + (SELECT row_count FROM gap) END"


class QuerySql:
    """Fills templates in for one query."""

    def __init__(self, query: RankQuery) -> None:
        self.query = query
        self.ranking = query.ranking
        self.names = SqlNames(query.ranking)

    def fill(self, template: str, **pieces: SQL | str) -> SQL:
        """Fill a template in; see SqlNames.fill. `has_facets` is the condition that a delta or node has the facets."""
        return self.names.fill(template, has_facets=self._has_facets, **pieces)

    @cached_property
    def _has_facets(self) -> SQL:
        return self.names.facets_are(self.query.facets)

    @property
    def listed(self) -> RowSource:
        """The source of the rows that pages show."""
        return self.query.listed or self.query.rows

    # --- Bounds

    def keys_of_bound(self, bound: KeyBound) -> SQL:
        """Return a bound as a row of expressions: rows before it are smaller, and no row is equal."""
        columns = self.names.columns
        parts = [
            key if isinstance(key, SQL) else value(key, column.type)
            for key, column in zip(bound.keys, columns, strict=False)
        ]
        rest = columns[len(bound.keys) :]
        parts += [SQL(column.highest if bound.after else column.lowest) for column in rest]
        return SQL(", ").join(parts)

    def comparison(self, bound: KeyBound, *, is_lower: bool) -> KeyComparison:
        """Return the comparison of the rows behind a bound, or of those before it, with its keys."""
        # Of a bound by the first keys alone both say the same; by `<` the planner would believe that no row has them.
        before, behind = ("<=", ">") if bound.after else ("<", ">=")
        return KeyComparison(behind if is_lower else before, self.keys_of_bound(bound))

    def interval(self) -> list[KeyComparison]:
        """Return the comparisons that keep rows between the query's own bounds."""
        ends = ((self.query.lower, True), (self.query.upper, False))
        return [self.comparison(bound, is_lower=is_lower) for bound, is_lower in ends if bound is not None]

    # --- The gap

    @property
    def all_ranks(self) -> str:
        """The name of the CTE of the bounds' ranks among all rows, those of a gap included."""
        return "all_rank" if self.query.gap else "bound_rank"

    def without_gap(self, rank: str) -> str:
        """Return the rank among the rows of the query for one among all rows."""
        return WITHOUT_GAP.format(rank=rank) if self.query.gap else rank

    def with_gap(self, rank: str) -> str:
        """Return the rank among all rows for one among the rows of the query."""
        return WITH_GAP.format(rank=rank) if self.query.gap else rank
