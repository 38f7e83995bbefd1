"""Which JSON PostgreSQL can keep and everybody can read back: one rule for the API, the admin and imports."""

import json
import sys
from math import isfinite
from typing import Any

MAX_DEPTH = 100
LARGEST_NUMBER = int(sys.float_info.max)


def json_text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return parsed JSON as text again.

    Raises ValueError where Python read what others cannot: an infinite or huge number (1e400), half a surrogate pair,
    a nesting at which Python's own recursion ends here or there. The message completes "This is wrong: ...".
    """
    _check_depth_and_numbers(value)
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("text has an unpaired surrogate or is not UTF-8") from error
    return text


def storable_json_text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """Return parsed JSON as text again. Raises ValueError as json_text does, and for NUL, which PostgreSQL refuses."""
    text = json_text(value)
    # An escaped backslash before u0000 is a backslash, not the start of an escape.
    if "\\u0000" in text.replace("\\\\", ""):
        raise ValueError("a NUL character cannot be stored")
    return text


def _check_depth_and_numbers(value: Any) -> None:  # noqa: ANN401 - any JSON
    level = [value]
    for _ in range(MAX_DEPTH):
        if not all(_is_finite(node) for node in level):
            raise ValueError("a number is too large, infinite or none")
        level = [child for node in level for child in _children(node)]
        if not level:
            return
    raise ValueError(f"nested too deep, more than {MAX_DEPTH} levels")


def _is_finite(node: Any) -> bool:  # noqa: ANN401 - any JSON
    if type(node) is int:
        return abs(node) <= LARGEST_NUMBER
    return type(node) is not float or isfinite(node)


def _children(node: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
