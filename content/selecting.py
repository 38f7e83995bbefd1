"""What a list hands to the page where works are selected: a query of the gallery that finds exactly its works."""

from typing import NamedTuple

from django.http import QueryDict

from content.listings import ContentListing, WorksListing
from genonaut.pagination.page import Page

# What the page keeps beside the filters, in the order of links: the same works lie on the same page.
KEPT = ("order", "page_size", "sort", "as_of")


class Selectable(NamedTuple):
    """The query string of all works of a list, and that of the page that is shown, with its question mark."""

    query: str
    page: str


def selectable_of(listing: ContentListing | WorksListing, page: Page) -> Selectable | None:
    """Return the query strings of a list; None if no query of the gallery finds its works, as those of an album."""
    if not listing.is_in_gallery:
        return None
    works = QueryDict(mutable=True)
    for name in listing.active_filters:
        value = listing.fixed.get(name) or listing.query.getlist(name)
        works.setlist(name, [value] if isinstance(value, str) else list(value))
    shown = works.copy()
    for name in KEPT:
        if name in listing.query and (name != "as_of" or page.number):
            shown[name] = listing.query[name]
    if page.number:
        shown["page"] = str(page.number)
    return Selectable(works.urlencode(), f"?{shown.urlencode()}")
