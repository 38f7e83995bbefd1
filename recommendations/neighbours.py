"""Works that the same users meet: co-visits, damped by how popular a work is and by how much a user meets.

Rows are multiplied in blocks, each of a bounded number of products, so that memory does not grow with the works.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from recommendations.interactions_matrix import Visits
from recommendations.neighbour_lists import MOST, NeighbourLists

# A user of n works adds n ** -USER_DAMPING to each pair of them: else those who meet everything decide alone.
USER_DAMPING = 0.75
# A pair's weight is divided by the root of the popularity of both: 0 would make everything lead to what is popular.
POPULARITY_DAMPING = 0.5
# Products of a block: 16 bytes each, some 100 MB.
BLOCK_PRODUCTS = 4_000_000


def covisited(visits: Visits) -> Iterator[NeighbourLists]:
    """Yield the neighbours of all works that have any, block by block in the order of their ids."""
    by_work, by_user = damped(visits, visits.matrix.sum(axis=0))
    for first, end in blocks(by_work, by_user):
        similar = csr_array(by_work[first:end] @ by_user)
        yield top_lists(similar, visits.works[first:end], visits.works)


def damped(visits: Visits, popularity: NDArray) -> tuple[csr_array, csr_array]:
    """Return two matrices, works by users and users by works, whose product is the weights of all pairs of works.

    `popularity` is how many of all users met each work, of which these may be a part.
    """
    lengths = np.maximum(np.diff(visits.matrix.indptr), 1)
    damping = diags_array(np.maximum(popularity, 1.0) ** -POPULARITY_DAMPING)
    by_work = csr_array((visits.matrix @ damping).T)
    by_user = csr_array(diags_array(lengths**-USER_DAMPING) @ visits.matrix @ damping)
    return by_work, by_user


def blocks(left: csr_array, right: csr_array) -> Iterator[tuple[int, int]]:
    """Yield ranges of the rows of a product `left @ right` of which each takes about BLOCK_PRODUCTS products."""
    row_products = np.add.reduceat(
        np.r_[np.diff(right.indptr)[left.indices], 0], np.minimum(left.indptr[:-1], len(left.indices))
    ) * (np.diff(left.indptr) > 0)
    totals = np.cumsum(row_products)
    first = 0
    while first < left.shape[0]:
        before = totals[first - 1] if first else 0
        end = max(first + 1, int(np.searchsorted(totals, before + BLOCK_PRODUCTS, side="right")))
        yield first, end
        first = end


def top_lists(
    similar: csr_array, works: NDArray[np.int64], others: NDArray[np.int64], most: int = MOST
) -> NeighbourLists:
    """Return the largest entries of each row of works and others, without the work itself; equal ones newest first."""
    # One more than wanted, for the work itself.
    is_large = _largest(similar, most + 1)
    rows = np.repeat(np.arange(similar.shape[0]), np.diff(similar.indptr))[is_large]
    neighbours, scores = others[similar.indices[is_large]], similar.data[is_large]
    is_other = (neighbours != works[rows]) & (scores > 0)
    rows, neighbours, scores = rows[is_other], neighbours[is_other], scores[is_other]
    order = np.lexsort((-neighbours, -scores, rows))
    rows, neighbours, scores = rows[order], neighbours[order], scores[order]
    firsts = np.searchsorted(rows, np.arange(len(works)))
    is_top = np.arange(len(rows)) - firsts[rows] < most if len(rows) else np.zeros(0, bool)
    counts = np.bincount(rows[is_top], minlength=len(works))
    has_any = counts > 0
    starts = np.r_[0, np.cumsum(counts[has_any])]
    return NeighbourLists(works[has_any], starts, neighbours[is_top], np.minimum(scores[is_top], 1).astype(np.float32))


def _largest(matrix: csr_array, most: int) -> NDArray[np.bool_]:
    """Return which entries are among the largest of their row, with all that equal the last of them.

    To sort whole rows of tens of thousands takes longer than the product.
    """
    is_large = np.ones(len(matrix.data), bool)
    for row in np.flatnonzero(np.diff(matrix.indptr) > most):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        is_large[span] = matrix.data[span] >= np.partition(matrix.data[span], -most)[-most]
    return is_large
