"""What all parts of a walk share: site, truth, record and plan, and how a page is compared."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.walk.lists import LISTS, WalkedList
from tests.walk.plan import Plan
from tests.walk.record import Record
from tests.walk.site import Site
from tests.walk.truth import Truth


@dataclass(frozen=True)
class Walk:
    """A walk under way. `ids` holds the rows of each list as SQL gave them before the walk wrote any."""

    site: Site
    truth: Truth
    record: Record
    plan: Plan
    threads: ThreadPoolExecutor
    lists: Sequence[WalkedList] = LISTS
    ids: dict[WalkedList, list[int]] = field(default_factory=dict)

    def learn(self) -> None:
        """Ask SQL for the rows of all lists."""
        self.ids.update({walked: self.truth.ids(walked) for walked in self.lists})

    def size_of(self, walked: WalkedList, *, share: float = 1.0) -> int:
        """Return the page size of a list."""
        return self.plan.page_size(len(self.ids[walked]), share=share)

    def last_page(self, walked: WalkedList, size: int) -> int:
        """Return the number of a list's last page."""
        return max(1, -(-len(self.ids[walked]) // size))

    def at_once(self, calls: Sequence[tuple]) -> None:
        """Make calls, each a function that takes this walk and its arguments, from all threads."""

        def call(function: Callable, *arguments: object) -> None:
            function(self, *arguments)

        for future in [self.threads.submit(call, *parts) for parts in calls]:
            future.result()


def expected_page(ids: list[int], number: int, size: int) -> dict[str, Any]:
    """Return what a page of a list of these rows must say."""
    rows = ids[(number - 1) * size : number * size]
    return {
        "ids": rows,
        "total_count": len(ids),
        "total_count_kind": "exact",
        "first_position": (number - 1) * size + 1 if rows else None,
        "has_next": number * size < len(ids),
    }


def said_of(page: dict[str, Any]) -> dict[str, Any]:
    """Return the same as a page says it."""
    said = page["pagination"]
    names = ("total_count", "total_count_kind", "first_position", "has_next")
    return {"ids": [item["id"] for item in page["items"]], **{name: said[name] for name in names}}
