"""Pages of long lists that no ranking counts: found from anchors, the same bounded walk at any depth."""

from dataclasses import replace

from genonaut.pagination import passes, plain, totals
from genonaut.pagination.anchors import AnchoredList, Anchors, ReplacedError, find
from genonaut.pagination.cursors import Cursor
from genonaut.pagination.errors import PageNotReadyError
from genonaut.pagination.keyset import Boundary, KeyValues, turned
from genonaut.pagination.passes import State
from genonaut.pagination.plain import PlainPages
from genonaut.pagination.slices import PastEndError, Slice
from genonaut.pagination.totals import Total, TotalKind
from genonaut.ranking import NotReadyError


class AnchoredPages:
    """A list's pages by its anchors, and by index walks as long as it has none or is small; see Pages.

    Anchors of the list's present version say exactly where a row is. By older ones pages are still made of the rows
    that are there, each next to the one before; positions are not known then, and the total is an estimate.
    """

    def __init__(self, listed: AnchoredList, plain_pages: PlainPages) -> None:
        self.listed = listed
        self.plain = plain_pages
        self.order = listed.order

    def at(self, offset: int, size: int) -> Slice:
        """Return rows after the first `offset`. Five queries. Raises PastEndError, PageNotReadyError."""
        anchors = find(self.listed) or self._first_anchors(offset)
        if anchors is None:
            return self.plain.at(offset, size)
        try:
            return self._at(anchors, offset, size)
        except ReplacedError:
            return self.at(offset, size)

    def beyond(self, cursor: Cursor, size: int) -> Slice:
        """Return rows beyond a cursor. Six or seven queries."""
        anchors = find(self.listed) or self._first_anchors()
        if anchors is None:
            return self.plain.beyond(cursor, size)
        try:
            return self._beyond(anchors, cursor, size)
        except ReplacedError:
            return self.beyond(cursor, size)

    def known_total(self) -> int | None:
        """Return the total if the list's anchors know it; have them taken if there are none. Two to five queries."""
        anchors = find(self.listed) or self._first_anchors()
        return anchors.total if anchors is not None and self._is_exact(anchors) else None

    def _first_anchors(self, offset: int = 0) -> Anchors | None:
        """Have anchors taken where the list is long; return them if they are there at once, or worth waiting for."""
        total = self.plain.total
        if total.is_exact and total.count <= totals.COUNT_BUDGET:
            return None
        is_needed = self.plain.distance(offset) >= plain.NUMBERED_REACH
        state = passes.begin(self.listed, is_needed=is_needed, is_short=total.is_collectable)
        if state is State.FAILED:
            return None
        if not is_needed:
            return find(self.listed) if state is State.UNDER_WAY else None
        anchors = passes.wait(self.listed) if state is State.UNDER_WAY else find(self.listed)
        if anchors is None and passes.begin(self.listed, is_needed=True) is not State.FAILED:
            raise PageNotReadyError
        return anchors

    def _is_exact(self, anchors: Anchors) -> bool:
        """Return whether nothing changed from before the anchors were taken until now; else have them renewed."""
        try:
            is_exact = self.listed.read_version() == anchors.version
        except NotReadyError:
            return False
        if not is_exact:
            passes.begin(self.listed, anchors)
        return is_exact

    # --- By number

    def _at(self, anchors: Anchors, offset: int, size: int) -> Slice:
        keys = self._read_at(anchors, offset, size + 1)
        if self._is_exact(anchors):
            if offset and not keys:
                raise PastEndError(anchors.total)
            total = Total(anchors.total, TotalKind.EXACT)
            return Slice(keys[:size], total, has_previous=offset > 0, has_next=len(keys) > size, first=offset)
        estimate = Total(anchors.total, TotalKind.ESTIMATE)
        if self.listed.is_index_served and offset < plain.NUMBERED_REACH:
            self.plain.total = estimate
            return self.plain.at(offset, size)
        keys = self._read_at(anchors, offset, size + 1, is_open=True)
        if offset and not keys:
            # How many rows there are now is being counted.
            raise PageNotReadyError
        has_next = len(keys) > size
        total = estimate.at_least(offset + len(keys)) if has_next else Total(offset + len(keys), TotalKind.ESTIMATE)
        return Slice(keys[:size], total, has_previous=offset > 0, has_next=has_next, is_adrift=True)

    def _read_at(self, anchors: Anchors, offset: int, limit: int, *, is_open: bool = False) -> list[KeyValues]:
        """Return keys from the nearest anchor before; `is_open` where rows may lie beyond the first and the last."""
        if offset >= anchors.total and not is_open:
            return []
        if self.order.is_descending:
            nearest = anchors.at_or_behind(anchors.total - 1 - offset)
            farthest = anchors.at_or_before(anchors.total - offset - limit)
            before = anchors.total - 1 - anchors.position(nearest)
        else:
            nearest, farthest = anchors.at_or_before(offset), anchors.at_or_behind(offset + limit - 1)
            before = anchors.position(nearest)
        start, stop = anchors.keys(nearest, farthest)
        skipped = offset - before
        if skipped >= plain.NUMBERED_REACH:
            return []
        if not is_open:
            return self._walked(start, stop, skipped, limit)
        is_end = before == 0
        keys = self._walked(None if is_end else start, stop, skipped, limit)
        # Fewer are there by now, or the list goes on behind its last anchor.
        return keys if len(keys) == limit else self._walked(None if is_end else start, None, skipped, limit)

    def _walked(self, start: KeyValues | None, stop: KeyValues | None, skipped: int, limit: int) -> list[KeyValues]:
        low, high = (stop, start) if self.order.is_descending else (start, stop)
        return self.listed.between(low, high).at_offset(skipped, limit)

    # --- By cursor

    def _beyond(self, anchors: Anchors, cursor: Cursor, size: int) -> Slice:
        span = self._span(anchors, cursor, size + 1)
        start, stop = anchors.keys(*span)
        keys = self._read_beyond(cursor, size + 1, start, stop)
        if not self._is_exact(anchors):
            return self._estimated(anchors, cursor, size, *((None, stop) if self._is_rising(cursor) else (start, None)))
        keys = keys[:size]
        if cursor.is_backward:
            keys.reverse()
        first = self._first(anchors, keys, span[0], start) if keys else 0 if cursor.is_backward else anchors.total
        return Slice(
            keys,
            Total(anchors.total, TotalKind.EXACT),
            has_previous=first > 0,
            has_next=first + len(keys) < anchors.total,
            first=first,
            empty_at=turned(cursor.boundary),
        )

    def _is_rising(self, cursor: Cursor) -> bool:
        """Return whether a cursor reads towards larger keys."""
        return self.order.is_descending == cursor.is_backward

    def _span(self, anchors: Anchors, cursor: Cursor, limit: int) -> tuple[int, int]:
        """Return two anchors, the lower first, between which the rows beyond a cursor lie. One query at most."""
        values, hops = cursor.boundary.values, -(-limit // anchors.spacing)
        if self._is_rising(cursor):
            passed = 0 if values is None else anchors.count_up_to(values)
            return max(passed - 1, 0), min(passed + hops, anchors.count - 1)
        passed = anchors.count if values is None else anchors.count_up_to(values)
        # The last anchor may be next to the one before.
        return max(min(passed, anchors.count - 1) - 1 - hops, 0), min(passed, anchors.count - 1)

    def _read_beyond(
        self, cursor: Cursor, limit: int, start: KeyValues | None, stop: KeyValues | None
    ) -> list[KeyValues]:
        runs = self.listed.between(start, stop)
        return runs.from_boundary(cursor.boundary, limit, is_reversed=cursor.is_backward)

    def _first(self, anchors: Anchors, keys: list[KeyValues], number: int, start: KeyValues) -> int:
        """Return how many rows come before a page's first, counted from an anchor below it. One query."""
        lowest = keys[-1] if self.order.is_descending else keys[0]
        between = self.listed.between(start, lowest, is_stop_outside=True)
        # No more than that lie between; without a limit PostgreSQL might collect them all.
        limit = len(keys) + 3 * anchors.spacing
        before = anchors.position(number) + between.count_up_to(limit)
        return anchors.total - before - len(keys) if self.order.is_descending else before

    def _estimated(
        self, anchors: Anchors, cursor: Cursor, size: int, start: KeyValues | None, stop: KeyValues | None
    ) -> Slice:
        """Return rows beyond a cursor, whatever has changed since the anchors were taken; `start` or `stop` is where
        there should be enough of them."""
        keys = self._read_beyond(cursor, size + 1, start, stop)
        if len(keys) <= size:
            keys = self._read_beyond(cursor, size + 1, None, None)
        goes_on = len(keys) > size
        keys = keys[:size]
        back = replace(cursor, boundary=Boundary(keys[0]) if keys else turned(cursor.boundary))
        back = replace(back, is_backward=not cursor.is_backward)
        comes_from = bool(back.boundary.values and self._read_beyond(back, 1, None, None))
        if cursor.is_backward:
            keys.reverse()
            goes_on, comes_from = comes_from, goes_on
        total = Total(anchors.total, TotalKind.ESTIMATE).at_least(len(keys) + goes_on + comes_from)
        return Slice(keys, total, has_previous=comes_from, has_next=goes_on, empty_at=back.boundary)
