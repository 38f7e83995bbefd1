"""The arithmetic of several variants: seeds that a form draws, and values spread between two ends."""

from decimal import Decimal, localcontext
from hashlib import sha256

from genonaut.whole_numbers import LARGEST

# A drawn seed has few digits: people read it out and type it in.
DRAWN_BYTES = 4
# Decimals of a value between two ends.
PLACES = 4
# Digits in which steps are computed: a seed has 20, and a step of it needs some behind the point.
PRECISION = 40


def drawn_seed(key: str, number: int) -> int:
    """Return the seed of one variant of a form: the same for the same form, so that a form that is sent twice asks for
    the same pictures."""
    return int.from_bytes(sha256(f"{key}:{number}".encode()).digest()[:DRAWN_BYTES])


def seeds_from(first: int, count: int) -> list[int]:
    """Return a seed and those that follow it; behind the largest comes 0."""
    return [(first + number) % (LARGEST + 1) for number in range(count)]


def spread(first: Decimal, last: Decimal, count: int, *, is_whole: bool) -> list[int] | list[float]:
    """Return so many values at equal distances, both ends among them, each value once; of one value the first end."""
    with localcontext(prec=PRECISION):
        step = (last - first) / (count - 1) if count > 1 else Decimal(0)
        values = [first + step * number for number in range(count - 1)] + [last if count > 1 else first]
        rounded = [int(value.to_integral_value()) if is_whole else float(round(value, PLACES)) for value in values]
    return list(dict.fromkeys(rounded))
