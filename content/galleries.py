"""A list of works as a reader looks at it: in numbered pages or as one that scrolls, and where its fragments are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse

from content.card_rows import read_works
from content.listings import ContentListing, PersonListing, WorksListing
from genonaut import flags
from genonaut.http import queries
from genonaut.http.conditional import answer_page
from genonaut.http.redirects import fragment_to_sign_in, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.lenient import PAGE_PARAMETERS, LeftOut, own_query, read_leniently
from genonaut.pagination.page import Page
from genonaut.pagination.row_readers import RowReader
from genonaut.pagination.spec import Fixed
from users.models import User
from users.preferences import chosen_picture, list_defaults, uploaded_picture

PARAMETER = "view"
# The templates of a gallery's page, and of its fragments: the works of a page, and the list with its toolbar.
PAGE, WORKS, LIST = "content/gallery.html", "content/_page.html", "content/_list.html"


class Layout(StrEnum):
    """How the pages of a list are shown. Without script both are numbered pages."""

    NUMBERS = "numbers"
    SCROLL = "scroll"


# What links keep beside the list's own parameters, and the values that each may have.
CARRIED = {PARAMETER: tuple(Layout)}


@dataclass(frozen=True)
class Shelf:
    """A list of works that has a page of its own. `url_name` is that of `gallery_paths`."""

    listing: type[ContentListing] | type[WorksListing]
    url_name: str
    # The page's heading; empty: what the filters say.
    heading: str = ""
    # What the page says if it has no works and no filters: a heading and a sentence.
    empty: tuple[str, str] = ("Nothing here yet", "Works appear here as soon as they are published.")
    # A link beneath it: what it says, and the name of its address.
    empty_link: tuple[str, str] | None = None
    # A template of templates/jinja below the heading, which sees `gallery`.
    below_heading: str = ""
    # Template of the page; it extends `content/gallery.html`.
    page: str = PAGE
    names_creators: bool = True
    # What reads the works of a page; templates show what it adds to them.
    read: RowReader = read_works


EVERYTHING = Shelf(ContentListing, "content:gallery")
PROFILE = Shelf(PersonListing, "content:profile", page="content/profile.html", names_creators=False)


@dataclass(frozen=True)
class Gallery:
    """One list and how it is shown. The addresses lack their query string: each page's is that of its links."""

    shelf: Shelf
    listing: ContentListing | WorksListing
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
    # What the shelf's own templates show beside the works.
    extra: object = None

    @property
    def is_of_everything(self) -> bool:
        """Whether it is the gallery itself, which the header's search searches."""
        return self.shelf is EVERYTHING

    @property
    def has_filters(self) -> bool:
        """Whether the list can be searched and filtered as the gallery is."""
        return issubclass(self.shelf.listing, ContentListing)

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
        picture = chosen_picture(self.person) or uploaded_picture(self.person)
        return f"{self.may_scroll} {self.may_prefetch} {self.left_out} {picture} {self.extra}"


def gallery_of(
    request: HttpRequest,
    shelf: Shelf = EVERYTHING,
    *,
    arguments: Sequence[object] = (),
    fixed: Fixed | None = None,
    person: User | None = None,
) -> Gallery:
    """Return the gallery that a request asks for. No query.

    `arguments` are those of the addresses, `fixed` the filter values that the list is made of, `person` is whose
    profile it is. The request keeps the parameters that were understood. Raises InvalidParametersError.
    """
    queries.keep(request, preferred(shelf.listing, request))
    listing, left_out = read_leniently(
        shelf.listing, request.user, request.GET, fixed=fixed, carried=CARRIED, read=shelf.read, **flags.paging()
    )
    queries.keep(request, listing.query)
    layout = listing.query.get(PARAMETER, Layout.NUMBERS)
    may_scroll = flags.is_on(flags.Flag.INFINITE_SCROLL)
    addresses = [reverse(f"{shelf.url_name}{face}", args=arguments) for face in ("", "_works", "_list")]
    return Gallery(
        shelf,
        listing,
        Layout(layout) if may_scroll else Layout.NUMBERS,
        may_scroll,
        flags.is_on(flags.Flag.PREFETCHING),
        *addresses,
        person=person,
        left_out=tuple(left_out),
    )


