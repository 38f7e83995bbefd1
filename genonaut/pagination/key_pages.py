"""The rows that a source gives of a list: the sources are ranked.py, anchors/pages.py, tiers.py and plain.py."""

from datetime import datetime
from typing import NamedTuple, Protocol

from genonaut.pagination.cursors import Cursor
from genonaut.pagination.keyset import KeyValues
from genonaut.pagination.totals import Total
from genonaut.ranking import KeyBound


class KeyPage(NamedTuple):
    """Some neighbouring rows of a list, in its order, by their keys."""

    keys: list[KeyValues]
    total: Total
    has_previous: bool
    has_next: bool
    # How many rows come before the first key; None where that is not known.
    first: int | None = None
    # Where to turn back from a page without rows.
    empty_at: KeyBound | None = None
    # The time that the list is shown as of, and how many rows came since; None where pages cannot be pinned to one.
    as_of: datetime | None = None
    new_count: int | None = None
    # How many rows page numbers reach; None is all.
    max_offset: int | None = None
    # What is shown of each row, empty of one that is hidden; None where that was not read along.
    items: list[str] | None = None
    # The version of the list's rows in the same snapshot; None if it has none.
    version: str | None = None
    # Whether the pages of the numbers next to its own may begin elsewhere than it ends: only cursors go on from it.
    is_renumbered: bool = False


class Pages(Protocol):
    """A source of a list's rows."""

    def at(self, offset: int, size: int) -> KeyPage:
        """Return up to `size` rows after the first `offset`. Raises PastEndError where there are no more than that."""

    def after_cursor(self, cursor: Cursor, size: int) -> KeyPage:
        """Return up to `size` rows after a cursor, in its direction."""


class PastEndError(Exception):
    """There is no row so far down; `rows` is how many there are."""

    def __init__(self, rows: int) -> None:
        super().__init__(rows)
        self.rows = rows


class OffsetTooLargeError(Exception):
    """Page numbers do not reach so far down; `max_offset` is how many rows they do reach."""

    def __init__(self, max_offset: int) -> None:
        super().__init__(max_offset)
        self.max_offset = max_offset
