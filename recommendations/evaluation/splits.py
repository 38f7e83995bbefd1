"""What a recommender learns from, and what it is asked for: the last deed of each user, or all deeds after a moment."""

from typing import NamedTuple

import numpy as np

from recommendations.deeds import Deeds, liked, recency_ranks

# The share of all deeds that lie before the moment of a time split.
TIME_SHARE = 0.8


class Split(NamedTuple):
    """Deeds to learn from, the moment that lists are asked for, and the works that each user then turned to.

    A user has been seen before; their works are new to them.
    """

    known: Deeds
    now: float
    relevant: dict[int, set[int]]


def leave_last_out(deeds: Deeds) -> Split:
    """Leave out the last work of each user who met several."""
    once = liked(deeds)
    return _split(once, recency_ranks(once.users) > 0)


def by_time(deeds: Deeds) -> Split:
    """Leave out all that came after TIME_SHARE of the deeds."""
    once = liked(deeds)
    return _split(once, once.times < np.quantile(once.times, TIME_SHARE))


def _split(once: Deeds, is_known: np.ndarray) -> Split:
    known, asked = once.where(is_known), once.where(~is_known)
    known_users = set(known.users.tolist())
    relevant: dict[int, set[int]] = {}
    for user, work in zip(asked.users.tolist(), asked.works.tolist(), strict=True):
        if user in known_users:
            relevant.setdefault(user, set()).add(work)
    return Split(known, float(known.times.max()), relevant)
