"""Read JSON as generators write it: bare NaN, huge numbers, texts of JSON within JSON."""

import json
from decimal import Decimal

from media.generation_data.generators.values import EXACT_INTEGER_MAX

# Longer integers are no seeds, and Python refuses to convert thousands of digits.
INTEGER_DIGITS_MAX = 40


def parse_json(text: str) -> object:
    """Parse a text of JSON; None if it is none, or null.

    Bare NaN and Infinity are None. Numbers such as 1.2e19 that a float would round are integers.
    """
    start = text[:64].lstrip("\ufeff \t\r\n")[:1]
    if not start or start not in '{["':
        return None
    return _parse(text.lstrip("\ufeff \t\r\n"))


def _parse(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except ValueError:
        return _parse_bounded(text)
    except (RecursionError, MemoryError):
        return None


def _parse_bounded(text: str) -> object:
    """Parse what the quicker decoder refused: perhaps for an integer of thousands of digits, which becomes None."""
    try:
        return _BOUNDED_DECODER.decode(text)
    except (ValueError, RecursionError, MemoryError):
        return None


def parse_object(value: object) -> dict[str, object] | None:
    """Return a JSON object from an object, or from a text of one (also one that is a JSON string itself)."""
    for _ in range(3):
        if isinstance(value, dict):
            return value
        if not isinstance(value, str):
            return None
        value = parse_json(value)
    return value if isinstance(value, dict) else None


def unquoted(text: str) -> str:
    """Return the text within a JSON string, as ComfyUI writes a plain one; other text as it is."""
    if not text.lstrip().startswith('"'):
        return text
    value = parse_json(text)
    return value if isinstance(value, str) else text


def _no_number(_name: str) -> None:
    return None


def _bounded(digits: str) -> int | None:
    return int(digits) if len(digits) <= INTEGER_DIGITS_MAX else None


def _exact(digits: str) -> float | int | None:
    number = float(digits)
    if abs(number) <= EXACT_INTEGER_MAX:
        return number
    if abs(number) > 1e30:
        return None if number in (float("inf"), float("-inf")) else number
    exact = Decimal(digits)
    return int(exact) if exact == exact.to_integral_value() else number


# Python's own integers need no call for each; a graph of a page holds hundreds.
_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_exact, strict=False)
_BOUNDED_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_exact, parse_int=_bounded, strict=False)
