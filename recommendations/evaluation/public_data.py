"""MovieLens 100K, which the package `recbole` ships as a file: 943 users, 1,682 films, 100,000 ratings with times.

The file is read where the package lies; the package itself, which needs much else, is not imported.
"""

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from recommendations.deeds import Deeds

FILE = "dataset_example/ml-100k/ml-100k.inter"


def file() -> Path | None:
    """Return the data set's file; None if the package is not installed."""
    spec = find_spec("recbole")
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / FILE
    return path if path.is_file() else None


def read(path: Path) -> Deeds:
    """Return each rating as a deed of strength 1: that a film was seen, not what was thought of it."""
    columns = np.loadtxt(path, skiprows=1, usecols=(0, 1, 3), ndmin=2)
    users, works = columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64)
    return Deeds(users, works, np.ones(len(users), np.float32), columns[:, 2])
