"""Pages of long lists that no ranking counts: found from anchors, the same bounded scan at any depth."""

from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn

from genonaut.pagination import plain, totals
from genonaut.pagination.anchors import scheduler
from genonaut.pagination.anchors.anchored_list import AnchoredList
from genonaut.pagination.anchors.reader import AnchorReader
from genonaut.pagination.anchors.scheduler import State
from genonaut.pagination.anchors.store import Anchors, ReplacedError, find
from genonaut.pagination.cursors import Cursor
from genonaut.pagination.errors import PageNotReadyError
from genonaut.pagination.key_pages import KeyPage, PastEndError
from genonaut.pagination.keyset import KeyValues
from genonaut.pagination.plain import PlainPages
from genonaut.pagination.totals import Total, TotalKind
from genonaut.pagination.ways import Way, note
from genonaut.ranking import NotReadyError


class AnchoredPages:
    """A list's pages by its anchors, and by index scans as long as it has none or is small; see Pages.

    Anchors of the list's present version say exactly where a row is. By older ones pages are still made of the rows
    that are there, each next to the one before; positions are not known then, and the total is an estimate.
    """

    def __init__(
        self,
        listed: AnchoredList,
        plain_pages: PlainPages,
        ranked_total: Callable[[], Total | None] = lambda: None,
    ) -> None:
        """`ranked_total` returns the total if a ranking counts the same rows in another sort."""
        self.listed = listed
        self.plain = plain_pages
        self.ranked_total = ranked_total

    def at(self, offset: int, size: int) -> KeyPage:
        """Return rows after the first `offset`. Five queries. Raises PastEndError, PageNotReadyError."""
        anchors = find(self.listed) or self._first_anchors(offset)
        if anchors is None:
            return self.plain.at(offset, size)
        note(Way.ANCHORED)
        try:
            return self._at(anchors, offset, size)
        except ReplacedError:
            return self.at(offset, size)

    def after_cursor(self, cursor: Cursor, size: int) -> KeyPage:
        """Return rows after a cursor. Six or seven queries."""
        anchors = find(self.listed) or self._first_anchors()
        if anchors is None:
            return self.plain.after_cursor(cursor, size)
        note(Way.ANCHORED)
        try:
            return self._after_cursor(anchors, cursor, size)
        except ReplacedError:
            return self.after_cursor(cursor, size)

    def known_total(self) -> int | None:
        """Return the total if the list's anchors know it; have them built if there are none. Two to five queries."""
        anchors = find(self.listed) or self._first_anchors()
        return anchors.total if anchors is not None and self._is_exact(anchors) else None

    def _first_anchors(self, offset: int = 0) -> Anchors | None:
        """Have anchors built where the list is long; return them if they are there at once, or worth waiting for."""
        total = self.plain.total
        if total.is_exact and total.count <= totals.COUNT_BUDGET:
            return None
        is_needed = self.plain.distance(offset) >= plain.MAX_OFFSET
        state = scheduler.SCHEDULER.begin(self.listed, is_needed=is_needed, is_short=total.is_collectable)
        if state is State.FAILED:
            return None
        if not is_needed:
            return find(self.listed) if state is State.UNDER_WAY else None
        anchors = scheduler.SCHEDULER.wait(self.listed) if state is State.UNDER_WAY else find(self.listed)
        if anchors is None and scheduler.SCHEDULER.begin(self.listed, is_needed=True) is not State.FAILED:
            raise PageNotReadyError
        return anchors

    def _is_exact(self, anchors: Anchors) -> bool:
        """Return whether nothing changed from before the anchors were built until now; else have them renewed."""
        try:
            is_exact = self.listed.read_version() == anchors.version
        except NotReadyError:
            return False
        if not is_exact:
            scheduler.SCHEDULER.begin(self.listed, anchors)
        return is_exact

    # --- By number

    def _at(self, anchors: Anchors, offset: int, size: int) -> KeyPage:
        reader = AnchorReader(anchors)
        keys = reader.at(offset, size + 1)
        if self._is_exact(anchors):
            if offset and not keys:
                raise PastEndError(anchors.total)
            total = Total(anchors.total, TotalKind.EXACT)
            return KeyPage(keys[:size], total, has_previous=offset > 0, has_next=len(keys) > size, first=offset)
        estimate = self.ranked_total() or Total(anchors.total, TotalKind.ESTIMATE)
        if self.listed.is_index_served and offset < plain.MAX_OFFSET:
            return replace(self.plain, known_total=lambda: estimate).at(offset, size)
        keys = reader.at(offset, size + 1, is_open=True)
        if offset and not keys:
            self._end_before(reader, offset)
        has_next = len(keys) > size
        total = estimate.at_least(offset + len(keys)) if has_next else Total(offset + len(keys), TotalKind.ESTIMATE)
        return KeyPage(keys[:size], total, has_previous=offset > 0, has_next=has_next, is_renumbered=True)

    @staticmethod
    def _end_before(reader: AnchorReader, offset: int) -> NoReturn:
        """Say where a list ends that has no row at an offset, by the rows from the nearest anchor on. Raises
        PastEndError; PageNotReadyError if so many have come there that only newer anchors reach the end."""
        rows = reader.end_before(offset)
        if rows is None:
            raise PageNotReadyError
        raise PastEndError(rows)

    # --- By cursor

    def _after_cursor(self, anchors: Anchors, cursor: Cursor, size: int) -> KeyPage:
        reader = AnchorReader(anchors)
        span = reader.span(cursor, size + 1)
        start, stop = anchors.keys(*span)
        keys = reader.after_cursor(cursor, size + 1, start, stop)
        if not self._is_exact(anchors):
            return _estimated(reader, cursor, size, *((None, stop) if reader.is_rising(cursor) else (start, None)))
        keys = keys[:size]
        if cursor.is_backward:
            keys.reverse()
        first = reader.count_before(keys, span[0], start) if keys else 0 if cursor.is_backward else anchors.total
        return KeyPage(
            keys,
            Total(anchors.total, TotalKind.EXACT),
            has_previous=first > 0,
            has_next=first + len(keys) < anchors.total,
            first=first,
            empty_at=cursor.bound,
        )


def _estimated(
    reader: AnchorReader, cursor: Cursor, size: int, start: KeyValues | None, stop: KeyValues | None
) -> KeyPage:
    """Return rows after a cursor, whatever has changed since the anchors were built; `start` or `stop` is where
    there should be enough of them."""
    keys = reader.after_cursor(cursor, size + 1, start, stop)
    if len(keys) <= size:
        keys = reader.after_cursor(cursor, size + 1, None, None)
    goes_on = len(keys) > size
    keys = keys[:size]
    is_backward = not cursor.is_backward
    order = reader.anchors.listed.order
    back = Cursor(order.past(keys[0], is_reversed=is_backward) if keys else cursor.bound, is_backward)
    comes_from = back.bound is not None and bool(reader.after_cursor(back, 1, None, None))
    if cursor.is_backward:
        keys.reverse()
        goes_on, comes_from = comes_from, goes_on
    total = Total(reader.anchors.total, TotalKind.ESTIMATE).at_least(len(keys) + goes_on + comes_from)
    return KeyPage(keys, total, has_previous=comes_from, has_next=goes_on, empty_at=back.bound)
