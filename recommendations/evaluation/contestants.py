"""Recommenders that are held against each other: each learns from a split and answers ranked works for its users."""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec

import numpy as np
from scipy.sparse import csr_matrix

from recommendations.blending import Sources, candidates, diverse, profile
from recommendations.deeds import Deeds
from recommendations.evaluation.metrics import TOP
from recommendations.evaluation.splits import Split
from recommendations.features import alike, vectors
from recommendations.interactions_matrix import visits
from recommendations.neighbour_lists import NeighbourLists, joined
from recommendations.neighbours import covisited
from recommendations.popular import popular

Ranked = dict[int, list[int]]
Contestant = Callable[[Split, Sequence[Sequence[str]]], Ranked]
ALS = {"factors": 16, "alpha": 1.0, "regularization": 0.1, "iterations": 15, "random_state": 1, "num_threads": 1}


def ours(split: Split, words: Sequence[Sequence[str]]) -> Ranked:
    """Recommend as the site does; of works without words there are co-visits and what is popular."""
    by_words = joined(list(alike(vectors(np.arange(1, len(words) + 1), words)))) if words else NeighbourLists.empty()
    together = joined(list(covisited(visits(split.known))))
    # No data set has pictures.
    sources = Sources(together, by_words, NeighbourLists.empty(), popular(split.known, split.now))
    answers = {}
    for user, deeds in _by_user(split).items():
        found = candidates(profile(deeds), sources, np.unique(deeds.works), 3 * TOP)
        numbers = diverse(found, [0] * len(found.works), TOP)
        answers[user] = found.works[numbers].tolist()
    return answers


def by_popularity(split: Split, words: Sequence[Sequence[str]]) -> Ranked:
    """Recommend what most users met."""
    works, counts = np.unique(split.known.works, return_counts=True)
    return _new_to_each(split, works[np.lexsort((works, -counts))].tolist())


def by_recent_popularity(split: Split, words: Sequence[Sequence[str]]) -> Ranked:
    """Recommend what is popular now, as the site does to a new user."""
    return _new_to_each(split, popular(split.known, split.now, most=10_000).works.tolist())


def by_chance(split: Split, words: Sequence[Sequence[str]]) -> Ranked:
    """Recommend works at random."""
    random, works = np.random.default_rng(1), np.unique(split.known.works)
    return {user: random.choice(works, size=min(TOP, len(works)), replace=False).tolist() for user in split.relevant}


def by_als(split: Split, words: Sequence[Sequence[str]]) -> Ranked:
    """Recommend by matrix factorisation, which the optional package `implicit` brings."""
    seen = visits(split.known, most=len(split.known.users))
    matrix = csr_matrix(seen.matrix)
    als, threadpoolctl = import_module("implicit.als"), import_module("threadpoolctl")
    # Its own threads and those of BLAS would wait for each other.
    with threadpoolctl.threadpool_limits(1, "blas"):
        model = als.AlternatingLeastSquares(**ALS)
        model.fit(matrix, show_progress=False)
    users = np.array(sorted(split.relevant))
    rows = np.searchsorted(seen.users, users)
    ids, scores = model.recommend(rows, matrix[rows], N=TOP, filter_already_liked_items=True)
    # What it filters comes back at the end, with the lowest score, if too little else is left.
    is_left = scores > np.finfo(np.float32).min
    answers = zip(users.tolist(), ids, is_left, strict=True)
    return {user: seen.works[row[left]].tolist() for user, row, left in answers}


def contestants() -> dict[str, Contestant]:
    """Return the recommenders by name; ALS if its package is installed."""
    found: dict[str, Contestant] = {
        "ours": ours,
        "popularity": by_popularity,
        "recent_popularity": by_recent_popularity,
        "random": by_chance,
    }
    return {**found, "implicit_als": by_als} if find_spec("implicit") else found


def _by_user(split: Split) -> dict[int, Deeds]:
    order = np.argsort(split.known.users, kind="stable")
    known = split.known.where(order)
    users, firsts = np.unique(known.users, return_index=True)
    ends = [*firsts[1:], len(order)]
    parts = zip(users.tolist(), firsts, ends, strict=True)
    return {user: known.where(slice(first, end)) for user, first, end in parts if user in split.relevant}


def _new_to_each(split: Split, ranked: list[int]) -> Ranked:
    answers = {}
    for user, deeds in _by_user(split).items():
        seen = set(deeds.works.tolist())
        longest = ranked[: TOP + len(seen)]
        answers[user] = [work for work in longest if work not in seen][:TOP]
    return answers
