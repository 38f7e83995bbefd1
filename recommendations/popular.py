"""Works that are popular now: what was done with them lately, the latest counting most."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from recommendations.deeds import Deeds, liked

# A deed counts half as much after so long.
HALF_LIFE_SECONDS = 10 * 86_400.0
MOST = 400


class Popular(NamedTuple):
    """Ids of works, the most popular first, with scores above 0."""

    works: NDArray[np.int64]
    scores: NDArray[np.float64]


def popular(deeds: Deeds, now: float, most: int = MOST) -> Popular:
    """Return what users did most with up to a moment; each user counts once for a work."""
    once = liked(deeds)
    weights = once.strengths * 0.5 ** (np.maximum(now - once.times, 0) / HALF_LIFE_SECONDS)
    works, numbers = np.unique(once.works, return_inverse=True)
    totals = np.bincount(numbers, weights=weights, minlength=len(works))
    order = np.lexsort((-works, -totals))[:most]
    return Popular(works[order], totals[order])
