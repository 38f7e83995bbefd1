"""A list of works as a reader looks at it: in numbered pages or as one that scrolls, and where its fragments are."""

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse

from content.card_rows import read_works
from content.listings import ContentListing
from genonaut import flags
from genonaut.http import queries
from genonaut.pagination.lenient import PAGE_PARAMETERS, LeftOut, own_query, read_leniently
from users.models import User
from users.preferences import chosen_picture, list_defaults

PARAMETER = "view"


class Layout(StrEnum):
    """How the pages of a list are shown. Without script both are numbered pages."""

    NUMBERS = "numbers"
    SCROLL = "scroll"


# What links keep beside the list's own parameters, and the values that each may have.
CARRIED = {PARAMETER: tuple(Layout)}


@dataclass(frozen=True)
class Gallery:
    """One list and how it is shown. The addresses lack their query string: each page's is that of its links."""

    listing: ContentListing
    layout: Layout
    may_scroll: bool
    may_prefetch: bool
    # The page itself, the same works as a fragment, and the list with its toolbar as one.
    address: str
    works_address: str
    list_address: str
    person: User | None = None
    # What the address asked for and the list does not understand.
    left_out: tuple[LeftOut, ...] = ()

    @property
    def kept_by_search(self) -> list[tuple[str, str]]:
        """The parameters, with their values, that a new search leaves in force: filters, sort and layout."""
        return [
            (name, value)
            for name, values in self.listing.query.lists()
            if name not in PAGE_PARAMETERS and name != "q"
            for value in values
        ]

    @property
    def variant(self) -> str:
        """What answers at one address differ in."""
        picture = chosen_picture(self.person)
        return f"{self.may_scroll} {self.may_prefetch} {self.left_out} {picture}"


def gallery_of(request: HttpRequest, *, username: str | None = None) -> Gallery:
    """Return the gallery that a request asks for, of everybody's works or one person's.

    The request keeps the parameters that were understood. Raises InvalidParametersError, and Http404 if the viewer sees
    no such person.
    """
    queries.keep(request, preferred(own_query(ContentListing, request.GET, CARRIED), request.user))
    names, arguments, fixed, person = ("gallery", "works", "list"), [], None, None
    if username is not None:
        person = get_object_or_404(User.objects.visible_to(request.user), username=username)
        names, arguments = ("profile", "profile_works", "profile_list"), [person.username]
        fixed = {"creator": str(person.pk)}
    listing, left_out = read_leniently(
        ContentListing, request.user, request.GET, fixed=fixed, carried=CARRIED, read=read_works, **flags.paging()
    )
    queries.keep(request, listing.query)
    layout = listing.query.get(PARAMETER, Layout.NUMBERS)
    may_scroll = flags.is_on(flags.Flag.INFINITE_SCROLL)
    addresses = [reverse(f"content:{name}", args=arguments) for name in names]
    return Gallery(
        listing,
        Layout(layout) if may_scroll else Layout.NUMBERS,
        may_scroll,
        flags.is_on(flags.Flag.PREFETCHING),
        *addresses,
        person=person,
        left_out=tuple(left_out),
    )


def preferred(query: QueryDict, viewer: object) -> QueryDict:
    """Return the query string of a list with what its viewer prefers, unless the address says it.

    The list then shows it in its links: pages and fragments are read by addresses that mean the same for all.
    """
    defaults = list_defaults(viewer)
    if not defaults or not (PAGE_PARAMETERS | defaults.keys()).isdisjoint(query):
        return query
    added = query.copy()
    added.update(defaults)
    return own_query(ContentListing, added, CARRIED)
