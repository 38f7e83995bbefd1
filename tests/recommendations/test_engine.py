"""The arithmetic of recommendations: neighbours, likeness, popularity and the blend."""

import numpy as np
import pytest

from recommendations import neighbours, partitions
from recommendations.blending import MOST_OF_A_SEED, Sources, candidates, diverse, profile
from recommendations.deeds import Deeds
from recommendations.features import alike, vectors
from recommendations.interactions_matrix import MOST_WORKS_OF_A_USER, visits
from recommendations.models import Reason
from recommendations.neighbour_lists import NeighbourLists, joined
from recommendations.neighbours import covisited
from recommendations.partitions import added, block_lists, block_share, blocks_of, counted
from recommendations.popular import HALF_LIFE_SECONDS, Popular, popular


def deeds(*rows: tuple[int, int, float, float]) -> Deeds:
    """Return deeds of rows of user, work, strength and time."""
    users, works, strengths, times = zip(*rows, strict=True)
    return Deeds(np.array(users), np.array(works), np.array(strengths, np.float32), np.array(times, float))


def random_deeds(seed: int) -> Deeds:
    """Return 600 deeds of 40 users with 60 works."""
    dice = np.random.default_rng(seed)
    users, works = dice.integers(1, 41, 600), dice.integers(1, 61, 600) * 7
    return Deeds(users, works, dice.integers(0, 3, 600).astype(np.float32), dice.random(600) * 1e6)


def lists_of(lists: NeighbourLists) -> dict[int, dict[int, float]]:
    """Return neighbours with their scores by work."""
    spans = zip(lists.works.tolist(), lists.starts[:-1], lists.starts[1:], strict=True)
    return {
        work: dict(zip(lists.neighbours[a:b].tolist(), lists.scores[a:b].tolist(), strict=True)) for work, a, b in spans
    }


@pytest.mark.parametrize("products", [1, 500, 10**9])
def test_covisits_in_blocks_are_those_of_whole_matrices(products: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "BLOCK_PRODUCTS", products)
    seen = visits(random_deeds(1))
    dense = seen.matrix.toarray()
    lengths, popularity = dense.sum(axis=1), dense.sum(axis=0)
    pairs = dense.T @ (dense * lengths[:, None] ** -0.75) / np.sqrt(np.outer(popularity, popularity))
    np.fill_diagonal(pairs, 0)
    parts = list(covisited(seen))
    found = lists_of(joined(parts))
    assert found.keys() == set(seen.works[pairs.any(axis=1)].tolist())
    both = dense.T @ dense
    for part in parts:
        rows = np.searchsorted(seen.works, np.repeat(part.works, np.diff(part.starts)))
        assert part.counts.tolist() == both[rows, np.searchsorted(seen.works, part.neighbours)].tolist()
    for number, work in enumerate(seen.works.tolist()):
        best = np.sort(pairs[number])[::-1][: neighbours.MOST]
        assert list(found[work].values()) == pytest.approx(best[best > 0], rel=1e-5)
        assert all(
            score == pytest.approx(pairs[number, np.searchsorted(seen.works, other)], rel=1e-5)
            for other, score in found[work].items()
        )


@pytest.mark.parametrize("most", [1, 40, 10**9])
def test_covisits_of_partitions_of_users_are_those_of_all(most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "BLOCK_VISITS", most)
    met = random_deeds(2)
    parts = [visits(met.where((met.users >= first) & (met.users < first + 15))) for first in range(1, 60, 15)]
    assert len(parts[-1].users) == 0
    totals = added([counted(part) for part in parts])
    blocks = blocks_of(totals)
    assert [number for first, end in blocks for number in range(first, end)] == list(range(len(totals.works)))
    lists = [block_lists([block_share(part, totals, block) for part in parts], totals, block) for block in blocks]
    whole, both = visits(met), visits(met).matrix.toarray().T @ visits(met).matrix.toarray()
    for part in lists:
        rows = np.searchsorted(whole.works, np.repeat(part.works, np.diff(part.starts)))
        assert part.counts.tolist() == both[rows, np.searchsorted(whole.works, part.neighbours)].tolist()
    found = lists_of(joined(lists))
    expected = lists_of(joined(list(covisited(visits(met)))))
    assert found.keys() == expected.keys()
    for work, scores in expected.items():
        assert list(found[work].values()) == pytest.approx(list(scores.values()), rel=1e-5)
        shared = scores.keys() & found[work].keys()
        assert {other: found[work][other] for other in shared} == pytest.approx(
            {other: scores[other] for other in shared}, rel=1e-5
        )
        # Those that are equally near up to rounding may change places at the end.
        assert len(shared) > 0.9 * len(scores)


