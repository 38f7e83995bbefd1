"""One page of a list: its rows, where it stands and how to go on. Holds what the API, the pages and the admin show."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from genonaut.pagination.totals import Total


class PageNumber(NamedTuple):
    """One entry of a numbered control."""

    number: int
    url: str
    is_current: bool


@dataclass(frozen=True)
class Page:
    """One page. `number` and its neighbours are None where it was reached by cursor in a list without ranks.

    `links` are relative query strings by relation (self, first, prev, next, last), None where there is none.
    """

    items: Sequence[Any]
    total: Total
    page_size: int
    number: int | None
    is_numbered: bool  # asked for by number, not by cursor
    total_pages: int | None
    has_next: bool
    has_previous: bool
    next_page: int | None
    previous_page: int | None
    next_cursor: str | None
    prev_cursor: str | None
    links: dict[str, str | None]
    # Gives the address of a page of the same list by its number.
    address_of: Callable[[int | str], str]
    # The version of the list in the snapshot that the page was read in; None if the list has none (versions.py).
    version: str | None
    # Filled where the list is ranked.
    first_position: int | None = None
    last_position: int | None = None
    as_of: str | None = None
    new_count: int | None = None

    @cached_property
    def numbers(self) -> list[PageNumber | None]:
        """The entries of a numbered control, None for a gap. Made when asked for: most pages show none."""
        if self.number is None:
            return []
        last = self.total_pages or self.next_page or self.number
        return [
            number and PageNumber(number, self.address_of(number), number == self.number)
            for number in numbers_around(self.number, max(last, 1))
        ]

    def as_dict(self) -> dict[str, Any]:
        """Return the contract's `pagination` object."""
        return {
            "page": self.number,
            "page_size": self.page_size,
            "total_count": self.total.count,
            "total_count_kind": self.total.kind.value,
            "total_pages": self.total_pages,
            "has_next": self.has_next,
            "has_more": self.has_next,
            "has_previous": self.has_previous,
            "next_page": self.next_page,
            "previous_page": self.previous_page,
            "next_cursor": self.next_cursor,
            "prev_cursor": self.prev_cursor,
            "first_position": self.first_position,
            "last_position": self.last_position,
            "as_of": self.as_of,
            "new_count": self.new_count,
        }


def numbers_around(current: int, last: int) -> list[int | None]:
    """Return the page numbers that a control shows: first, last and two around the current; None marks a gap."""
    shown = sorted({1, last, *range(max(1, current - 2), min(last, current + 2) + 1)})
    numbers: list[int | None] = []
    for number in shown:
        previous = numbers[-1] if numbers else None
        if previous is not None and number == previous + 2:
            numbers.append(previous + 1)
        elif previous is not None and number > previous + 2:
            numbers.append(None)
        numbers.append(number)
    return numbers
