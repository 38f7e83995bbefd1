"""A list of works as a reader looks at it: in numbered pages or as one that scrolls, and where its fragments are."""

from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest
from django.urls import reverse

from content.listings import ContentListing
from genonaut import flags
from genonaut.pagination.errors import InvalidParametersError
from users.models import User

PARAMETER = "view"


class View(StrEnum):
    """How the pages of a list are shown. Without script both are numbered pages."""

    NUMBERS = "numbers"
    SCROLL = "scroll"


@dataclass(frozen=True)
class Gallery:
    """One list and how it is shown. The addresses lack their query string: each page's is that of its links."""

    listing: ContentListing
    view: View
    may_scroll: bool
    may_prefetch: bool
    # The page itself, the same works as a fragment, and the list with its toolbar as one.
    address: str
    works_address: str
    list_address: str
    person: User | None = None

    @property
    def variant(self) -> str:
        """What answers at one address differ in."""
        return f"{self.may_scroll} {self.may_prefetch}"


def gallery_of(request: HttpRequest, *, person: User | None = None) -> Gallery:
    """Return the gallery that a request asks for, of everybody's works or one person's.

    Raises InvalidParametersError.
    """
    names, arguments = ("gallery", "works", "list"), []
    if person is not None:
        names, arguments = ("profile", "profile_works", "profile_list"), [person.username]
    fixed = None if person is None else {"creator": str(person.pk)}
    listing = ContentListing(request.user, request.GET, fixed=fixed, carried=(PARAMETER,), **flags.paging())
    view = request.GET.get(PARAMETER, View.NUMBERS)
    if view not in View.__members__.values():
        raise InvalidParametersError({PARAMETER: [f"Must be one of: {', '.join(View)}."]})
    may_scroll = flags.is_on(flags.Flag.INFINITE_SCROLL)
    addresses = [reverse(f"content:{name}", args=arguments) for name in names]
    return Gallery(
        listing,
        View(view) if may_scroll else View.NUMBERS,
        may_scroll,
        flags.is_on(flags.Flag.PREFETCHING),
        *addresses,
        person=person,
    )