def test_only_the_latest_works_of_a_user_are_paired_and_no_dislike() -> None:
    rows = [(1, work, 1.0, float(work)) for work in range(1, MOST_WORKS_OF_A_USER + 11)]
    seen = visits(deeds(*rows, (2, 5_000, -1.0, 1.0)))
    assert seen.works.tolist() == list(range(11, MOST_WORKS_OF_A_USER + 11))
    assert seen.users.tolist() == [1]


def test_works_of_rare_words_are_alike_and_what_all_share_says_nothing() -> None:
    words = [["#fox", "picture"], ["#fox", "picture"], ["#boat", "picture"], ["#boat", "#red", "picture"], ["picture"]]
    found = lists_of(joined(list(alike(vectors(np.arange(10, 15), words)))))
    assert {work: list(others) for work, others in found.items()} == {10: [11], 11: [10], 12: [13], 13: [12]}
    some = lists_of(joined(list(alike(vectors(np.arange(10, 15), words), np.array([3])))))
    assert some == {13: found[13]}


def test_what_users_met_lately_is_popular_and_a_user_counts_once() -> None:
    now = 3 * HALF_LIFE_SECONDS
    found = popular(deeds((1, 5, 1, 0), (2, 5, 1, 0), (3, 6, 1, now), (1, 7, 0.5, now), (1, 7, 0.5, now)), now)
    assert found.works.tolist() == [6, 7, 5]
    assert found.scores.tolist() == pytest.approx([1, 0.5, 0.25])


def sources() -> Sources:
    """Return neighbours of the works 1 and 2, and what is popular."""
    near = NeighbourLists(
        np.array([1, 2]), np.array([0, 2, 4]), np.array([11, 12, 12, 2]), np.array([0.4, 0.3, 0.2, 0.9], np.float32)
    )
    similar = NeighbourLists(np.array([2]), np.array([0, 1]), np.array([20]), np.array([0.5], np.float32))
    return Sources(near, similar, NeighbourLists.empty(), Popular(np.array([30, 11]), np.array([9.0, 8.0])))


def test_candidates_have_their_reason_and_none_is_excluded() -> None:
    taste = profile(deeds((1, 1, 1, 20), (1, 2, 1, 10)))
    found = candidates(taste, sources(), np.array([1, 2]), 10)
    shown = list(zip(found.works.tolist(), found.reasons, found.because.tolist(), strict=True))
    assert shown == [
        (11, Reason.COVISITED, 1),
        (12, Reason.COVISITED, 1),
        (20, Reason.ALIKE, 2),
        (30, Reason.POPULAR, 0),
    ]
    assert sorted(found.scores, reverse=True) == found.scores.tolist()
    assert 0 < min(found.scores) <= max(found.scores) <= 1
    left = candidates(taste, sources(), np.array([1, 2, 11, 30]), 10)
    assert left.works.tolist() == [12, 20]


def test_a_user_without_a_taste_gets_what_is_popular_and_an_empty_site_nothing() -> None:
    stranger = profile(deeds((1, 1, 0, 0)))
    assert candidates(stranger, sources(), np.zeros(0, np.int64), 10).works.tolist() == [30, 11]
    nothing = Sources(*[NeighbourLists.empty()] * 3, Popular(np.zeros(0, np.int64), np.zeros(0)))
    assert candidates(stranger, nothing, np.zeros(0, np.int64), 10).works.tolist() == []


def test_no_creator_and_no_seed_fills_the_list() -> None:
    found = candidates(profile(deeds((1, 1, 1, 20), (1, 2, 1, 10))), sources(), np.array([1, 2]), 10)
    many = found._replace(works=np.arange(40), because=np.array([1] * 20 + [0] * 20), reasons=[Reason.ALIKE] * 40)
    assert diverse(many, [7] * 5 + [0] * 35, 30) == [*range(MOST_OF_A_SEED), *range(20, 40)]
    assert diverse(many, [7] * 40, 30) == list(range(6))
