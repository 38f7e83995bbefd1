"""Hit rate, NDCG and coverage of ranked lists."""

from collections.abc import Collection, Mapping, Sequence
from math import log2
from typing import NamedTuple

TOP = 20


class Figures(NamedTuple):
    """How good lists are, each from 0 to 1: `coverage` is the share of all works that any list shows."""

    hit_rate_20: float
    ndcg_20: float
    coverage: float


def hit_rate(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """Return 1 if the first TOP works hold a relevant one, else 0."""
    return float(any(work in relevant for work in ranked[:TOP]))


def ndcg(ranked: Sequence[int], relevant: Collection[int]) -> float:
    """Return the gain of the first TOP works, discounted by rank, as a share of the best possible.

    **Source:** Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques (2002), with binary gains.
    """
    gain = sum(1 / log2(rank + 2) for rank, work in enumerate(ranked[:TOP]) if work in relevant)
    return gain / sum(1 / log2(rank + 2) for rank in range(min(TOP, len(relevant))))


def figures(ranked: Mapping[int, Sequence[int]], relevant: Mapping[int, Collection[int]], works: int) -> Figures:
    """Return the mean figures of users, each with at least one relevant work; `works` is how many there are."""
    users = len(relevant)
    lists = {user: ranked.get(user, ()) for user in relevant}
    shown = {work for works_of_user in lists.values() for work in works_of_user[:TOP]}
    return Figures(
        sum(hit_rate(lists[user], relevant[user]) for user in relevant) / users,
        sum(ndcg(lists[user], relevant[user]) for user in relevant) / users,
        len(shown) / works,
    )
