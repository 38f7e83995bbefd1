"""Pages of one's own lists; who is not signed in is led to sign in."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from content.galleries import PAGE, Shelf, answer_gallery, gallery_of
from genonaut import flags
from genonaut.http import queries
from genonaut.http.conditional import answer_page
from genonaut.http.redirects import SeeOther, sign_in_address, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.lenient import own_query, read_leniently
from genonaut.pagination.page import Page
from interactions.models import Kind
from interactions.viewing import forget_views, is_paused, set_paused
from people.activity import deeds
from people.listings import ActivityListing, BookmarkListing, HistoryListing, LikeListing, OwnWorksListing

OWN_WORKS = Shelf(
    OwnWorksListing,
    "people:works",
    heading="My works",
    empty=("No works yet", "What you upload or create is kept here, public or private."),
    below_heading="people/_own_works.html",
    names_creators=False,
)
LIKES = Shelf(
    LikeListing,
    "people:likes",
    heading="Likes",
    empty=("No likes yet", "Works that you like are kept here; only you see this list."),
    below_heading="people/_tabs.html",
)
BOOKMARKS = Shelf(
    BookmarkListing,
    "people:bookmarks",
    heading="Bookmarks",
    empty=("No bookmarks yet", "Works that you bookmark are kept here; only you see this list."),
    below_heading="people/_tabs.html",
)
HISTORY = Shelf(
    HistoryListing,
    "people:history",
    heading="History",
    empty=("Nothing seen yet", "Works that you look at are kept here; only you see this list."),
    below_heading="people/_tabs.html",
    page="people/history.html",
)
STATES = {"1": True, "0": False}


@require_safe
def own_list(request: HttpRequest, shelf: Shelf, template: str) -> HttpResponseBase:
    """Show one of the viewer's own lists, or a fragment of it."""
    if not request.user.is_authenticated:
        return signed_out(request, reverse(shelf.url_name), template)
    return answer_gallery(request, gallery_of(request, shelf), template)


@require_safe
def own_works(request: HttpRequest, template: str) -> HttpResponseBase:
    """Show the viewer's own works, or a fragment of them."""
    if not request.user.is_authenticated:
        return signed_out(request, reverse("people:works"), template)
    return answer_gallery(request, gallery_of(request, OWN_WORKS, fixed={"creator": str(request.user.pk)}), template)


@require_safe
def history(request: HttpRequest, template: str) -> HttpResponseBase:
    """Show the works that the viewer saw, or a fragment of them."""
    if not request.user.is_authenticated:
        return signed_out(request, reverse("people:history"), template)
    return answer_gallery(request, gallery_of(request, HISTORY), template, is_paused=is_paused(request.user))


@require_POST
def pause_history(request: HttpRequest) -> HttpResponse:
    """Pause or resume the viewer's history, as the form says; sent twice it does no more."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("people:history"))
    values = request.POST.getlist("on")
    if len(values) != 1 or values[0] not in STATES:
        raise InvalidParametersError({"on": ["Must be 1 or 0."]})
    set_paused(request.user, is_paused=STATES[values[0]])
    messages.success(request, "Your history is paused." if STATES[values[0]] else "Your history goes on.")
    return SeeOther(reverse("people:history"))


@require_POST
def clear_history(request: HttpRequest) -> HttpResponse:
    """Forget all that the viewer saw."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("people:history"))
    forget_views(request.user)
    messages.success(request, "Your history is cleared.")
    return SeeOther(reverse("people:history"))


@require_safe
def activity(request: HttpRequest) -> HttpResponseBase:
    """Show all that the viewer did with works, in words."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    queries.keep(request, own_query(ActivityListing, request.GET, ()))
    listing, left_out = read_leniently(ActivityListing, request.user, request.GET, carried={}, **flags.paging())
    queries.keep(request, listing.query)

    def respond(page: Page) -> HttpResponse:
        shown = {"listing": listing, "page": page, "shown": {"left_out": left_out}}
        return render(request, "people/activity.html", {**shown, "kinds": Kind, "deeds": deeds(page.items)})

    return answer_page(request, listing, respond)


def signed_out(request: HttpRequest, page: str, template: str = PAGE) -> HttpResponse:
    """Lead to where one signs in, and from there to the page that was asked for."""
    if template == PAGE:
        return to_sign_in(request.get_full_path())
    # htmx follows this header whatever the status.
    return HttpResponse(status=403, headers={"HX-Redirect": sign_in_address(page)})
