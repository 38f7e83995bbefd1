"""The query of a ranking, and its result.

A `RankQuery` names a ranking, values of its facets, and a source of rows. Corrections adjust what the ranking counts:
they add rows (the viewer's own private ones) or take rows away (those that came later), as long as they are few.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from genonaut.ranking.conf import MAX_CORRECTIONS
from genonaut.ranking.declaration import Ranking
from genonaut.ranking.statements import SQL

KeyValues = tuple[Any, ...]

NOTHING = SQL("NULL")


class NotReadyError(Exception):
    """The ranking cannot answer: it is not built, or there are too many corrections."""


class NotBuiltError(NotReadyError):
    """The ranking is not built: its rows were never counted."""


class TooManyChangesError(NotReadyError):
    """There are more deltas than a reader adds up: they are being compacted."""


class KeyBound(NamedTuple):
    """A position between rows: before the row of these keys, or `after` it; of keys left out, the lowest or the
    highest.

    A key is a value, or SQL of one.
    """

    keys: KeyValues
    after: bool = False


class KeyComparison(NamedTuple):
    """A comparison of rows' keys with a row of SQL expressions."""

    operator: str
    keys: SQL


class RowSource(Protocol):
    """Where the rows of a query are read: ordered scans of indexes."""

    def keys(self, comparisons: Sequence[KeyComparison], *, is_descending: bool | None, limit: int | None) -> SQL:
        """Return SQL of the keys, named key_0, key_1 ..., of the rows that meet all comparisons.

        In order where a direction is given, and then of `limit` rows at least, if there are as many.
        """


@dataclass(frozen=True)
class Correction:
    """Rows to add to those that the ranking counts (`weight` 1) or to take away (-1): SQL of their keys."""

    keys: SQL
    weight: int


@dataclass(frozen=True)
class RankQuery:
    """The part of a ranking to read: rows of facet values (all values of a facet left out) between two bounds."""

    ranking: Ranking
    facets: Mapping[str, Collection[Any]]
    rows: RowSource
    corrections: Sequence[Correction] = ()
    lower: KeyBound | None = None
    upper: KeyBound | None = None
    # Two bounds between which no row belongs to the query; `listed` then gives the rows without those, `rows` all.
    gap: tuple[KeyBound, KeyBound] | None = None
    listed: RowSource | None = None
    # Bounds whose ranks every result gives, and one extra value that it reads in the same snapshot.
    probes: Sequence[KeyBound] = ()
    extra: SQL = NOTHING
    # Common table expressions of the caller's own, "name AS (...)", which `extra`, `items` and `version` may name.
    ctes: Sequence[SQL] = ()
    # What is shown of rows, as SQL of (last key, text) of all that are shown, of which a page's are read along.
    items: SQL | None = None
    # The version that results give, as SQL; None is that of the ranking's rows of these facets.
    version: SQL | None = None
    most_corrections: int = MAX_CORRECTIONS


class RankResult(NamedTuple):
    """The result, all of one snapshot.

    `first` is the rank of the first key in the reading direction, counted from 0.
    """

    total: int
    version: str | None
    pending: int  # deltas that readers have to add up until they are compacted
    first: int = 0
    keys: Sequence[KeyValues] = ()
    items: Sequence[str] = ()  # what is shown of each of these rows; empty if it is not shown
    # Of the query's probes, counted from the lowest key of the whole ranking, whatever the query's bounds.
    probes: Sequence[int] = ()
    ranks: Sequence[int] = ()  # of the keys of Reader.node_ranks, counted like those of probes
    start: int = 0  # the rank, among those, that the query begins at
    whole: int = 0  # the rows of the whole ranking, whatever the query's bounds
    removed: int = 0  # rows between the query's bounds that corrections or the gap took away
    extra: Any = None
