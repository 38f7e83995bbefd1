"""Pages of one's own lists; who is not signed in is led to sign in."""

from dataclasses import replace

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from content.galleries import Shelf, answer_gallery, gallery_of, profile_of, signed_out, to_one_spelling
from genonaut.http import queries
from genonaut.http.conditional import answer_page
from genonaut.http.form_values import wanted_ids, wanted_state
from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther, after_form, fragment_to_sign_in, to_sign_in
from genonaut.pagination.page import Page
from interactions.models import Kind
from interactions.viewing import forget_deed, is_paused, set_paused
from people.activity import deeds
from people.dashboard import dashboard_of
from people.follows import UnknownPersonError, fixed_feed, following_of, set_follow
from people.histories import clear_history
from people.listings import (
    ActivityListing,
    FeedListing,
    FollowListing,
    HistoryListing,
)
from people.shelves import OWN_WORKS, made_by
from users.intents import remember
from users.models import User

HISTORY = Shelf(
    HistoryListing,
    "people:history",
    heading="History",
    empty=("Nothing seen yet", "Works that you look at are kept here; only you see this list."),
    empty_link=("Show the gallery", "content:gallery"),
    below_heading="people/_tabs.html",
    page="people/history.html",
)
FEED = Shelf(
    FeedListing,
    "people:feed",
    heading="Feed",
    empty=("Nothing in your feed yet", "New works of people whom you follow appear here: open a profile and follow."),
    empty_link=("Find creators", "catalog:creators"),
    below_heading="people/_tabs.html",
)


@require_safe
@cache_control(private=True, no_store=True)
@reads_only()
def dashboard(request: HttpRequest) -> HttpResponse:
    """Show a member what is theirs in short."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    return render(request, "people/dashboard.html", {"dashboard": dashboard_of(request.user)})


@require_safe
def own_list(request: HttpRequest, shelf: Shelf, template: str) -> HttpResponseBase:
    """Show one of the viewer's own lists, or a fragment of it."""
    if not request.user.is_authenticated:
        return signed_out(request, shelf, template)
    return answer_gallery(request, gallery_of(request, shelf), template)


@require_safe
def own_works(request: HttpRequest, template: str) -> HttpResponseBase:
    """Show the viewer's own works, or a fragment of them."""
    if not request.user.is_authenticated:
        return signed_out(request, OWN_WORKS, template)
    return answer_gallery(request, gallery_of(request, OWN_WORKS, fixed=made_by(request.user)), template)


@require_safe
def history(request: HttpRequest, template: str) -> HttpResponseBase:
    """Show the works that the viewer saw, or a fragment of them."""
    if not request.user.is_authenticated:
        return signed_out(request, HISTORY, template)
    return answer_gallery(request, gallery_of(request, HISTORY), template, is_paused=is_paused(request.user))


@require_POST
def pause_history(request: HttpRequest) -> HttpResponse:
    """Pause or resume the viewer's history, as the form says; sent twice it does no more."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("people:history"))
    is_on = wanted_state(request)
    set_paused(request.user, is_paused=is_on)
    messages.success(request, "Your history is paused." if is_on else "Your history goes on.")
    return SeeOther(reverse("people:history"))


@require_POST
def clear(request: HttpRequest) -> HttpResponse:
    """Forget all that the viewer saw."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("people:history"))
    is_done = clear_history(request.user)
    messages.success(request, "Your history is cleared." if is_done else "Your history is being cleared.")
    return SeeOther(reverse("people:history"))


@require_safe
def feed(request: HttpRequest, template: str) -> HttpResponseBase:
    """Show the works of those whom the viewer follows, or a fragment of them."""
    if not request.user.is_authenticated:
        return signed_out(request, FEED, template)
    return answer_gallery(request, gallery_of(request, FEED, fixed=fixed_feed(request.user)), template)


@require_safe
def profile(request: HttpRequest, username: str, template: str) -> HttpResponseBase:
    """Show a person with their followers and one page of their works, or a fragment of it."""
    gallery = profile_of(request, username)
    if led := to_one_spelling(request, gallery.person, username, template):
        return led
    shelf = replace(gallery.shelf, below_heading="people/_following.html")
    shown = replace(gallery, shelf=shelf, extra=following_of(request.user, gallery.person))
    return answer_gallery(request, shown, template)


@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a person, or no longer, as the form says."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    if not request.user.is_authenticated:
        return _remembered(request, to_sign_in(person.get_absolute_url()), person)
    _set_follow(request, pk)
    return after_form(request, person.get_absolute_url())


@require_POST
def follow_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """Follow a person, or no longer, and answer with the form in its new state."""
    person = get_object_or_404(User.objects.visible_to(request.user), pk=pk)
    if not request.user.is_authenticated:
        return _remembered(request, fragment_to_sign_in(person.get_absolute_url()), person)
    _set_follow(request, pk)
    response = render(request, "people/_follow.html", {"following": following_of(request.user, person)})
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _remembered(request: HttpRequest, response: HttpResponse, person: User) -> HttpResponse:
    """Return the response with whom to follow after signing in; nothing is ended then."""
    if request.POST.getlist("on") == ["1"]:
        remember(response, "follow", person.pk, person.get_absolute_url())
    return response


def _set_follow(request: HttpRequest, pk: int) -> None:
    is_on = wanted_state(request)
    try:
        set_follow(request.user, pk, is_on=is_on)
    except UnknownPersonError as error:
        raise Http404 from error


@require_safe
def follows(request: HttpRequest) -> HttpResponseBase:
    """Show whom the viewer follows."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    listing, left_out = queries.read_list(request, FollowListing)

    def respond(page: Page) -> HttpResponse:
        shown = {"listing": listing, "page": page, "shown": {"left_out": left_out}}
        return render(request, "people/follows.html", shown)

    return answer_page(request, listing, respond)


@require_safe
def activity(request: HttpRequest) -> HttpResponseBase:
    """Show all that the viewer did with works, in words."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    listing, left_out = queries.read_list(request, ActivityListing)

    def respond(page: Page) -> HttpResponse:
        shown = {"listing": listing, "page": page, "shown": {"left_out": left_out}}
        return render(request, "people/activity.html", {**shown, "kinds": Kind, "deeds": deeds(page.items)})

    return answer_page(request, listing, respond)


@require_POST
def forget(request: HttpRequest) -> HttpResponse:
    """Forget a view, share or download of the viewer's; of a view, all of that work. Twice is as once."""
    activities = reverse("people:activity")
    if not request.user.is_authenticated:
        return to_sign_in(activities)
    [pk] = wanted_ids(request.POST, "id", 1)
    forget_deed(request.user, pk)
    messages.success(request, "It is no longer in your activity.")
    return after_form(request, activities)
