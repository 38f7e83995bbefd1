"""System check: pages have a name for each sort of a list of works, in both orders."""

from collections.abc import Iterator

from django.core.checks import CheckMessage, Error

from content.listings import WorksListing
from genonaut.pagination.parameters import ORDERS

NO_NAME = "content.E001"


def check_sort_names(**_options: object) -> list[CheckMessage]:
    """Return an error for each list of works with a sort that its page has no name for."""
    return [message for listing in _subclasses(WorksListing) for message in _messages(listing)]


def _subclasses(listing: type[WorksListing]) -> Iterator[type[WorksListing]]:
    for subclass in listing.__subclasses__():
        yield subclass
        yield from _subclasses(subclass)


def _messages(listing: type[WorksListing]) -> list[CheckMessage]:
    return [
        Error(
            f"{listing.__name__} has no name for its sort {sort!r} in the order {order!r}.",
            hint="Add it to sort_names.",
            obj=listing,
            id=NO_NAME,
        )
        for sort in listing.sorts
        for order in ORDERS
        if (sort, order) not in listing.sort_names
    ]
