"""The evaluation as a whole: each data set and split, and the figures of each recommender."""

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np

from recommendations.deeds import Deeds
from recommendations.evaluation import public_data
from recommendations.evaluation.contestants import contestants
from recommendations.evaluation.metrics import Figures, figures
from recommendations.evaluation.planted import planted
from recommendations.evaluation.splits import Split, by_time, leave_last_out

PLANTED, PUBLIC = DATA_SETS = ("planted", "movielens_100k")
USERS, WORKS, SEED = 1_000, 3_000, 1
SPLITS: dict[str, Callable[[Deeds], Split]] = {"": leave_last_out, "_time_split": by_time}

Report = dict[str, dict[str, Figures]]


def data_sets(names: Collection[str], users: int, works: int) -> Iterator[tuple[str, Deeds, Sequence[Sequence[str]]]]:
    """Yield data sets with the words of their works: planted tastes, and the public set if it is installed."""
    if PLANTED in names:
        drawn = planted(users=users, works=works, seed=SEED)
        yield PLANTED, drawn.deeds, drawn.words
    path = public_data.file()
    if PUBLIC in names and path is not None:
        yield PUBLIC, public_data.read(path), ()


def evaluate(names: Collection[str] = DATA_SETS, users: int = USERS, works: int = WORKS) -> Report:
    """Return the figures of each recommender by data set: the last work of each user left out, and all later ones."""
    report: Report = {}
    for name, deeds, words in data_sets(names, users, works):
        total = len(np.unique(deeds.works))
        for suffix, divide in SPLITS.items():
            split = divide(deeds)
            report[name + suffix] = {
                rival: figures(recommend(split, words), split.relevant, total)
                for rival, recommend in contestants().items()
            }
    return report
