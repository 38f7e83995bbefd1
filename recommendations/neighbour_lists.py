"""The works near to each of some works, as arrays. The site's own processes import it: it needs no scipy."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Neighbours of a work that are kept.
MOST = 50


class NeighbourLists(NamedTuple):
    """For each of some works (ids, ascending) its neighbours, the nearest first; scores are from 0 to 1.

    The neighbours of work n are those from `starts[n]` to before `starts[n + 1]`. `counts` are how many users met both
    works of a pair, of lists that say so.
    """

    works: NDArray[np.int64]
    starts: NDArray[np.int64]
    neighbours: NDArray[np.int64]
    scores: NDArray[np.float32]
    counts: NDArray[np.int64] | None = None

    def entries(self, seeds: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return, for all neighbours of some seeds, the number of the seed and where the neighbour stands."""
        if not len(self.works):
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        places = np.minimum(np.searchsorted(self.works, seeds), len(self.works) - 1)
        numbers = np.flatnonzero(self.works[places] == seeds)
        firsts, ends = self.starts[places[numbers]], self.starts[places[numbers] + 1]
        lengths = ends - firsts
        offsets = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return np.repeat(numbers, lengths), np.repeat(firsts, lengths) + offsets

    def of(self, works: NDArray[np.int64]) -> "NeighbourLists":
        """Return the lists of some works (ids, ascending), empty for one that has none."""
        numbers, places = self.entries(works)
        starts = np.r_[0, np.cumsum(np.bincount(numbers, minlength=len(works)))]
        return NeighbourLists(works, starts, self.neighbours[places], self.scores[places])

    def among(self, works: NDArray[np.int64]) -> "NeighbourLists":
        """Return the lists with those neighbours alone that are among some works (ids, ascending)."""
        is_among = is_in(self.neighbours, works)
        starts = np.r_[0, np.cumsum(is_among)][self.starts]
        return NeighbourLists(self.works, starts, self.neighbours[is_among], self.scores[is_among])

    @classmethod
    def empty(cls) -> "NeighbourLists":
        """Return the lists of no work."""
        return cls(np.zeros(0, np.int64), np.zeros(1, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32))


def is_in(works: NDArray[np.int64], ascending: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which works are among some in ascending order."""
    if not len(ascending):
        return np.zeros(len(works), bool)
    return ascending[np.minimum(np.searchsorted(ascending, works), len(ascending) - 1)] == works


def joined(lists: list[NeighbourLists]) -> NeighbourLists:
    """Return the lists of all blocks as one; no work is in two of them, and blocks come in the order of ids."""
    if not lists:
        return NeighbourLists.empty()
    ends = np.cumsum([0, *(len(part.neighbours) for part in lists)])
    starts = [part.starts[:-1] + end for part, end in zip(lists, ends, strict=False)]
    return NeighbourLists(
        np.concatenate([part.works for part in lists]),
        np.r_[np.concatenate(starts), ends[-1]].astype(np.int64),
        np.concatenate([part.neighbours for part in lists]),
        np.concatenate([part.scores for part in lists]),
    )


def cut(lists: NeighbourLists) -> NeighbourLists:
    """Return lists with no more than MOST neighbours."""
    lengths = np.diff(lists.starts)
    is_kept = np.arange(len(lists.neighbours)) - np.repeat(lists.starts[:-1], lengths) < MOST
    starts = np.r_[0, np.cumsum(np.minimum(lengths, MOST))]
    return NeighbourLists(lists.works, starts, lists.neighbours[is_kept], lists.scores[is_kept])


def sorted_lists(works: NDArray, others: NDArray, scores: NDArray) -> NeighbourLists:
    """Return the pairs of works and others as lists of the MOST nearest, equal ones newest first."""
    order = np.lexsort((-others, -scores, works))
    works, others, scores = works[order], others[order], scores[order]
    ids, firsts = np.unique(works, return_index=True)
    return cut(NeighbourLists(ids, np.r_[firsts, len(works)], others, scores.astype(np.float32)))
