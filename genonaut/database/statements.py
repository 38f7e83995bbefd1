"""The statements of a request: how many there are, how long they take, and which of them are slow."""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from math import inf
from time import perf_counter
from typing import Any, NamedTuple

from psycopg import RawCursor

# Of one request.
MOST_SLOW = 3


class SlowStatement(NamedTuple):
    """A statement that took long, as it was executed.

    `is_bound_by_server` if its parameters are $1, $2 and not %s; `is_many` if it was run once for each of them.
    """

    alias: str
    sql: str
    params: Any
    seconds: float
    is_bound_by_server: bool = False
    is_many: bool = False


@dataclass
class Tally:
    """What the statements of one request took. Statements of `slow_seconds` and more are kept, the first few."""

    slow_seconds: float = inf
    count: int = 0
    seconds: float = 0.0
    slow: list[SlowStatement] = field(default_factory=list)

    def add(self, seconds: float) -> bool:
        """Count a statement; return whether it is slow, and to be kept."""
        self.count += 1
        self.seconds += seconds
        return seconds >= self.slow_seconds and len(self.slow) < MOST_SLOW


# Of the request that runs in this context; None outside of requests.
tally: ContextVar[Tally | None] = ContextVar("tally", default=None)


def timed(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:  # noqa: ANN401
    """Execute a statement and add it to the request's tally, if it fails too (an execute wrapper of Django's)."""
    current = tally.get()
    if current is None:
        return execute(sql, params, many, context)
    begun = perf_counter()
    try:
        return execute(sql, params, many, context)
    finally:
        seconds = perf_counter() - begun
        if current.add(seconds):
            is_bound = isinstance(context["cursor"].cursor, RawCursor)
            current.slow.append(SlowStatement(context["connection"].alias, sql, params, seconds, is_bound, many))
