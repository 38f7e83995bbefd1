"""Bounds on the processor's time: what else the machine does makes work longer, never shorter."""

from collections.abc import Callable
from time import process_time

TRIES = 10


def takes_less(act: Callable[[], object], seconds: float) -> bool:
    """Do some work until it has taken less of the processor's time, ten times at most; return whether it ever did."""
    return any(seconds_of(act) < seconds for _ in range(TRIES))


def least_seconds(act: Callable[[], object]) -> float:
    """Return the least time of the processor that some work takes, of three times."""
    return min(seconds_of(act) for _ in range(3))


def seconds_of(act: Callable[[], object]) -> float:
    """Return the processor's time that some work takes."""
    start = process_time()
    act()
    return process_time() - start
