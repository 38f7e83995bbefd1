"""Pages by index scans: what needs no ranking. Page numbers cost their depth here, so they end at MAX_OFFSET."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from django.db.models import QuerySet

from genonaut.pagination.cursors import Cursor
from genonaut.pagination.key_pages import KeyPage, OffsetTooLargeError, PastEndError
from genonaut.pagination.keyset import KeyValues, Order
from genonaut.pagination.scan_union import ScanUnion
from genonaut.pagination.totals import COUNT_BUDGET, Total, TotalKind, total_of
from genonaut.pagination.ways import Way, note
from genonaut.pagination.windows import Windows, within
from genonaut.ranking import KeyBound

# An offset of 100,000 index entries costs some 15 ms; 4 million cost half a second.
MAX_OFFSET = 100_000


@dataclass(eq=False)
class PlainPages:
    """A list as index scans; see Pages.

    `count_order` is the order along which it is counted, where that is another than it is shown in.
    """

    way: ClassVar[Way] = Way.PLAIN

    querysets: Sequence[QuerySet]
    order: Order
    count_order: Order | None
    is_index_served: bool
    has_leading_index: bool
    # Makes the windows of a list of so many rows; None if it has none.
    windows: Callable[[int], Windows | None]
    # The total, if it is known without counting the rows here.
    known_total: Callable[[], Total | None]

    @cached_property
    def total(self) -> Total:
        """How many rows the whole list has, wherever the page is."""
        known = self.known_total()
        if known is not None:
            return known
        if self.count_order is not None:
            return total_of(ScanUnion(self.querysets, self.count_order))
        return total_of(ScanUnion(self.querysets, self.order, is_collected=not self.has_leading_index))

    @cached_property
    def scans(self) -> ScanUnion:
        """The scans to read pages from: what no index keeps in order is collected and sorted, if not too much."""
        if self.has_leading_index:
            is_collected = not self.is_index_served and self.total.is_exact and self.total.count <= COUNT_BUDGET
        else:
            is_collected = self.total.is_collectable
        return ScanUnion(self.querysets, self.order, is_collected=is_collected)

    def distance(self, offset: int) -> int:
        """Return how far a row lies from the nearer end of the list, as far as the ends are known."""
        return min(offset, max(self.total.count - offset, 0)) if self.total.is_exact else offset

    def at(self, offset: int, size: int) -> KeyPage:
        """Return rows after the first `offset`. Raises PastEndError and OffsetTooLargeError. Two to four queries."""
        note(self.way)
        if offset and self.total.is_exact and offset >= self.total.count:
            raise PastEndError(self.total.count)
        if self.distance(offset) >= MAX_OFFSET:
            raise OffsetTooLargeError(MAX_OFFSET)
        keys = self._at_offset(offset, size + 1)
        if not keys and offset:
            raise PastEndError(self.scans.count_up_to(MAX_OFFSET))
        has_next = len(keys) > size
        reached = offset + len(keys)
        total = self.total.at_least(reached) if has_next else Total(reached, TotalKind.EXACT)
        # Near the end of a list whose end is known, all numbers that follow are reached.
        max_offset = None if self.total.is_exact and self.distance(offset + size) < MAX_OFFSET else MAX_OFFSET
        return KeyPage(keys[:size], total, has_previous=offset > 0, has_next=has_next, max_offset=max_offset)

    def after_cursor(self, cursor: Cursor, size: int) -> KeyPage:
        """Return rows after a cursor. Three to five queries."""
        note(self.way)
        keys = self._from_bound(cursor.bound, size + 1, is_reversed=cursor.is_backward)
        goes_on = len(keys) > size
        keys = keys[:size]
        back = self._back(keys, cursor)
        comes_from = back is not None and bool(self._from_bound(back, 1, is_reversed=not cursor.is_backward))
        if cursor.is_backward:
            keys.reverse()
            goes_on, comes_from = comes_from, goes_on
        total = self.total.at_least(len(keys) + goes_on + comes_from)
        return KeyPage(keys, total, has_previous=comes_from, has_next=goes_on, empty_at=back, max_offset=MAX_OFFSET)

    def _at_offset(self, offset: int, limit: int) -> list[KeyValues]:
        """Return the keys of `limit` rows after the first `offset`, read from the nearer end."""
        if not self.total.is_exact or offset <= self.total.count // 2:
            return self._skipping(offset, limit)
        limit = min(limit, self.total.count - offset)
        keys = self._skipping(self.total.count - offset - limit, limit, is_reversed=True)
        return keys[::-1]

    def _skipping(self, offset: int, limit: int, *, is_reversed: bool = False) -> list[KeyValues]:
        """Return the keys of `limit` rows after the first `offset` in scan direction."""
        found = self._within_windows(lambda windows: windows.at_offset(offset, limit, is_reversed=is_reversed))
        return self.scans.at_offset(offset, limit, is_reversed=is_reversed) if found is None else found

    def _from_bound(self, bound: KeyBound | None, limit: int, *, is_reversed: bool) -> list[KeyValues]:
        """Return the keys of the first `limit` rows after a bound, in scan direction."""
        found = self._within_windows(lambda windows: windows.from_bound(bound, limit, is_reversed=is_reversed))
        return self.scans.from_bound(bound, limit, is_reversed=is_reversed) if found is None else found

    def _within_windows(self, look: Callable[[Windows], list[KeyValues] | None]) -> list[KeyValues] | None:
        """Return what is found in windows of the sort's index; None if it is better read otherwise."""
        return None if self.has_leading_index else within(self.windows, self.total, look)

    def _back(self, keys: list[KeyValues], cursor: Cursor) -> KeyBound | None:
        """Return the bound to read back from: at the row nearest to the cursor, else the cursor's own."""
        return self.order.past(keys[0], is_reversed=not cursor.is_backward) if keys else cursor.bound
