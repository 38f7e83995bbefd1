"""Reads that need no Reader: each composes its query, which is not cached, and runs it.

at_rank(query, 1_000_000, 50, is_descending=True)
"""

from collections.abc import Collection, Mapping
from typing import Any

from genonaut.ranking.declaration import Ranking
from genonaut.ranking.execution import run_once
from genonaut.ranking.rank_query import KeyBound, RankQuery, RankResult
from genonaut.ranking.reader import Reader
from genonaut.ranking.statements import SQL
from genonaut.ranking.versions import version_sql


def _reader(query: RankQuery) -> Reader:
    return Reader(query.ranking, lambda: query, most_corrections=query.most_corrections)


def at_rank(query: RankQuery, rank: int, limit: int, *, is_descending: bool) -> RankResult:
    """Return up to `limit` keys from the row at `rank` on; see Reader.at_rank."""
    return _reader(query).at_rank(rank, limit, is_descending=is_descending)


def from_bound(
    query: RankQuery, bound: KeyBound | None, limit: int, *, is_descending: bool, is_backward: bool = False
) -> RankResult:
    """Return up to `limit` keys after a bound; see Reader.from_bound."""
    return _reader(query).from_bound(bound, limit, is_descending=is_descending, is_backward=is_backward)


def page_containing(query: RankQuery, bound: KeyBound, size: int, *, is_descending: bool) -> RankResult:
    """Return the page that holds the first row after a bound; see Reader.page_containing."""
    return _reader(query).page_containing(bound, size, is_descending=is_descending)


def totals(query: RankQuery) -> RankResult:
    """Return the total and the ranks of the query's probes."""
    return _reader(query).totals()


def node_ranks(query: RankQuery, between: tuple[KeyBound | None, KeyBound | None] | None = None) -> RankResult:
    """Return where nodes begin, and the rank of each; see Reader.node_ranks."""
    return _reader(query).node_ranks(between)


def rank_of(query: RankQuery, pk: object) -> RankResult:
    """Return how many rows lie before the row of this primary key; see Reader.rank_of."""
    return _reader(query).rank_of(pk)


def version(ranking: Ranking, facets: Mapping[str, Collection[Any]]) -> str | None:
    """Return the version of the rows of some facets (versions.py); None if the ranking is not built. One query."""
    sql, params = version_sql(ranking, facets)
    return run_once(ranking, SQL(f"SELECT {sql}", params))[0]
