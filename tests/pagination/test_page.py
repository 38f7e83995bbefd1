"""The numbers of a page control."""

import pytest

from genonaut.pagination.page import numbers_around


@pytest.mark.parametrize(
    ("current", "last", "numbers"),
    [
        (1, 1, [1]),
        (1, 2, [1, 2]),
        (2, 5, [1, 2, 3, 4, 5]),
        (1, 9, [1, 2, 3, None, 9]),
        (4, 9, [1, 2, 3, 4, 5, 6, None, 9]),
        (5, 9, [1, 2, 3, 4, 5, 6, 7, 8, 9]),
        (6, 20, [1, None, 4, 5, 6, 7, 8, None, 20]),
        (20, 20, [1, None, 18, 19, 20]),
        (160_021, 160_021, [1, None, 160_019, 160_020, 160_021]),
    ],
)
def test_a_control_shows_the_ends_the_neighbours_and_no_gap_of_one(
    current: int, last: int, numbers: list[int | None]
) -> None:
    assert numbers_around(current, last) == numbers
