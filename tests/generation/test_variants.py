"""The arithmetic of sweeps and of drawn seeds."""

from decimal import Decimal

import pytest

from generation.variants import drawn_seed, seeds_from, spread
from genonaut.whole_numbers import LARGEST


@pytest.mark.parametrize(
    ("ends", "count", "is_whole", "values"),
    [
        (("10", "30"), 3, True, [10, 20, 30]),
        (("30", "10"), 3, True, [30, 20, 10]),
        (("1", "4"), 3, True, [1, 2, 4]),  # 2.5 goes to the even one
        (("1", "3"), 5, True, [1, 2, 3]),  # each value once
        (("5", "5"), 4, False, [5.0]),
        (("0", "1"), 4, False, [0.0, 0.3333, 0.6667, 1.0]),
        (("0.1", "0.3"), 3, False, [0.1, 0.2, 0.3]),
        (("7", "9"), 1, False, [7.0]),
        (("0", str(LARGEST)), 2, True, [0, LARGEST]),
        ((str(LARGEST - 4), str(LARGEST)), 3, True, [LARGEST - 4, LARGEST - 2, LARGEST]),
    ],
)
def test_a_sweep_goes_from_end_to_end_in_equal_steps(
    ends: tuple[str, str], count: int, is_whole: bool, values: list[float]
) -> None:
    found = spread(*map(Decimal, ends), count, is_whole=is_whole)
    assert (found, {type(value) for value in found}) == (values, {int if is_whole else float})


def test_seeds_count_up_and_begin_again_behind_the_largest() -> None:
    assert seeds_from(LARGEST - 1, 3) == [LARGEST - 1, LARGEST, 0]


def test_a_form_draws_the_same_seeds_each_time_it_is_sent() -> None:
    seeds = [drawn_seed("form", number) for number in range(16)]
    assert seeds == [drawn_seed("form", number) for number in range(16)]
    assert len({*seeds, *(drawn_seed("another", number) for number in range(16))}) == 32
    assert all(0 <= seed < 2**32 for seed in seeds)
