"""Co-visits of more interactions than one machine holds: by partitions of users and blocks of works.

A user's visits are all in one partition, so that partitions only have to be added up. Arrays in, arrays out.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recommendations.interactions_matrix import Visits
from recommendations.neighbour_lists import NeighbourLists
from recommendations.neighbours import factors, nearest

# Visits of a block of works: each pairs with up to 200 others of its user, in some 16 bytes.
BLOCK_VISITS = 50_000


class Totals(NamedTuple):
    """Works (ids, ascending) and how many users met each."""

    works: NDArray[np.int64]
    counts: NDArray[np.int64]


def counted(visits: Visits) -> Totals:
    """Return how many users of a partition met each work."""
    return Totals(visits.works, visits.matrix.sum(axis=0).astype(np.int64))


def added(parts: Sequence[Totals]) -> Totals:
    """Return the totals of all partitions."""
    works, numbers = np.unique(np.concatenate([part.works for part in parts]), return_inverse=True)
    counts = np.zeros(len(works), np.int64)
    np.add.at(counts, numbers, np.concatenate([part.counts for part in parts]))
    return Totals(works, counts)


def blocks_of(totals: Totals) -> list[tuple[int, int]]:
    """Return ranges of the numbers of works, each of about BLOCK_VISITS visits: what is computed at once."""
    numbers = (np.cumsum(totals.counts) - 1) // BLOCK_VISITS
    firsts = np.flatnonzero(np.r_[True, np.diff(numbers) != 0])[: len(numbers)].tolist()
    return list(zip(firsts, [*firsts[1:], len(numbers)], strict=True))


def block_share(visits: Visits, totals: Totals, block: tuple[int, int]) -> csr_array:
    """Return what the users of a partition add to the pairs of a block's works (rows) with all works (columns), as
    complex numbers (neighbours.py)."""
    numbers = np.searchsorted(totals.works, visits.works)
    by_work, by_user = factors(visits, totals.counts[numbers])
    first, end = np.searchsorted(numbers, block)
    pairs = csr_array(by_work[first:end] @ by_user).tocoo()
    rows, columns = numbers[first:end][pairs.row] - block[0], numbers[pairs.col]
    return csr_array((pairs.data, (rows, columns)), shape=(block[1] - block[0], len(totals.works)))


def block_lists(shares: Sequence[csr_array], totals: Totals, block: tuple[int, int]) -> NeighbourLists:
    """Return the neighbours of a block's works, of the shares of all partitions."""
    pairs = csr_array(sum(shares[1:], start=shares[0]))
    own = slice(*block)
    return nearest(pairs, totals.works[own], totals.works, totals.counts[own])
