"""Interactions as numbers: how much each says, and what a user's latest works are. Arrays in, arrays out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Deeds(NamedTuple):
    """Interactions column by column: ids of users and works, strengths, and times in seconds."""

    users: NDArray[np.int64]
    works: NDArray[np.int64]
    strengths: NDArray[np.float32]
    times: NDArray[np.float64]

    def where(self, mask: NDArray) -> "Deeds":
        """Return the deeds of a mask, or in the order of an index."""
        return Deeds(*(column[mask] for column in self))


def once_each(deeds: Deeds) -> Deeds:
    """Return one deed of each user and work, with its last time; users in order, the latest first.

    Its strength is the largest, or that of a dislike (below 0) if there is one.
    """
    order = np.lexsort((deeds.times, deeds.works, deeds.users))
    deeds = deeds.where(order)
    if not len(order):
        return deeds
    is_first = np.r_[True, (np.diff(deeds.users) != 0) | (np.diff(deeds.works) != 0)]
    firsts = np.flatnonzero(is_first)
    lasts = np.r_[firsts[1:], len(order)] - 1
    largest, least = (choose.reduceat(deeds.strengths, firsts) for choose in (np.maximum, np.minimum))
    strengths = np.where(least < 0, least, largest)
    once = Deeds(deeds.users[firsts], deeds.works[firsts], strengths, deeds.times[lasts])
    return once.where(np.lexsort((once.works, -once.times, once.users)))


def liked(deeds: Deeds) -> Deeds:
    """Return one deed of each user and work that the user met and does not dislike, in the order of `once_each`."""
    once = once_each(deeds)
    return once.where(once.strengths > 0)


def recency_ranks(users: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0 for the first row of each user, 1 for the next: rows of a user stand together."""
    if not len(users):
        return np.zeros(0, np.int64)
    firsts = np.flatnonzero(np.r_[True, np.diff(users) != 0])
    lengths = np.diff(np.r_[firsts, len(users)])
    return np.arange(len(users)) - np.repeat(firsts, lengths)
