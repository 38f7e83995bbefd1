"""Totals in words."""

import pytest

from genonaut.pagination.templatetags.pagination import total_with_noun
from genonaut.pagination.totals import Total, TotalKind


@pytest.mark.parametrize(
    ("total", "text"),
    [
        (Total(0, TotalKind.EXACT), "0 works"),
        (Total(1, TotalKind.EXACT), "1 work"),
        (Total(25_000, TotalKind.EXACT), "25,000 works"),
        (Total(8_001_012, TotalKind.ESTIMATE), "about 8,000,000 works"),
        (Total(12, TotalKind.ESTIMATE), "about 12 works"),
        (Total(10_000, TotalKind.AT_LEAST), "more than 10,000 works"),
        (None, ""),
    ],
)
def test_a_total_says_how_sure_it_is(total: Total | None, text: str) -> None:
    assert total_with_noun(total, "work,works") == text
