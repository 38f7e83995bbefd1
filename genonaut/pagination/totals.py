"""How many rows a list has: exact up to a budget, then an estimate; `kind` says which."""

from dataclasses import dataclass
from enum import StrEnum

from genonaut.pagination.scan_union import ScanUnion

# Counting this many index entries takes about a millisecond, so every request can afford it.
COUNT_BUDGET = 10_000
# Where the planner expects about so many, counting them all is still cheap (some 10 ms), and exact is worth it.
LARGE_COUNT_BUDGET = 100_000
# Matches that no index keeps in order are counted where they lie: at 10 million rows each is a page of the table. What
# the planner reckons to cost more than this takes 0.1 s and more if the table is not in memory, and is estimated.
MOST_COUNT_COST = 3_000


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
        return self.kind is not TotalKind.AT_LEAST and self.count <= 2 * LARGE_COUNT_BUDGET

    def at_least(self, known: int) -> "Total":
        """Return this total, raised to a number of rows that is known to exist."""
        return self if self.is_exact or self.count >= known else Total(known, TotalKind.AT_LEAST)


def exactly(rows: int | None) -> Total | None:
    """Return the total of a list that has so many rows; None if that is not known."""
    return None if rows is None else Total(rows, TotalKind.EXACT)


def total_of(scans: ScanUnion) -> Total:
    """Count within the budget; beyond it return the planner's estimate, or what was counted where that says less.

    One query for a small list, two or three for a large one; of rows that are collected the estimate comes first.
    """
    return _total_of_collected(scans) if scans.is_collected else _total_of_scanned(scans)


def _total_of_scanned(scans: ScanUnion) -> Total:
    counted = scans.count_up_to(COUNT_BUDGET + 1)
    if counted <= COUNT_BUDGET:
        return Total(counted, TotalKind.EXACT)
    expected = scans.estimate().rows
    if expected <= 2 * LARGE_COUNT_BUDGET:
        counted = scans.count_up_to(LARGE_COUNT_BUDGET + 1)
        if counted <= LARGE_COUNT_BUDGET:
            return Total(counted, TotalKind.EXACT)
    return _beyond_budget(counted, expected)


def _total_of_collected(scans: ScanUnion) -> Total:
    expected, cost = scans.estimate()
    if cost > MOST_COUNT_COST:
        return Total(max(expected, 1), TotalKind.ESTIMATE)
    # Of more than the planner expects nothing is known of the cost.
    budget = COUNT_BUDGET if expected <= COUNT_BUDGET else LARGE_COUNT_BUDGET
    counted = scans.count_up_to(budget + 1)
    return Total(counted, TotalKind.EXACT) if counted <= budget else _beyond_budget(counted, expected)


def _beyond_budget(counted: int, expected: int) -> Total:
    """Return the total of a list of at least so many rows."""
    return Total(expected, TotalKind.ESTIMATE) if expected > counted else Total(counted - 1, TotalKind.AT_LEAST)
