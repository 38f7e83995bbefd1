"""Interactions of users with known tastes: what a recommender should find, and popularity alone cannot."""

from typing import NamedTuple

import numpy as np

from recommendations.deeds import Deeds

TASTES = 50
SESSIONS = 8
SESSION_WORKS = 5
# Of the works that a user meets, so many are of no taste of theirs.
CHANCE_SHARE = 0.25
SESSION_SECONDS = 86_400.0
TAGS_OF_A_TASTE = 4


class Planted(NamedTuple):
    """Deeds, the taste of each work (by its id, from 1), and the words of each."""

    deeds: Deeds
    tastes: list[int]
    words: list[list[str]]


def planted(*, users: int, works: int, seed: int) -> Planted:
    """Return the sessions of users of whom each has two tastes; works of a taste are popular by Zipf's law.

    A work's words are tags of its taste, one of another, and some that all share.
    """
    random = np.random.default_rng(seed)
    tastes = random.integers(TASTES, size=works)
    ranks = random.permutation(works) + 1
    pools = [np.flatnonzero(tastes == taste) for taste in range(TASTES)]
    weights = [_shares(ranks[pool]) for pool in pools]
    everything = np.arange(works), _shares(ranks)
    rows = []
    for user in range(1, users + 1):
        likes = random.choice(TASTES, size=2, replace=False)
        for start in random.uniform(0, 90, size=SESSIONS):
            taste = likes[int(random.random() < 0.3)]
            for place in range(SESSION_WORKS):
                pool = everything if random.random() < CHANCE_SHARE else (pools[taste], weights[taste])
                work = random.choice(pool[0], p=pool[1])
                rows.append((user, work + 1, random.choice((1, 1, 5)), start * SESSION_SECONDS + 60 * place))
    columns = np.array(rows)
    deeds = Deeds(
        columns[:, 0].astype(np.int64), columns[:, 1].astype(np.int64), columns[:, 2].astype(np.float32), columns[:, 3]
    )
    return Planted(deeds, tastes.tolist(), [_words(random, int(taste)) for taste in tastes])


def _shares(ranks: np.ndarray) -> np.ndarray:
    return ranks**-0.7 / (ranks**-0.7).sum()


def _words(random: np.random.Generator, taste: int) -> list[str]:
    own = [f"#taste {taste} {random.integers(TAGS_OF_A_TASTE)}" for _ in range(2)]
    return [*own, f"#taste {random.integers(TASTES)} 0", f"#common {random.integers(10)}", "picture"]
