"""Which JSON is kept: one rule for the API, the admin and imports."""

from typing import Any

import pytest

from genonaut.json_values import MAX_DEPTH, json_text, storable_json_text


def nested(levels: int) -> list:
    """Return lists inside each other."""
    value: list = []
    for _ in range(levels - 1):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("inf"), "too large"),
        ([float("nan")], "too large"),
        ({"a": -(10**309)}, "too large"),
        ("\ud800", "surrogate"),
        ({"\udc00": 1}, "surrogate"),
        (nested(MAX_DEPTH + 1), "too deep"),
        (nested(100_000), "too deep"),
        ("\0", "NUL"),
        ({"a": ["\\\0"]}, "NUL"),
        ({"\0": 1}, "NUL"),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else type(value).__name__,
)
def test_what_cannot_be_kept_is_refused_with_a_reason(value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        storable_json_text(value)


@pytest.mark.parametrize("value", [nested(MAX_DEPTH), "\\u0000", "\\\\u0000", "\ufffe", 10**300, -0.0, True, None, {}])
def test_anything_else_is_text(value: Any) -> None:
    assert storable_json_text(value) == json_text(value)


def test_the_text_is_json_as_it_is_written() -> None:
    assert storable_json_text({"a": ["ä\n", 1.5]}) == '{"a": ["ä\\n", 1.5]}'
