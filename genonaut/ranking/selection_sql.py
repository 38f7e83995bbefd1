"""The pieces of SQL that every statement over one selection is made of: names, facets, bounds, the gap."""

from functools import cached_property

from genonaut.ranking.selections import KeyBound, KeyComparison, RowSource, Selection
from genonaut.ranking.sql_names import SqlNames
from genonaut.ranking.statements import SQL, value

# From a rank among all rows to one among the rows of a selection with a gap, and back.
WITHOUT_GAP = "({rank} - least(greatest({rank} - (SELECT start FROM gap), 0), (SELECT row_count FROM gap)))"
WITH_GAP = "CASE WHEN {rank} < (SELECT start FROM gap) THEN {rank} ELSE {rank} + (SELECT row_count FROM gap) END"


class SelectionSql:
    """Fills templates in for one selection."""

    def __init__(self, selection: Selection) -> None:
        self.selection = selection
        self.ranking = selection.ranking
        self.names = SqlNames(selection.ranking)

    def fill(self, template: str, **pieces: SQL | str) -> SQL:
        """Fill a template in; see SqlNames.fill. `has_facets` is the condition that a delta or node has the facets."""
        return self.names.fill(template, has_facets=self._has_facets, **pieces)

    @cached_property
    def _has_facets(self) -> SQL:
        return self.names.facets_are(self.selection.facets)

    @property
    def listed(self) -> RowSource:
        """The source of the rows that pages show."""
        return self.selection.listed or self.selection.rows

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
        is_inclusive = bound.after and len(bound.keys) == len(self.names.columns)
        before, behind = ("<=", ">") if is_inclusive else ("<", ">=")
        return KeyComparison(behind if is_lower else before, self.keys_of_bound(bound))

    def interval(self) -> list[KeyComparison]:
        """Return the comparisons that keep rows between the selection's own bounds."""
        ends = ((self.selection.lower, True), (self.selection.upper, False))
        return [self.comparison(bound, is_lower=is_lower) for bound, is_lower in ends if bound is not None]

    # --- The gap

    @property
    def all_ranks(self) -> str:
        """The name of the CTE of the bounds' ranks among all rows, those of a gap included."""
        return "all_rank" if self.selection.gap else "bound_rank"

    def without_gap(self, rank: str) -> str:
        """Return the rank among the rows of the selection for one among all rows."""
        return WITHOUT_GAP.format(rank=rank) if self.selection.gap else rank

    def with_gap(self, rank: str) -> str:
        """Return the rank among all rows for one among the rows of the selection."""
        return WITH_GAP.format(rank=rank) if self.selection.gap else rank
