"""Query strings that lead on from a list: other filters, other sorts, other pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import QueryDict

# Parameters that name a page; links put them last.
PAGE_PARAMETERS = ("page", "cursor")


class Turns(NamedTuple):
    """The pages that a page leads to, by number and by cursor; None is not known, or not there."""

    number: int | None
    next_page: int | None
    previous_page: int | None
    next_cursor: str | None
    prev_cursor: str | None


@dataclass(frozen=True, eq=False)
class ListLinks:
    """The links of a list with this query. `needed` is the filter that its sort needs, if any."""

    query: QueryDict
    needed: str | None

    def query_with(self, **changes: object) -> str:
        """Return a query string like the present one, changed; None drops a parameter.

        It leads to a first page unless it names one: page, cursor and at are never copied.
        """
        changed = {name: "" if value is None else _encoded(name, str(value)) for name, value in changes.items()}
        # One order, the page last: a page has the same address in every link to it.
        parts = sorted(
            (self._copied(changes) | changed).items(), key=lambda part: (part[0] in PAGE_PARAMETERS, part[0])
        )
        return "?" + "&".join(text for _, text in parts if text)

    def _copied(self, changes: Mapping[str, object]) -> dict[str, str]:
        """Return the encoded parameters that a changed query string keeps of the present one."""
        dropped = set()
        if self.needed in changes and changes[self.needed] is None:
            dropped.add("sort")
        if changes.keys().isdisjoint(PAGE_PARAMETERS):
            # Another list is looked at as it is now; only its pages stay as they were first seen.
            dropped.add("as_of")
        return {name: text for name, text in self._texts.items() if name not in dropped}

    def query_without(self, name: str, value: str | None = None) -> str:
        """Return a query string without a filter, or without one value of a repeatable one."""
        if value is None:
            return self.query_with(**{name: None})
        return self.query_with_all(name, [other for other in self.query.getlist(name) if other not in (value, "")])

    def query_with_all(self, name: str, values: Sequence[str]) -> str:
        """Return a query string with these values of a repeatable filter."""
        query = QueryDict(self.query_with(**{name: None})[1:], mutable=True)
        query.setlist(name, values)
        return f"?{query.urlencode()}"

    @cached_property
    def _texts(self) -> dict[str, str]:
        """The parameters that links copy from the query, encoded, by name."""
        return {
            name: urlencode([(name, value) for value in values if value != ""])
            for name, values in self.query.lists()
            if name not in (*PAGE_PARAMETERS, "at")
        }

    def relations(
        self, turns: Turns, *, pinned: str, cursor: str | None, last: Mapping[str, object] | None
    ) -> dict[str, str | None]:
        """Return the links of a page by relation.

        `pinned` is the query string of its neighbours, without a page; `cursor` is the one that led to it, if any.
        """
        is_numbered, here = cursor is None, self.query_with(page=None)
        # If the numbers next to a page are not known, or not reached, cursors go on.
        previous = turns.previous_page if is_numbered else None
        following = turns.next_page if is_numbered else None
        return {
            "self": at_page(here, {"page": turns.number} if is_numbered else {"cursor": cursor}),
            "first": at_page(here, {"page": 1}),
            "prev": _turned(pinned, previous, turns.prev_cursor),
            "next": _turned(pinned, following, turns.next_cursor),
            "last": last and at_page(pinned, last),
        }


def at_page(query: str, page: Mapping[str, object]) -> str:
    """Return a query string with a page or a cursor, put last."""
    texts = [_encoded(name, str(value)) for name, value in page.items() if value is not None]
    return "&".join([query, *texts]) if len(query) > 1 else query + "&".join(texts)


def _turned(pinned: str, number: int | None, cursor: str | None) -> str | None:
    if number is not None:
        return at_page(pinned, {"page": number})
    return None if cursor is None else at_page(pinned, {"cursor": cursor})


@lru_cache
def _encoded(name: str, value: str) -> str:
    """Return a parameter as a query string has it. One page has many links that differ in one parameter only."""
    return urlencode({name: value})
