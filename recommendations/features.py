"""Works that are alike by what is known of them: tags, model, LoRAs and words of the prompt, weighted by tf-idf.

They make neighbours of a work that no user has met yet. Arrays and words in, arrays out.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, diags_array

from recommendations.neighbour_lists import MOST, NeighbourLists
from recommendations.neighbours import blocks, top_lists

# A word of so many works tells few from others, and would be multiplied for each pair of them.
MOST_WORKS_OF_A_WORD = 500
# One that half of all works have tells none from another.
MOST_SHARE = 0.5
# Works that share so little are alike by chance.
LEAST_SCORE = 0.1


class Vectors(NamedTuple):
    """Works (ids, ascending) and their words as rows of length 1."""

    works: NDArray[np.int64]
    matrix: csr_array


def vectors(works: NDArray[np.int64], words: Sequence[Sequence[str]]) -> Vectors:
    """Return the tf-idf vectors of works, whose ids ascend.

    **Source:** Salton and Buckley, Term-weighting approaches in automatic text retrieval (1988), with tf = 1.
    """
    numbers: dict[str, int] = {}
    indices = [numbers.setdefault(word, len(numbers)) for row in words for word in dict.fromkeys(row)]
    lengths = [len(dict.fromkeys(row)) for row in words]
    starts = np.r_[0, np.cumsum(lengths, dtype=np.int64)]
    ones = np.ones(len(indices), np.float32)
    matrix = csr_array((ones, np.array(indices, np.int64), starts), shape=(len(works), max(len(numbers), 1)))
    counts = matrix.sum(axis=0)
    is_telling = (counts > 1) & (counts <= min(MOST_WORKS_OF_A_WORD, max(2, MOST_SHARE * len(works))))
    weights = np.where(is_telling, np.log(max(len(works), 1) / np.maximum(counts, 1)) + 0.1, 0).astype(np.float32)
    weighted = csr_array(matrix @ diags_array(weights))
    weighted.eliminate_zeros()
    norms = np.sqrt(weighted.multiply(weighted).sum(axis=1))
    return Vectors(works, csr_array(diags_array(1 / np.maximum(norms, 1e-9)) @ weighted))


def alike(vectors: Vectors, rows: NDArray | None = None, most: int = MOST) -> Iterator[NeighbourLists]:
    """Yield the neighbours of works, or of some rows of them in ascending order, among all; block by block."""
    chosen = vectors.matrix if rows is None else csr_array(vectors.matrix[rows])
    works = vectors.works if rows is None else vectors.works[rows]
    others = csr_array(vectors.matrix.T)
    for first, end in blocks(chosen, others):
        similar = csr_array(chosen[first:end] @ others)
        similar.data[similar.data < LEAST_SCORE] = 0
        yield top_lists(similar, works[first:end], vectors.works, most)
