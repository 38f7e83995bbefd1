"""One user's recommendations: candidates of each kind, their ranks blended, then picked so that they differ.

Arrays in, arrays out: the worker, the page and the evaluation all use it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommendations.deeds import Deeds, liked
from recommendations.models import Reason
from recommendations.neighbour_lists import NeighbourLists, is_in
from recommendations.popular import Popular

# What each kind says in the blend: a work of rank r adds WEIGHT / (RANK_OFFSET + r).
# **Source:** Cormack, Clarke and Büttcher, Reciprocal rank fusion (2009), weighted; figures in docs/recommendations.md.
WEIGHTS = {Reason.COVISITED: 1.0, Reason.ALIKE: 0.5, Reason.NEAR: 0.4, Reason.POPULAR: 0.3}
RANK_OFFSET = 30
REASONS = tuple(Reason)
# Candidates of a kind.
MOST_OF_A_KIND = 300
MOST_BLENDED = MOST_OF_A_KIND * len(REASONS)
# A user's latest works that candidates are found by; the n-th counts RECENCY / (RECENCY + n).
MOST_SEEDS = 50
RECENCY = 3
# Of the works shown, at most so many by one creator, and for the sake of one work of the user's.
MOST_OF_A_CREATOR = 6
MOST_OF_A_SEED = 8
NONE = 0


class Profile(NamedTuple):
    """The works that stand for a user's taste, and how much each counts."""

    seeds: NDArray[np.int64]
    weights: NDArray[np.float64]


class Candidates(NamedTuple):
    """Works, the best first, with blended scores, their strongest reason, and the seed behind it (NONE: none)."""

    works: NDArray[np.int64]
    scores: NDArray[np.float64]
    reasons: Sequence[Reason]
    because: NDArray[np.int64]

    def of(self, numbers: NDArray[np.int64]) -> "Candidates":
        """Return some of them, by their numbers."""
        reasons = [self.reasons[number] for number in numbers.tolist()]
        return Candidates(self.works[numbers], self.scores[numbers], reasons, self.because[numbers])


def profile(deeds: Deeds) -> Profile:
    """Return the taste that the deeds of one user show: what they met last counts most."""
    once = liked(deeds)
    seeds = once.works[:MOST_SEEDS]
    return Profile(seeds, once.strengths[:MOST_SEEDS] * RECENCY / (RECENCY + np.arange(len(seeds))))


class Sources(NamedTuple):
    """What candidates are found in."""

    covisited: NeighbourLists
    alike: NeighbourLists
    near: NeighbourLists
    popular: Popular

    def works(self) -> NDArray[np.int64]:
        """Return all works that they lead to, ascending."""
        return np.unique(np.concatenate([*(lists.neighbours for lists in self[:3]), self.popular.works]))

    def among(self, works: NDArray[np.int64]) -> "Sources":
        """Return them without what leads to other works than some (ids, ascending)."""
        is_popular = is_in(self.popular.works, works)
        popular = Popular(self.popular.works[is_popular], self.popular.scores[is_popular])
        return Sources(*(lists.among(works) for lists in self[:3]), popular)


def candidates(taste: Profile, sources: Sources, excluded: NDArray[np.int64], most: int) -> Candidates:
    """Return the best works for a taste, without those of `excluded` (ids, ascending)."""
    kinds = {
        Reason.COVISITED: _near(taste, sources.covisited),
        Reason.ALIKE: _near(taste, sources.alike),
        Reason.NEAR: _near(taste, sources.near),
        Reason.POPULAR: (sources.popular.works, sources.popular.scores, np.zeros(len(sources.popular.works), np.int64)),
    }
    parts = [_ranked(reason, *found, excluded) for reason, found in kinds.items()]
    works, shares, reasons, because = (np.concatenate(column) for column in zip(*parts, strict=True))
    return _blended(works, shares, reasons, because, most)


def _near(taste: Profile, lists: NeighbourLists) -> tuple[NDArray, NDArray, NDArray]:
    """Return the neighbours of a taste's seeds, each once, their scores, and the seed that says most."""
    numbers, places = lists.entries(taste.seeds)
    neighbours, scores = lists.neighbours[places], lists.scores[places] * taste.weights[numbers]
    order = np.lexsort((-scores, neighbours))
    neighbours, scores, numbers = neighbours[order], scores[order], numbers[order]
    if not len(order):
        return neighbours, scores, numbers
    firsts = np.flatnonzero(np.r_[True, np.diff(neighbours) != 0])
    return neighbours[firsts], np.add.reduceat(scores, firsts), taste.seeds[numbers[firsts]]


def _ranked(
    reason: Reason, works: NDArray, scores: NDArray, because: NDArray, excluded: NDArray
) -> tuple[NDArray, NDArray, NDArray, NDArray]:
    """Return the best of a kind, and the share of the blend that their ranks give them."""
    is_open = ~is_in(works, excluded)
    works, scores, because = works[is_open], scores[is_open], because[is_open]
    order = np.lexsort((-works, -scores))[:MOST_OF_A_KIND]
    shares = WEIGHTS[reason] / (RANK_OFFSET + np.arange(len(order)))
    return works[order], shares, np.full(len(order), REASONS.index(reason)), because[order]


def _blended(works: NDArray, shares: NDArray, reasons: NDArray, because: NDArray, most: int) -> Candidates:
    """Return each work once with the sum of its shares, and the reason of the largest; scores are below 1."""
    order = np.lexsort((-shares, works))
    works, shares, reasons, because = works[order], shares[order], reasons[order], because[order]
    firsts = np.flatnonzero(np.r_[True, np.diff(works) != 0]) if len(works) else np.zeros(0, np.int64)
    totals = np.add.reduceat(shares, firsts) if len(firsts) else np.zeros(0)
    best = np.lexsort((-works[firsts], -totals))[:most]
    chosen = firsts[best]
    scores = totals[best] * RANK_OFFSET / sum(WEIGHTS.values())
    return Candidates(works[chosen], scores, [REASONS[number] for number in reasons[chosen].tolist()], because[chosen])


def diverse(found: Candidates, creators: Iterable[int], most: int) -> list[int]:
    """Return which candidates to show, as numbers in their order: no creator and no seed has more than its share.

    Creators and seeds of NONE are not counted.
    """
    by_creator: Counter[int] = Counter()
    by_seed: Counter[int] = Counter()
    picked: list[int] = []
    for number, (creator, seed) in enumerate(zip(creators, found.because.tolist(), strict=True)):
        if len(picked) == most:
            break
        if by_creator[creator] < MOST_OF_A_CREATOR and by_seed[seed] < MOST_OF_A_SEED:
            picked.append(number)
            by_creator[creator] += creator != NONE
            by_seed[seed] += seed != NONE
    return picked
