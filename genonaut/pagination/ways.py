"""How the list of a request was read, for those who measure it."""

from contextvars import ContextVar
from enum import StrEnum


class Way(StrEnum):
    """The sources of a page, and what spares one."""

    RANKED = "ranked"
    ANCHORED = "anchored"
    TIERED = "tiered"
    PLAIN = "plain"
    UNCHANGED = "unchanged"


# Of the first list that was read in this context.
way: ContextVar[Way | None] = ContextVar("way", default=None)


def note(read: Way) -> None:
    """Note how a list was read. The first list of a request is the one that it is about."""
    if way.get() is None:
        way.set(read)
