"""A page from the rows that a source gave of a list: its numbers, cursors and links."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from genonaut.pagination.cursors import Cursor
from genonaut.pagination.key_pages import KeyPage
from genonaut.pagination.links import ListLinks, Turns, at_page
from genonaut.pagination.list_query import ListQuery
from genonaut.pagination.page import Page
from genonaut.ranking import KeyBound


def page_of(part: KeyPage, items: Sequence[Any], *, list_query: ListQuery, links: ListLinks) -> Page:
    """Return the page of some rows, of which `items` are shown."""
    size, cursor = list_query.parameters.page_size, list_query.parameters.cursor
    turns = _turns(part, list_query)
    total_pages = pages_of(part.total.count, size) if part.total.is_exact else None
    as_of = part.as_of and _as_text(part.as_of)
    # The query string of the same rows, whatever comes in the meantime; a page of them is to follow.
    pinned = links.query_with(page=None, **({"as_of": as_of} if as_of else {}))
    last = _last(total_pages if cursor is None else None, list_query)
    first, behind = (None, None) if part.first is None or not part.keys else (part.first, part.first + len(part.keys))
    return Page(
        items=items,
        total=part.total,
        page_size=size,
        number=turns.number,
        is_numbered=cursor is None,
        total_pages=total_pages,
        has_next=part.has_next,
        has_previous=part.has_previous,
        next_page=turns.next_page,
        previous_page=turns.previous_page,
        next_cursor=turns.next_cursor,
        prev_cursor=turns.prev_cursor,
        links=links.relations(turns, pinned=pinned, cursor=cursor, last=last),
        address_of=lambda number: at_page(pinned, {"page": number}),
        version=list_query.version(part.version),
        first_position=None if first is None else first + 1,
        last_position=behind,
        as_of=as_of,
        new_count=part.new_count,
    )


def pages_of(rows: int, size: int) -> int:
    """Return how many pages so many rows take; an empty list has one page."""
    return max(1, -(-rows // size))


def _turns(part: KeyPage, list_query: ListQuery) -> Turns:
    size = list_query.parameters.page_size
    number = list_query.parameters.page if part.first is None else part.first // size + 1
    next_page, previous_page = _neighbours(part, number, size, has_cursors=list_query.has_cursors)
    next_cursor, prev_cursor = _cursors(part, list_query) if list_query.has_cursors else (None, None)
    return Turns(number, next_page, previous_page, next_cursor, prev_cursor)


def _neighbours(part: KeyPage, number: int | None, size: int, *, has_cursors: bool) -> tuple[int | None, int | None]:
    """Return the numbers of the next and the previous page, None if they are not known, not there or not reached."""
    if number is None or (part.is_renumbered and has_cursors):
        return None, None
    is_last = part.max_offset is not None and number * size >= part.max_offset
    following = number + 1 if part.has_next and not is_last else None
    return following, number - 1 if part.has_previous and number > 1 else None


def _cursors(part: KeyPage, list_query: ListQuery) -> tuple[str | None, str | None]:
    """Return the cursors of the next and the previous page, None if there is none."""
    low = high = part.empty_at
    if part.keys:
        is_descending = list_query.is_descending
        low, high = KeyBound(part.keys[0], after=is_descending), KeyBound(part.keys[-1], after=not is_descending)
    following = list_query.encode(Cursor(high)) if part.has_next else None
    return following, list_query.encode(Cursor(low, is_backward=True)) if part.has_previous else None


def _last(total_pages: int | None, list_query: ListQuery) -> dict[str, object] | None:
    """Return the last page, by number if there is one, else by a cursor from the end."""
    if total_pages is not None:
        return {"page": total_pages}
    return {"cursor": list_query.encode(Cursor(None, is_backward=True))} if list_query.has_cursors else None


def _as_text(time: datetime) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
