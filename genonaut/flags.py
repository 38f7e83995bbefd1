"""Switches that turn parts of the site off and on while it runs. The one module that knows django-waffle.

Every process remembers which switches are off for a few seconds and then reads all of them in one query. Caches, which
pickle, take many times as long to ask, and waffle's own asks one for each switch.

Ask once for each request, where it begins, and hand the answer down: the switch may be turned in between.
"""

import logging
import math
import time
from enum import StrEnum
from typing import NamedTuple

from django.db.models import QuerySet
from waffle.models import Switch

logger = logging.getLogger(__name__)

SECONDS = 2


class Flag(StrEnum):
    """The switches, by the names that the admin and the command line know them by."""

    RANKED_PAGES = "ranked_pages"
    CURSOR_PAGINATION = "cursor_pagination"
    JSON_FROM_DATABASE = "json_from_database"
    PREFETCHING = "prefetching"
    INFINITE_SCROLL = "infinite_scroll"
    GENERATION = "generation"
    CHANGES = "changes"


class Memory(NamedTuple):
    """The switches that are off, and until when they are taken for that (time.monotonic)."""

    off: frozenset[str]
    until: float


_memory = Memory(frozenset(), -math.inf)

# What the admin says of each.
NOTES = {
    Flag.RANKED_PAGES: (
        "Page numbers at any depth and exact totals, from the ranking. "
        "Off: page numbers reach the first rows of a list only, totals are counted or estimated."
    ),
    Flag.CURSOR_PAGINATION: (
        "Cursors in the API's answers and links. Off: links go by page number, and `cursor=` is refused with 400."
    ),
    Flag.JSON_FROM_DATABASE: (
        "The API's lists as JSON that PostgreSQL builds. Off: Django REST framework serialises the rows, slower."
    ),
    Flag.PREFETCHING: (
        "The gallery's script reads the pages that are likely next ahead of the reader. "
        "Off: pages are read when they are asked for, and prefetches are refused."
    ),
    Flag.INFINITE_SCROLL: (
        "The gallery can also be shown as one list that scrolls without end. "
        "Off: numbered pages only, at the same addresses."
    ),
    Flag.CHANGES: (
        "The site takes changes. Off: it is read only, for maintenance; this switch can still be turned. "
        "Workers and what the site does in the background go on."
    ),
    Flag.GENERATION: ("Workers take generation jobs. Off: jobs are asked for and wait; those that run are finished."),
}


def is_on(flag: Flag) -> bool:
    """Return whether a switch is on, as this process knew a few seconds ago at most; it is unless a row says off.

    No query while that is remembered, then one for all switches together.
    """
    return flag not in switched_off()


def paging() -> dict[str, bool]:
    """Return which ways of paging a listing may use, as a listing takes them."""
    off = switched_off()
    return {"allow_ranking": Flag.RANKED_PAGES not in off, "has_cursors": Flag.CURSOR_PAGINATION not in off}


def switched_off() -> frozenset[str]:
    """Return the names of the switches that are off, remembered or read."""
    memory = _memory  # once: another thread may replace it in between
    if time.monotonic() < memory.until:
        return memory.off
    off = frozenset(Switch.objects.filter(active=False).values_list("name", flat=True))
    remember(off, seconds=SECONDS)
    return off


def remember(off: frozenset[str], *, seconds: float | None) -> None:
    """Let this process take these switches for off, and all others for on, for so long; None is for good."""
    global _memory  # replaced as a whole: other threads see the old one or the new one
    _memory = Memory(off, math.inf if seconds is None else time.monotonic() + seconds)


def forget() -> None:
    """Let this process read the switches again when it is next asked."""
    remember(frozenset(), seconds=0)


def turn(flag: Flag, *, is_on: bool) -> None:
    """Turn a switch on or off: in this process at once, in all others within seconds."""
    switch, _ = Switch.objects.get_or_create(name=flag, defaults=initial(flag))
    switch.active = is_on
    switch.save()
    tell(switch)


def tell(switch: Switch) -> None:
    """Log how a switch was turned, and have this process read it again."""
    logger.warning("The switch %s is %s now.", switch.name, "on" if switch.active else "off")
    forget()


def initial(flag: Flag) -> dict[str, object]:
    """Return what a switch's row says when it is made."""
    return {"active": True, "note": NOTES[flag]}


def switches() -> QuerySet[Switch]:
    """Return the rows of the switches, the ones that nothing here reads left out."""
    return Switch.objects.filter(name__in=list(Flag)).order_by("name")
