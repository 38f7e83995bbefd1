"""The matrix of users and the works that they met. Arrays in, arrays out."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from recommendations.deeds import Deeds, liked, recency_ranks

# A user's latest works that co-visits are counted of: a user of 10,000 works would make 50 million pairs.
MOST_WORKS_OF_A_USER = 200


class Visits(NamedTuple):
    """Users (rows) and the works (columns) that they met. `users` and `works` are the ids, in ascending order."""

    matrix: csr_array
    users: NDArray[np.int64]
    works: NDArray[np.int64]


def visits(deeds: Deeds, most: int = MOST_WORKS_OF_A_USER) -> Visits:
    """Return who met which works with a strength above 0; of each user the latest works."""
    once = liked(deeds)
    once = once.where(recency_ranks(once.users) < most)
    users, rows = np.unique(once.users, return_inverse=True)
    works, columns = np.unique(once.works, return_inverse=True)
    ones = np.ones(len(rows), np.float32)
    return Visits(csr_array((ones, (rows, columns)), shape=(len(users), len(works))), users, works)
