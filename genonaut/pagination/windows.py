"""Pages of a long list that no index keeps in order: its nearest rows lie in a window of its sort's own index.

How wide a window is to be, the planner's estimate says. Of 10 million rows, 100,000 of them matches, 50 matches lie
among the nearest 5,000 rows or so. PostgreSQL then visits only what two indexes have in common, the filter's and the
sort's, where it would fetch and sort all matches else. docs/decisions/0014 has the figures.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil

from django.db.models import QuerySet

from genonaut.pagination.cursors import Cursor
from genonaut.pagination.key_pages import OffsetTooLargeError, Pages, PastEndError
from genonaut.pagination.keyset import KeyValues, Order
from genonaut.pagination.scan_union import ScanUnion
from genonaut.pagination.totals import Total
from genonaut.ranking import KeyBound, NotReadyError

# More rows than a page needs are expected in its window: matches are spread unevenly, and an estimate is one.
SPARE_SHARE, SPARE_ROWS = 1.25, 150
# Too few rows in a window: the next one is so many times as wide.
WIDER = 16
# A window of so few rows is scanned in the order of its index, and the filter applied to each row. A wider one is
# collected.
MOST_SCANNED = 5_000
# Fewer matches than this are fetched and sorted as fast as a window of them is found.
LEAST_WINDOWED = 2_000


@dataclass(eq=False)
class Windows:
    """The windows of a list of some `expected` rows. `unfiltered` is the list that its filters narrow: by rank, or
    along the sort's index, which knows no positions of bounds and reaches no further than page numbers do.

    `bounded` gives the list's scans with those filters that bound the order's own first key on some sides alone,
    `lower` or `upper`. Of two bounds on one side PostgreSQL would start at the one of fewer keys, and read all between
    them.
    """

    bounded: Callable[[Collection[str]], Sequence[QuerySet]]
    order: Order
    unfiltered: Pages
    expected: int
    # Whether most rows may share the lowest first key, as works without likes. A scan that ends among them ends at
    # none of the later keys: from there, no window is tried.
    is_tied_below: bool = False

    def at_offset(self, offset: int, limit: int, *, is_reversed: bool = False) -> list[KeyValues] | None:
        """Return the keys of `limit` rows after the first `offset` in scan direction; None if no window short of the
        list holds as many.

        Two queries and, for each window, two more. Raises NotReadyError.
        """
        for scans in self._scan_unions(None, offset + limit, is_reversed=is_reversed):
            keys = scans.at_offset(offset, limit, is_reversed=is_reversed)
            if len(keys) == limit:
                return keys
        return None

    def from_bound(self, bound: KeyBound | None, limit: int, *, is_reversed: bool = False) -> list[KeyValues] | None:
        """Return the keys of the first `limit` rows after a bound in scan direction; as `at_offset`."""
        for scans in self._scan_unions(bound, limit, is_reversed=is_reversed):
            keys = scans.from_bound(None, limit, is_reversed=is_reversed)
            if len(keys) == limit:
                return keys
        return None

    def _scan_unions(self, bound: KeyBound | None, limit: int, *, is_reversed: bool = False) -> Iterator[ScanUnion]:
        """Yield the list's rows in ever wider windows after a bound."""
        if self.is_tied_below and self.order.is_descending == is_reversed:
            return
        near = self.order.rows_after(bound, is_reversed=is_reversed)
        # The far end of a window lies in the list, and so does a bound.
        sides = {"upper" if self.order.is_descending != is_reversed else "lower"} if bound is None else ()
        for stop, width in self._stops(bound, limit, is_reversed=is_reversed):
            far = self.order.rows_after(
                self.order.up_to(stop, is_reversed=not is_reversed), is_reversed=not is_reversed
            )
            ends = [far] if near is None else [near, far]
            querysets = [queryset.filter(*ends) for queryset in self.bounded(sides)]
            yield ScanUnion(querysets, self.order, is_collected=width > MOST_SCANNED)

    def _stops(self, bound: KeyBound | None, limit: int, *, is_reversed: bool) -> Iterator[tuple[KeyValues, int]]:
        """Yield the far ends of the windows, with how many rows of the unfiltered list each holds."""
        start = self._start(bound, is_reversed=is_reversed)
        width = ceil((SPARE_SHARE * limit + SPARE_ROWS) * self.total / max(self.expected, 1))
        while start is not None:
            position = start - width if is_reversed else start + width
            if not 0 <= position < self.total:
                return
            try:
                keys = self.unfiltered.at(position, 1).keys
            except (PastEndError, OffsetTooLargeError):
                return
            yield keys[0], width
            width *= WIDER

    @cached_property
    def total(self) -> int:
        """How many rows the unfiltered list has."""
        return self.unfiltered.at(0, 1).total.count

    def _start(self, bound: KeyBound | None, *, is_reversed: bool) -> int | None:
        """Return the position of the first row of the unfiltered list after a bound; None if there is none."""
        if bound is None:
            return self.total - 1 if is_reversed else 0
        found = self.unfiltered.after_cursor(Cursor(bound, is_backward=is_reversed), 1)
        return found.first if found.keys else None


def within(
    make: Callable[[int], Windows | None], total: Total, look: Callable[[Windows], list[KeyValues] | None]
) -> list[KeyValues] | None:
    """Return what is found in the windows of a list with this total; None if it is short or has no windows, if none
    holds so many rows, or if rankings cannot be read."""
    windows = None if total.is_exact and total.count <= LEAST_WINDOWED else make(total.count)
    try:
        return windows and look(windows)
    except NotReadyError:
        return None
