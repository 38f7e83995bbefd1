"""Pages of a long list that no index keeps in order: its nearest rows lie in a window of its sort's own index.

How wide a window is to be, the planner's estimate says. Of 10 million rows, 100,000 of them matches, 50 matches lie
among the nearest 5,000 rows or so. PostgreSQL then visits only what two indexes have in common, the filter's and the
sort's, where it would fetch and sort all matches else. Matches that lie together are met by windows that grow, and of
one that holds too many by its halves. docs/decisions/0014 has the figures.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

from django.db.models import QuerySet

from genonaut.pagination.cursors import Cursor
from genonaut.pagination.key_pages import OffsetTooLargeError, Pages, PastEndError
from genonaut.pagination.keyset import KeyValues, Order
from genonaut.pagination.row_by_row import row_by_row
from genonaut.pagination.scan_union import Part, ScanUnion
from genonaut.pagination.totals import Total
from genonaut.ranking import KeyBound, NotReadyError

# More rows than a page needs are expected in its window: matches are spread unevenly, and an estimate is one.
SPARE_SHARE, SPARE_ROWS = 1.25, 150
# Of so many times the expected rows no more are fetched: the window is halved.
MOST_EXPECTED = 4
# Too few rows in a window: the next one is so many times as wide.
WIDER = 16
# A window of so few rows is scanned in the order of its index, and the filter applied to each row. A wider one is
# collected.
MOST_SCANNED = 20_000
# Fewer matches than this are fetched and sorted as fast as a window of them is found.
LEAST_WINDOWED = 2_000


@dataclass(frozen=True)
class Span:
    """Where the next window of a list lies: `width` rows of the unfiltered list from the position `start` on, behind a
    bound. A window of `full` rows from there would hold too many matches; None if none is known to."""

    near: KeyBound | None
    start: int
    width: int
    full: int | None = None

    def within(self, full: int) -> "Span":
        """Return the nearer half of a window that holds too many matches; all of it if that is to be scanned."""
        return replace(self, width=full if full <= MOST_SCANNED else full // 2, full=full)

    def behind(self, near: KeyBound | None, *, is_reversed: bool) -> "Span":
        """Return the next window behind one that holds too few matches."""
        start = self.start - self.width if is_reversed else self.start + self.width
        moved = replace(self, near=near, start=start)
        if self.full is not None and self.full > self.width:
            return moved.within(self.full - self.width)
        return replace(moved, width=self.width * WIDER, full=None)


@dataclass(eq=False)
class Windows:
    """The windows of a list of some `expected` rows. `unfiltered` is the list that its filters narrow: by rank, or
    along the sort's index, which knows no positions of bounds and reaches no further than page numbers do, `reach`.

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
    # How many rows from its ends the positions of the unfiltered list are known; None: all are.
    reach: int | None = None
    # Whether a window may reach the end of the list: else all matches are collected, without reading the sort's index.
    has_last: bool = True

    def at_offset(self, offset: int, limit: int, *, is_reversed: bool = False) -> list[KeyValues] | None:
        """Return the keys of `limit` rows after the first `offset` in scan direction, fewer if the list ends there;
        None if no windows reach so far.

        Two queries and, for each window, three more. Raises NotReadyError.
        """
        return self._read(None, offset, limit, is_reversed=is_reversed)

    def from_bound(self, bound: KeyBound | None, limit: int, *, is_reversed: bool = False) -> list[KeyValues] | None:
        """Return the keys of the first `limit` rows after a bound in scan direction; as `at_offset`."""
        return self._read(bound, 0, limit, is_reversed=is_reversed)

    def _read(self, bound: KeyBound | None, offset: int, limit: int, *, is_reversed: bool) -> list[KeyValues] | None:
        """Read window after window: wider ones as long as they hold too few rows, halves of one that holds too many."""
        is_tied = self.is_tied_below and self.order.is_descending == is_reversed
        start = None if is_tied else self._start(bound, is_reversed=is_reversed)
        if start is None:
            return None
        needed = ceil(SPARE_SHARE * (offset + limit) + SPARE_ROWS)
        span: Span | None = Span(bound, start, ceil(needed * self.total / max(self.expected, 1)))
        keys: list[KeyValues] = []
        while span is not None:
            stop = self._stop(span, is_reversed=is_reversed)
            if stop is None and not self.has_last:
                return None
            scans = self._scans(span, stop, is_reversed=is_reversed)
            part = _part_of(scans, MOST_EXPECTED * needed, offset, limit - len(keys), is_reversed=is_reversed)
            if part is None:
                span = self._narrower(span, is_reversed=is_reversed)
                continue
            keys += part.keys
            if len(keys) == limit or stop is None:
                return keys
            offset = max(offset - part.count, 0)
            near = self._near(span, stop, is_empty=part.count == 0, is_reversed=is_reversed)
            span = span.behind(near, is_reversed=is_reversed)
        return None

    def _widths(self, span: Span, *, is_reversed: bool) -> tuple[int, int]:
        """Return how many rows of the unfiltered list lie behind a window's start, and how many of them can be asked
        for."""
        ahead, behind = self.total - 1 - span.start, span.start
        rest, passed = (behind, ahead) if is_reversed else (ahead, behind)
        return rest, rest if self.reach is None else min(rest, self.reach - passed)

    def _narrower(self, span: Span, *, is_reversed: bool) -> Span | None:
        """Return what to try in the place of a window that holds too many matches; None if it has no known half."""
        rest, most = self._widths(span, is_reversed=is_reversed)
        if span.width <= most:
            return span.within(span.width)
        if most <= 0:
            return None
        return replace(span, width=most, full=None) if most < rest else span.within(rest + 1)

    def _stop(self, span: Span, *, is_reversed: bool) -> KeyValues | None:
        """Return the far end of a window; None if it reaches the end of the list."""
        if span.width > self._widths(span, is_reversed=is_reversed)[1]:
            return None
        position = span.start - span.width if is_reversed else span.start + span.width
        return self.unfiltered.at(position, 1).keys[0]

    def _scans(self, span: Span, stop: KeyValues | None, *, is_reversed: bool) -> ScanUnion:
        """Return the list's rows in a window."""
        near = self.order.rows_after(span.near, is_reversed=is_reversed)
        far = stop and self.order.rows_after(
            self.order.up_to(stop, is_reversed=not is_reversed), is_reversed=not is_reversed
        )
        sides = ["upper", "lower"] if self.order.is_descending != is_reversed else ["lower", "upper"]
        # The end of a window lies in the list, and so does a bound.
        open_sides = {side for side, end in zip(sides, (near, far), strict=True) if end is None}
        ends = [end for end in (near, far) if end is not None]
        querysets = [queryset.filter(*ends) for queryset in self.bounded(open_sides)]
        width = self._widths(span, is_reversed=is_reversed)[0] if far is None else span.width
        if width > MOST_SCANNED:
            return ScanUnion(querysets, self.order, is_collected=True)
        return ScanUnion([row_by_row(queryset) for queryset in querysets], self.order)

    def _near(self, span: Span, stop: KeyValues, *, is_empty: bool, is_reversed: bool) -> KeyBound | None:
        """Return the bound behind a window: its far end, unless rows that came meanwhile moved that before the window.
        One query if no match says that it lies behind."""
        after = self.order.rows_after(span.near, is_reversed=is_reversed)
        if is_empty and after is not None:
            row = self.order.select(self.order.model._default_manager.filter(after, pk=stop[-1])).first()
            if row != stop:
                return span.near
        return self.order.past(stop, is_reversed=is_reversed)

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


def _part_of(scans: ScanUnion, most: int, offset: int, limit: int, *, is_reversed: bool) -> Part | None:
    """Return `limit` rows of a window after the first `offset`, and how many it holds if those are fewer; None if it
    is collected and holds more than `most`. One query, rarely two."""
    if scans.is_collected:
        return scans.collected_up_to(most, offset, limit, is_reversed=is_reversed)
    keys = scans.at_offset(offset, limit, is_reversed=is_reversed)
    return Part(keys, offset + len(keys) if keys or not offset else scans.count_up_to(offset))


def within(
    make: Callable[[int], Windows | None], total: Total, look: Callable[[Windows], list[KeyValues] | None]
) -> list[KeyValues] | None:
    """Return what is found in the windows of a list with this total; None if it is short or has no windows, if they do
    not reach so far, if rankings cannot be read, or if so many rows went meanwhile that a window has no end."""
    windows = None if total.is_exact and total.count <= LEAST_WINDOWED else make(total.count)
    if windows is not None:
        windows.has_last = not total.is_collectable
    try:
        return windows and look(windows)
    except (NotReadyError, PastEndError, OffsetTooLargeError):
        return None
