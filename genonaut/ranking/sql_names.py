"""The SQL names of one ranking, which queries and nodes share: tables, keys, facets, and the ends of key types."""

from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from genonaut.ranking.columns import one_of
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.levels import INNER, LEAF, ROOT
from genonaut.ranking.statements import SQL, fill


class SqlNames:
    """The names of one ranking's tables and columns, and the templates that use them."""

    # The levels of nodes.
    leaf, inner, root = str(LEAF), str(INNER), str(ROOT)

    def __init__(self, ranking: Ranking) -> None:
        self.ranking = ranking
        self.columns = ranking.key_columns
        self.facet_columns = list(ranking.owner.facets.values())
        self.node = f'"{ranking.node._meta.db_table}"'
        self.delta = f'"{ranking.owner.delta._meta.db_table}"'
        self.table = f'"{ranking.owner.table}"'

    def fill(self, template: str, **pieces: SQL | str) -> SQL:
        """Fill a template in.

        Between braces stands a given piece or one of these names; `{row.keys}` are the key columns of a row; and SQL
        with a `*` is written once for each key, with the key's number in its place.
        """

        def piece(field: str) -> SQL | str:
            if field in pieces:
                return pieces[field]
            if "*" in field:
                return self.numbered(field)
            row, _, keys = field.rpartition(".")
            return self.keys_of(row) if row and keys == "keys" else getattr(self, field)

        return fill(template, piece)

    # --- Keys under the names of their columns, in nodes and deltas

    @cached_property
    def keys(self) -> str:
        """The key columns."""
        return ", ".join(column.name for column in self.columns)

    @cached_property
    def keys_descending(self) -> str:
        """The key columns as an ORDER BY, largest first."""
        return ", ".join(f"{column.name} DESC" for column in self.columns)

    @cached_property
    def texts(self) -> str:
        """The key columns as text, under other names: an ORDER BY must not take the text for the key."""
        return ", ".join(f"{column.name}::text AS text_{column.name}" for column in self.columns)

    @cached_property
    def lowest(self) -> str:
        """The key of the first node."""
        return ", ".join(column.lowest for column in self.columns)

    @cached_property
    def highest(self) -> str:
        """A key at or behind the last row."""
        return ", ".join(column.highest for column in self.columns)

    @cached_property
    def end_keys(self) -> str:
        """The key at which a node ends, under other names."""
        return ", ".join(f"end_{column.name}" for column in self.columns)

    @cached_property
    def found_or_lowest(self) -> str:
        """The key of a node that was looked up as `found`; if there was none, of the implicit first."""
        return ", ".join(f"coalesce(found.{column.name}, {column.lowest}) AS {column.name}" for column in self.columns)

    def keys_of(self, row: str) -> str:
        """Return the key columns of a row of this name."""
        return ", ".join(f"{row}.{column.name}" for column in self.columns)

    # --- Keys under numbers, in the statements that read

    def numbered(self, template: str) -> str:
        """Return a template once for each key, with the key's number in place of `*`."""
        return ", ".join(template.replace("*", str(number)) for number in range(len(self.columns)))

    @cached_property
    def keys_numbered(self) -> str:
        """The key columns as key_0, key_1 ..."""
        return named(column.name for column in self.columns)

    @cached_property
    def lowest_numbered(self) -> str:
        """The lowest keys as key_0, key_1 ..."""
        return named(column.lowest for column in self.columns)

    # --- Facets

    @cached_property
    def facets(self) -> str:
        """The facet columns, each behind a comma."""
        return "".join(f", {column.name}" for column in self.facet_columns)

    @cached_property
    def by_facets(self) -> str:
        """The end of a query that counts rows by facets; without facets it gives no row if it counts none."""
        return f"GROUP BY {self.facets[2:]}" if self.facets else "HAVING count(*) > 0"

    @cached_property
    def by_row_facets(self) -> str:
        """The same over rows of the ranked table."""
        return f"GROUP BY {self.row_facets[2:]}" if self.facets else "HAVING count(*) > 0"

    def facets_are(self, facets: Mapping[str, Collection[Any]]) -> SQL:
        """Return the condition of facet values over deltas and nodes."""
        conditions = [one_of(self.ranking.owner.facets[name].name, values) for name, values in facets.items()]
        return SQL(" AND ").join(conditions) if conditions else SQL("true")

    # --- Rows of the ranked table, as `item`

    @cached_property
    def row_keys(self) -> str:
        """The keys of a row."""
        return ", ".join(column.of("item") for column in self.columns)

    @cached_property
    def row_facets(self) -> str:
        """The facets of a row, each behind a comma."""
        return "".join(f", {column.of('item')}" for column in self.facet_columns)

    @cached_property
    def named_row_keys(self) -> str:
        """The keys of a row under the names of their copies."""
        return ", ".join(f"{column.of('item')} AS {column.name}" for column in self.columns)

    @cached_property
    def named_row_facets(self) -> str:
        """The facets of a row under the names of their copies, each behind a comma."""
        return "".join(f", {column.of('item')} AS {column.name}" for column in self.facet_columns)


def named(expressions: Iterable[str], prefix: str = "key") -> str:
    """Return expressions under the names key_0, key_1 ..."""
    return ", ".join(f"{expression} AS {prefix}_{number}" for number, expression in enumerate(expressions))
