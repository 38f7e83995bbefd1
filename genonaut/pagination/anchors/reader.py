"""The keys of a list's rows, read from its anchors."""

from dataclasses import dataclass

from genonaut.pagination import plain
from genonaut.pagination.anchors.store import Anchors
from genonaut.pagination.cursors import Cursor
from genonaut.pagination.keyset import KeyValues


@dataclass(frozen=True)
class AnchorReader:
    """Reads keys by scans from the nearest anchor, which are bounded at any depth. Raises ReplacedError."""

    anchors: Anchors

    def at(self, offset: int, limit: int, *, is_open: bool = False) -> list[KeyValues]:
        """Return keys from the nearest anchor before; `is_open` where rows may lie beyond the first and the last."""
        if offset >= self.anchors.total and not is_open:
            return []
        nearest, before = self._nearest(offset)
        if self.anchors.listed.order.is_descending:
            farthest = self.anchors.at_or_before(self.anchors.total - offset - limit)
        else:
            farthest = self.anchors.at_or_behind(offset + limit - 1)
        start, stop = self.anchors.keys(nearest, farthest)
        skipped = offset - before
        if skipped >= plain.MAX_OFFSET:
            return []
        if not is_open:
            return self._scanned(start, stop, skipped, limit)
        is_end = before == 0
        keys = self._scanned(None if is_end else start, stop, skipped, limit)
        # Fewer are there by now, or the list goes on behind its last anchor.
        return keys if len(keys) == limit else self._scanned(None if is_end else start, None, skipped, limit)

    def end_before(self, offset: int) -> int | None:
        """Return how many rows come before the end of a list that has none at an offset, as its anchors count them;
        None if too many lie behind the last anchor. Two queries."""
        nearest, before = self._nearest(offset)
        start = None if before == 0 else self.anchors.keys(nearest)[0]
        low, high = (None, start) if self.anchors.listed.order.is_descending else (start, None)
        limit = min(offset - before, plain.MAX_OFFSET)
        rows = self.anchors.listed.between(low, high).count_up_to(limit)
        return None if rows == plain.MAX_OFFSET else before + rows

    def _nearest(self, offset: int) -> tuple[int, int]:
        """Return the nearest anchor before an offset, and how many rows come before it in reading direction."""
        if self.anchors.listed.order.is_descending:
            nearest = self.anchors.at_or_behind(self.anchors.total - 1 - offset)
            return nearest, self.anchors.total - 1 - self.anchors.position(nearest)
        nearest = self.anchors.at_or_before(offset)
        return nearest, self.anchors.position(nearest)

    def _scanned(self, start: KeyValues | None, stop: KeyValues | None, skipped: int, limit: int) -> list[KeyValues]:
        low, high = (stop, start) if self.anchors.listed.order.is_descending else (start, stop)
        return self.anchors.listed.between(low, high).at_offset(skipped, limit)

    # --- By cursor

    def is_rising(self, cursor: Cursor) -> bool:
        """Return whether a cursor reads towards larger keys."""
        return cursor.is_rising(is_descending=self.anchors.listed.order.is_descending)

    def span(self, cursor: Cursor, limit: int) -> tuple[int, int]:
        """Return two anchors, the lower first, between which the rows after a cursor lie. One query at most."""
        values, hops = cursor.bound and cursor.bound.keys, -(-limit // self.anchors.spacing)
        if self.is_rising(cursor):
            passed = 0 if values is None else self.anchors.count_up_to(values)
            return max(passed - 1, 0), min(passed + hops, self.anchors.count - 1)
        passed = self.anchors.count if values is None else self.anchors.count_up_to(values)
        # The last anchor may be next to the one before.
        return max(min(passed, self.anchors.count - 1) - 1 - hops, 0), min(passed, self.anchors.count - 1)

    def after_cursor(
        self, cursor: Cursor, limit: int, start: KeyValues | None, stop: KeyValues | None
    ) -> list[KeyValues]:
        """Return the keys of rows after a cursor, between two rows; None is the end of the list. One query."""
        scans = self.anchors.listed.between(start, stop)
        return scans.from_bound(cursor.bound, limit, is_reversed=cursor.is_backward)

    def count_before(self, keys: list[KeyValues], number: int, start: KeyValues) -> int:
        """Return how many rows come before a page's first, counted from an anchor below it. One query."""
        lowest = keys[-1] if self.anchors.listed.order.is_descending else keys[0]
        between = self.anchors.listed.between(start, lowest, is_stop_outside=True)
        # No more than that lie between; without a limit PostgreSQL might collect them all.
        limit = len(keys) + 3 * self.anchors.spacing
        before = self.anchors.position(number) + between.count_up_to(limit)
        return self.anchors.total - before - len(keys) if self.anchors.listed.order.is_descending else before