def preferred(listing: type[ContentListing] | type[WorksListing], request: HttpRequest) -> QueryDict:
    """Return the query string of a list with what its viewer prefers, unless the address says it.

    The list then shows it in its links: pages and fragments are read by addresses that mean the same for all.
    """
    query = own_query(listing, request.GET, CARRIED)
    defaults = list_defaults(request.user)
    if not defaults or not (PAGE_PARAMETERS | defaults.keys()).isdisjoint(query):
        return query
    added = query.copy()
    added.update(defaults)
    return own_query(listing, added, CARRIED)


def profile_of(request: HttpRequest, username: str) -> Gallery:
    """Return the gallery of one person's works, whose name is given in any case. Raises Http404 if the viewer sees no
    such person. One query."""
    # Before the page of an error is made of it.
    queries.keep(request, own_query(PROFILE.listing, request.GET, CARRIED))
    person = get_object_or_404(User.objects.visible_to(request.user).named(username))
    fixed = {"creator": str(person.pk)}
    return gallery_of(request, PROFILE, arguments=[person.username], fixed=fixed, person=person)


def to_one_spelling(request: HttpRequest, person: User, username: str, template: str) -> HttpResponse | None:
    """Lead to a person's page by the name as its account writes it; None if the request names it so, or a fragment.

    Not for good: the account may write it in another way some day.
    """
    if person.username == username or template != PAGE:
        return None
    query = request.META.get("QUERY_STRING", "")
    return HttpResponseRedirect(person.get_absolute_url() + (f"?{query}" if query else ""))


def answer_gallery(
    request: HttpRequest,
    gallery: Gallery,
    template: str = PAGE,
    *,
    context_of: Callable[[Page], Mapping[str, object]] | None = None,
    **context: object,
) -> HttpResponseBase:
    """Answer with a gallery: its page, or the fragment WORKS or LIST. A page of a list that is pinned to a moment and
    cannot be, as while much of it is not ranked, is the same page of the list as it is now.

    `context` is for the page's template, and so is what `context_of` returns of a page; it is not called for a page
    that the client has.
    """
    template = gallery.shelf.page if template == PAGE else template

    def respond(page: Page) -> HttpResponse:
        shown = {"gallery": gallery, "listing": gallery.listing, "page": page, "person": gallery.person}
        return render(request, template, {**context, **(context_of(page) if context_of else {}), **shown})

    try:
        return answer_page(request, gallery.listing, respond, variant=gallery.variant)
    except InvalidParametersError as error:
        if error.errors.keys() != {"as_of"}:
            raise
    return _unpinned(request)


def _unpinned(request: HttpRequest) -> HttpResponse:
    """Lead to the same address without its moment."""
    query = request.GET.copy()
    del query["as_of"]
    queries.keep(request, query)
    return redirect(request.get_full_path())


def signed_out(request: HttpRequest, shelf: Shelf, template: str) -> HttpResponse:
    """Lead a visitor who asked for a list of one's own, or a fragment of it, to sign in and from there to the list."""
    if template == PAGE:
        return to_sign_in(request.get_full_path())
    return fragment_to_sign_in(reverse(shelf.url_name))


def gallery_paths(
    route: str, view: Callable[..., HttpResponseBase], name: str, **arguments: object
) -> list[URLPattern]:
    """Return the addresses of a gallery's page and fragments. The view takes `template` and hands it to
    `answer_gallery`; a shelf names them by `name`."""
    return [
        path(address, view, {**arguments, "template": template}, name=f"{name}{face}")
        for address, template, face in (
            (route, PAGE, ""),
            (f"fragments/{route}works/", WORKS, "_works"),
            (f"fragments/{route}list/", LIST, "_list"),
        )
    ]
