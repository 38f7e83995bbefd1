"""How many rows a list has: counted exactly within a budget, estimated beyond it, and said which."""

from dataclasses import dataclass
from enum import StrEnum

from genonaut.pagination.runs import Runs

# Counting this many index entries takes about a millisecond, so every request can afford it.
COUNT_BUDGET = 10_000
# Where the planner expects about so many, counting them all is still cheap (some 10 ms), and exact is worth it.
LARGE_COUNT_BUDGET = 100_000


class TotalKind(StrEnum):
    """How much a total can be trusted."""

    EXACT = "exact"
    ESTIMATE = "estimate"  # by PostgreSQL's statistics
    AT_LEAST = "at_least"  # counted so far and then stopped


@dataclass(frozen=True)
class Total:
    """A number of rows and how it was found."""

    count: int
    kind: TotalKind

    @property
    def is_exact(self) -> bool:
        """Whether it was counted to the end."""
        return self.kind is TotalKind.EXACT

    @property
    def is_collectable(self) -> bool:
        """Whether so few rows match that all can be fetched and sorted for a page, at a bounded cost."""
        return self.is_exact or (self.kind is TotalKind.ESTIMATE and self.count <= 2 * LARGE_COUNT_BUDGET)

    def at_least(self, known: int) -> "Total":
        """Return this total, raised to a number of rows that is known to exist."""
        return self if self.is_exact or self.count >= known else Total(known, TotalKind.AT_LEAST)


def total_of(runs: Runs) -> Total:
    """Count within the budget; beyond it return the planner's estimate, or what was counted where that says less.

    One query for a small list, two or three for a large one.
    """
    counted = runs.count_up_to(COUNT_BUDGET + 1)
    if counted <= COUNT_BUDGET:
        return Total(counted, TotalKind.EXACT)
    expected = runs.estimate()
    if expected <= 2 * LARGE_COUNT_BUDGET:
        counted = runs.count_up_to(LARGE_COUNT_BUDGET + 1)
        if counted <= LARGE_COUNT_BUDGET:
            return Total(counted, TotalKind.EXACT)
    if expected > counted:
        return Total(expected, TotalKind.ESTIMATE)
    return Total(counted - 1, TotalKind.AT_LEAST)
