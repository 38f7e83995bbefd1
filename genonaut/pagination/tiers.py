"""Lists in tiers: rows that meet a first condition come before those that meet a second.

    Best match: works whose titles show a search, then those tagged so, then the others, the newest first in each.

No index keeps such an order. But each tier is a list that is read like any other, by windows of an index, and a page
is most often of the first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import ClassVar

from django.db.models import Case, IntegerField, Q, Value, When

from genonaut.pagination.keyset import KeyValues
from genonaut.pagination.plain import PlainPages
from genonaut.pagination.ways import Way
from genonaut.ranking import KeyBound


def tier_key(conditions: Sequence[Q]) -> Case:
    """Return the first key of the order: the number of a row's tier, 0 for rows that meet none of the conditions."""
    numbered = zip(range(len(conditions), 0, -1), conditions, strict=True)
    return Case(
        *(When(condition, then=Value(number)) for number, condition in numbered),
        default=Value(0),
        output_field=IntegerField(),
    )


def disjoint(conditions: Sequence[Q]) -> list[Q]:
    """Return a condition for each tier, the last for rows that meet none: a row is in the first whose it meets."""
    met = [reduce(or_, conditions[:number], Q()) for number in range(len(conditions) + 1)]
    own = [*conditions, Q()]
    return [condition & ~before if before else condition for condition, before in zip(own, met, strict=True)]


@dataclass(eq=False)
class TieredPages(PlainPages):
    """A list in tiers; see Pages. `tiers` make the pages of each, the best first; their order has no first key."""

    way: ClassVar[Way] = Way.TIERED

    tiers: Sequence[Callable[[], PlainPages]]

    def _skipping(self, offset: int, limit: int, *, is_reversed: bool = False) -> list[KeyValues]:
        keys: list[KeyValues] = []
        for number, tier in self._in_scan_order(is_reversed=is_reversed):
            found = tier._skipping(0, offset + limit - len(keys), is_reversed=is_reversed)
            keys += [(number, *key) for key in found]
            if len(keys) == offset + limit:
                break
        return keys[offset:]

    def _from_bound(self, bound: KeyBound | None, limit: int, *, is_reversed: bool) -> list[KeyValues]:
        keys: list[KeyValues] = []
        has_begun = bound is None
        for number, tier in self._in_scan_order(is_reversed=is_reversed):
            is_first = not has_begun and number == bound.keys[0]
            if not has_begun and not is_first:
                continue
            has_begun = True
            start = KeyBound(bound.keys[1:], bound.after) if is_first else None
            found = tier._from_bound(start, limit - len(keys), is_reversed=is_reversed)
            keys += [(number, *key) for key in found]
            if len(keys) == limit:
                break
        return keys

    def _in_scan_order(self, *, is_reversed: bool) -> Iterator[tuple[int, PlainPages]]:
        """Yield the numbers of tiers with their pages, in scan direction; each is made when it is reached."""
        numbered = list(zip(range(len(self.tiers) - 1, -1, -1), self.tiers, strict=True))
        rises = self.order.is_descending == is_reversed
        for number, make in reversed(numbered) if rises else numbered:
            yield number, make()
