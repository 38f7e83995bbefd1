"""What the pages of tags and creators say of their list: the links that change its sort."""

from typing import NamedTuple

from django import template

from catalog.names import Names

register = template.Library()


class Choice(NamedTuple):
    """A link that changes the sort."""

    label: str
    query: str
    is_current: bool


@register.simple_tag
def name_sorts(names: Names) -> list[Choice]:
    """Return a link for each sort; the default one is left out of its address."""
    listing = names.listing
    most, alphabetical = ("works", "desc"), (names.alphabetical, "asc")
    current = (listing.sort, listing.order)
    return [
        Choice("Most works", listing.query_with(sort=None, order=None), current == most),
        Choice("A to Z", listing.query_with(sort=names.alphabetical, order="asc"), current == alphabetical),
    ]
