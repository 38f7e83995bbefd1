"""The default source of rows: the table, narrowed to facet values."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from genonaut.ranking.columns import one_of
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.statements import SQL


class TableRows:
    """The rows of some facet values, in a ranking's order. A RowSource (rank_query.py)."""

    def __init__(self, ranking: Ranking, facets: Mapping[str, Collection[Any]]) -> None:
        self.ranking = ranking
        self.facets = facets

    def keys(self, comparisons: Sequence[tuple[str, SQL]], *, is_descending: bool | None, limit: int | None) -> SQL:
        """Return SQL of the keys of the rows that meet all comparisons; see RowSource."""
        columns = self.ranking.key_columns
        owner = self.ranking.owner
        names = ", ".join(column.of("item") for column in columns)
        conditions = [
            SQL("({names}) {operator} ({keys})").format(names=names, operator=o, keys=k) for o, k in comparisons
        ]
        conditions += [one_of(owner.facets[name].of("item"), values) for name, values in self.facets.items()]
        direction = "DESC" if is_descending else "ASC"
        order = ", ".join(f"{column.of('item')} {direction}" for column in columns)
        return SQL('SELECT {keys} FROM "{table}" AS item WHERE {conditions}{order}{limit}').format(
            keys=", ".join(f"{column.of('item')} AS key_{number}" for number, column in enumerate(columns)),
            table=owner.table,
            conditions=SQL(" AND ").join(conditions) if conditions else "true",
            order="" if is_descending is None else f" ORDER BY {order}",
            limit="" if limit is None else f" LIMIT {limit}",
        )
