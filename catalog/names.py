"""A list of names as its page shows it."""

from dataclasses import dataclass

from genonaut.pagination.lenient import LeftOut
from genonaut.pagination.listing import Listing


@dataclass(frozen=True)
class Names:
    """A list of names as a reader looks at it, and what its address asked for that was not understood."""

    listing: Listing
    title: str
    nouns: str  # one, many
    label: str  # of the search
    alphabetical: str  # the sort by name
    left_out: tuple[LeftOut, ...]
