"""Works that the same users meet: co-visits, damped by how popular a work is and by how much a user meets.

Products are complex: the real part of a pair of works is its weight, the imaginary part the number of users who met
both, so that one product gives both. Rows are multiplied in blocks, each of a bounded number of products, so that
memory does not grow with the works.
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
# Products of a block: 16 bytes each, with copies some 100 MB.
BLOCK_PRODUCTS = 4_000_000


def covisited(visits: Visits) -> Iterator[NeighbourLists]:
    """Yield the neighbours of all works that have any, block by block in the order of their ids."""
    popularity = visits.matrix.sum(axis=0)
    by_work, by_user = factors(visits, popularity)
    for first, end in blocks(by_work, by_user):
        pairs = csr_array(by_work[first:end] @ by_user)
        yield nearest(pairs, visits.works[first:end], visits.works, popularity[first:end])


def factors(visits: Visits, popularity: NDArray) -> tuple[csr_array, csr_array]:
    """Return two matrices, works by users and users by works, whose product has the weights and counts of all pairs.

    `popularity` is how many of all users met each work, of which these may be a part. Weights are damped by that of the
    second work alone; `nearest` damps them by that of the first.
    """
    lengths = np.maximum(np.diff(visits.matrix.indptr), 1)
    by_user = csr_array(diags_array(lengths**-USER_DAMPING) @ visits.matrix @ diags_array(damping(popularity)))
    # Exact up to 16 million users of a pair.
    counted = csr_array((by_user.data + 1j, by_user.indices, by_user.indptr), by_user.shape, np.complex64)
    return csr_array(visits.matrix.T), counted


def damping(popularity: NDArray) -> NDArray[np.float64]:
    """Return what the weights of pairs of works are multiplied by, for each of the two."""
    return np.maximum(popularity, 1.0) ** -POPULARITY_DAMPING


def nearest(pairs: csr_array, works: NDArray, others: NDArray, popularity: NDArray) -> NeighbourLists:
    """Return the nearest of the others to each work, by pairs as the product of `factors` has them."""
    weights = pairs.data.real * np.repeat(damping(popularity), np.diff(pairs.indptr)).astype(np.float32)
    similar = csr_array((weights, pairs.indices, pairs.indptr), pairs.shape)
    return top_lists(similar, works, others, counts=pairs.data.imag)


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
    similar: csr_array,
    works: NDArray[np.int64],
    others: NDArray[np.int64],
    most: int = MOST,
    counts: NDArray | None = None,
) -> NeighbourLists:
    """Return the largest entries of each row of works and others, without the work itself; equal ones newest first.

    `counts` are those of the entries.
    """
    # One more than wanted, for the work itself.
    is_large = _largest(similar, most + 1)
    rows = np.repeat(np.arange(similar.shape[0]), np.diff(similar.indptr))[is_large]
    entries = np.flatnonzero(is_large)
    neighbours, scores = others[similar.indices[entries]], similar.data[entries]
    is_other = (neighbours != works[rows]) & (scores > 0)
    rows, neighbours, scores, entries = (column[is_other] for column in (rows, neighbours, scores, entries))
    order = np.lexsort((-neighbours, -scores, rows))
    rows = rows[order]
    firsts = np.searchsorted(rows, np.arange(len(works)))
    is_top = np.arange(len(rows)) - firsts[rows] < most if len(rows) else np.zeros(0, bool)
    top = order[is_top]
    lengths = np.bincount(rows[is_top], minlength=len(works))
    has_any = lengths > 0
    starts = np.r_[0, np.cumsum(lengths[has_any])]
    capped = np.minimum(scores[top], 1).astype(np.float32)
    users = None if counts is None else counts[entries[top]].astype(np.int64)
    return NeighbourLists(works[has_any], starts, neighbours[top], capped, users)


def _largest(matrix: csr_array, most: int) -> NDArray[np.bool_]:
    """Return which entries are among the largest of their row, with all that equal the last of them.

    To sort whole rows of tens of thousands takes longer than the product.
    """
    is_large = np.ones(len(matrix.data), bool)
    for row in np.flatnonzero(np.diff(matrix.indptr) > most):
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        is_large[span] = matrix.data[span] >= np.partition(matrix.data[span], -most)[-most]
    return is_large
