"""Between which keys a rank lies, by the ranks of a few keys on each of several servers.

Of each server some keys are known, each with how many of its rows lie before it. How many rows of a server lie before
any other key is known within bounds: at least as many as before the last known key that is not larger, at most as many
as before the first that is not smaller. The servers need no keys in common.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import groupby, repeat
from typing import Any, NamedTuple

KeyValues = tuple[Any, ...]


@dataclass(frozen=True)
class KnownRanks:
    """Keys of one server in order, how many of its rows lie before each, and how many it has before the list's end."""

    keys: Sequence[KeyValues]
    ranks: Sequence[int]
    end: int

    def around(self, start: KeyValues | None, end: KeyValues | None) -> tuple[KeyValues | None, KeyValues | None]:
        """Return the last known key up to one key and the first from another on; None where there is none."""
        low = 0 if start is None else bisect_right(self.keys, start)
        high = len(self.keys) if end is None else bisect_left(self.keys, end)
        return self.keys[low - 1] if low else None, self.keys[high] if high < len(self.keys) else None

    def rank(self, key: KeyValues | None, default: int) -> int:
        """Return the rank of a known key; the default for None."""
        return default if key is None else self.ranks[bisect_left(self.keys, key)]

    def most_between(self, start: KeyValues | None, end: KeyValues | None) -> int:
        """Return how many rows the server has at most between two keys."""
        low, high = self.around(start, end)
        return self.rank(high, self.end) - self.rank(low, 0)

    def refined(self, start: KeyValues | None, end: KeyValues | None, inner: "KnownRanks") -> "KnownRanks":
        """Return two known keys, and between them the keys of a closer look."""
        sides = {key: self.rank(key, 0) for key in (start, end) if key is not None}
        known = sorted({**sides, **dict(zip(inner.keys, inner.ranks, strict=True))}.items())
        return KnownRanks([key for key, _ in known], [rank for _, rank in known], self.end)


class Stretch(NamedTuple):
    """The rows between two keys (None: from the first, to the last), with bounds of how many lie before each of the
    two."""

    start: KeyValues | None
    end: KeyValues | None
    least_before_start: int
    most_before_end: int


class Between(NamedTuple):
    """How many rows of all servers lie before a key: within bounds."""

    key: KeyValues
    least: int
    most: int


def stretch_of(servers: Sequence[KnownRanks], first: int, last: int) -> Stretch:
    """Return the shortest known stretch that holds the rows from rank `first` up to, not with, rank `last`."""
    start, least_before_start = None, 0
    for at in known_sums(servers):
        if at.most <= first:
            start, least_before_start = at.key, at.least
        if at.least >= last:
            return Stretch(start, at.key, least_before_start, at.most)
    return Stretch(start, None, least_before_start, sum(server.end for server in servers))


def known_sums(servers: Sequence[KnownRanks]) -> Iterator[Between]:
    """Give each known key of any server, in order, with how many rows of all servers lie before it."""
    passed = [0] * len(servers)
    least = 0
    most = sum(_rank_at(server, 0) for server in servers)
    events = merge(*(zip(server.keys, repeat(number)) for number, server in enumerate(servers)))
    for key, group in groupby(events, key=lambda event: event[0]):
        numbers = [number for _, number in group]
        for number in numbers:
            server, place = servers[number], passed[number]
            least += server.ranks[place] - (server.ranks[place - 1] if place else 0)
        yield Between(key, least, most)
        for number in numbers:
            passed[number] += 1
            most += _rank_at(servers[number], passed[number]) - servers[number].ranks[passed[number] - 1]


def _rank_at(server: KnownRanks, place: int) -> int:
    return server.ranks[place] if place < len(server.ranks) else server.end
