"""Reads a list that several servers hold a part of each: every page, total and position is the sum of their own.

A page by rank takes three round trips, at any depth: the inner nodes of all servers, the leaves of those that may hold
the page, and the rows from a key on before which no more rows lie than the page's rank. Each server answers within one
snapshot, of its own moment (Servers.snapshot).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.db.models import CharField, TextField

from genonaut.ranking import KeyBound, RankQuery, RankResult, Reader
from tests.stress.shards.aliases import Servers
from tests.stress.shards.narrowing import KeyValues, KnownRanks, Stretch, stretch_of

# A cached statement has its limit in its text; powers of two are few.
LEAST_LIMIT = 64


class Page(NamedTuple):
    """Keys in reading direction, the rank of the first, and how many rows the list has."""

    keys: Sequence[KeyValues]
    first: int
    total: int
    version: str
    rows_read: int = 0  # of all servers


@dataclass(frozen=True)
class ListReader:
    """Reads one list. `reader` is for one server, of the same query on each. Use within a snapshot.

    Raises ValueError for texts as keys: Python does not sort them as PostgreSQL's collation does.
    """

    servers: Servers
    reader: Reader
    query: RankQuery

    def __post_init__(self) -> None:
        if any(isinstance(column.field, CharField | TextField) for column in self.query.ranking.key_columns):
            raise ValueError(f"{self.query.ranking} is sorted by texts.")

    # --- One round trip

    def totals(self, bounds: Sequence[KeyBound] = ()) -> tuple[int, list[int]]:
        """Return how many rows there are, and how many lie before each bound, in key order."""
        parts = self._each(lambda reader: reader.totals(bounds))
        start = sum(part.start for part in parts)
        probes = zip(*(part.probes for part in parts), strict=True) if bounds else []
        return sum(part.total for part in parts), [sum(ranks) - start for ranks in probes]

    def from_bound(self, bound: KeyBound | None, limit: int, *, is_descending: bool, is_backward: bool = False) -> Page:
        """Return up to `limit` rows after a bound in reading direction, or before it when backward."""
        parts = self._each(
            lambda reader: reader.from_bound(bound, limit, is_descending=is_descending, is_backward=is_backward)
        )
        merged = _merged(parts, is_descending=is_descending)
        before = sum(part.first + (len(part.keys) if is_backward else 0) for part in parts)
        keys = merged[-limit:] if is_backward else merged[:limit]
        return _page(parts, keys, before - len(keys) if is_backward else before)

    # --- Three round trips

    def at_rank(self, rank: int, limit: int, *, is_descending: bool) -> Page:
        """Return up to `limit` rows from a rank on, in reading direction."""
        return self._from_rank(self._each(lambda reader: reader.node_ranks()), rank, limit, is_descending=is_descending)

    def page_containing(self, bound: KeyBound, size: int, *, is_descending: bool) -> Page:
        """Return the page, of pages of `size`, that holds the first row after a bound in reading direction."""
        probing = Reader(self.reader.ranking, lambda: replace(self.query, probes=[bound]))
        parts = self.servers.each(lambda _number: probing.node_ranks())
        total = sum(part.total for part in parts)
        before = sum(part.probes[0] - part.start for part in parts)
        rank = min(max(total - before if is_descending else before, 0), max(total - 1, 0))
        return self._from_rank(parts, rank - rank % size, size, is_descending=is_descending)

    def _from_rank(self, inner: Sequence[RankResult], rank: int, limit: int, *, is_descending: bool) -> Page:
        total, start = sum(part.total for part in inner), sum(part.start for part in inner)
        if rank >= total:
            return _page(inner, [], rank)
        last = min(rank + limit, total)
        # The page's rows as ranks in key order, which nodes are counted in.
        ranks = (start + total - last, start + total - rank) if is_descending else (start + rank, start + last)
        known = self._looked_into([_known(part) for part in inner], stretch_of([_known(p) for p in inner], *ranks))
        stretch = stretch_of(known, *ranks)
        parts = self._rows_of(known, stretch, *ranks, is_descending=is_descending)
        before = sum(part.first for part in parts)
        keys = _merged(parts, is_descending=is_descending)[rank - before : rank - before + limit]
        return _page(parts, keys, rank)

    def _looked_into(self, known: Sequence[KnownRanks], stretch: Stretch) -> list[KnownRanks]:
        """Return the ranks of the leaves that may hold rows of a stretch."""
        sides = [server.around(stretch.start, stretch.end) for server in known]
        between = [tuple(key and KeyBound(key) for key in pair) for pair in sides]
        leaves = self.servers.each(lambda number: self.reader.node_ranks(between[number]))
        return [server.refined(*pair, _known(part)) for server, pair, part in zip(known, sides, leaves, strict=True)]

    def _rows_of(
        self, known: Sequence[KnownRanks], stretch: Stretch, first: int, last: int, *, is_descending: bool
    ) -> list[RankResult]:
        """Return the rows of a stretch from the end that is read first, as many of each server as the page may need."""
        most = stretch.most_before_end - first if is_descending else last - stretch.least_before_start
        key = stretch.end if is_descending else stretch.start
        limits = [_limit(min(most, server.most_between(stretch.start, stretch.end))) for server in known]
        return self.servers.each(
            lambda number: self.reader.from_bound(key and KeyBound(key), limits[number], is_descending=is_descending)
        )

    def _each(self, read: Callable[[Reader], RankResult]) -> list[RankResult]:
        return self.servers.each(lambda _number: read(self.reader))


def _known(part: RankResult) -> KnownRanks:
    return KnownRanks(part.keys, part.ranks, part.start + part.total)


def _limit(rows: int) -> int:
    return max(LEAST_LIMIT, 1 << (rows - 1).bit_length())


def _merged(parts: Sequence[RankResult], *, is_descending: bool) -> list[KeyValues]:
    return sorted((key for part in parts for key in part.keys), reverse=is_descending)


def _page(parts: Sequence[RankResult], keys: Sequence[KeyValues], first: int) -> Page:
    version = "|".join(str(part.version) for part in parts)
    return Page(keys, first, sum(part.total for part in parts), version, sum(len(part.keys) for part in parts))
