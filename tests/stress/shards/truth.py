"""What COUNT and ORDER BY say of a list over all servers, in the snapshots that its pages were read in."""

from tests.stress.shards.aliases import Servers
from tests.stress.shards.lists import GalleryList
from tests.stress.shards.narrowing import KeyValues
from tests.stress.shards.reading import Page


def all_keys(servers: Servers, listed: GalleryList) -> list[KeyValues]:
    """Return the keys of all rows of all servers, in the list's order."""
    parts = servers.each(lambda _number: list(listed.order.select(listed.visible)))
    return sorted((key for part in parts for key in part), reverse=listed.order.is_descending)


def total(servers: Servers, listed: GalleryList) -> int:
    """Return how many rows there are."""
    return sum(servers.each(lambda _number: listed.visible.count()))


def rows_before(servers: Servers, listed: GalleryList, key: KeyValues) -> int:
    """Return how many rows come before a key in reading direction."""
    order = listed.order
    before = order.rows_after(order.past(key, is_reversed=True), is_reversed=True)
    return sum(servers.each(lambda _number: listed.visible.filter(before).count()))


def rows_from(servers: Servers, listed: GalleryList, key: KeyValues, limit: int) -> list[KeyValues]:
    """Return the first rows from a key on, in reading direction."""
    order = listed.order
    on = order.rows_after(order.up_to(key))
    parts = servers.each(lambda _number: list(order.select(listed.visible.filter(on))[:limit]))
    return sorted((row for part in parts for row in part), reverse=order.is_descending)[:limit]


def faults(servers: Servers, listed: GalleryList, page: Page, rank: int, limit: int) -> list[str]:
    """Return what is wrong with the page from a rank on, in words; of this snapshot."""
    found = []
    if page.total != (counted := total(servers, listed)):
        found.append(f"{listed}: total {page.total}, counted {counted}")
    if len(page.keys) != min(limit, max(counted - rank, 0)):
        found.append(f"{listed}: {len(page.keys)} rows from rank {rank} of {counted}")
    if page.keys:
        if (before := rows_before(servers, listed, page.keys[0])) != rank:
            found.append(f"{listed}: rank {rank}, counted {before}")
        if list(page.keys) != rows_from(servers, listed, page.keys[0], len(page.keys)):
            found.append(f"{listed}: other rows from rank {rank} on")
    return found
