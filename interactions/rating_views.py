"""Ratings over HTTP: a plain form, and the fragment that it changes."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from genonaut.http.redirects import after_form, fragment_to_sign_in, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from interactions import rating
from interactions.comment_views import item_seen_by
from interactions.likes import UnknownItemError

STARS = {str(stars): stars for stars in (rating.NONE, *rating.STARS)}


def wanted_stars(request: HttpRequest) -> int:
    """Return the stars that a form gives. Raises InvalidParametersError."""
    values = request.POST.getlist("rating")
    if len(values) != 1 or values[0] not in STARS:
        raise InvalidParametersError({"rating": ["Must be 1 to 5, or 0 to take it back."]})
    return STARS[values[0]]


@require_POST
def rate(request: HttpRequest, pk: int) -> HttpResponse:
    """Rate a work by a plain form, and show its comments and ratings."""
    page = reverse("interactions:comments", args=[pk])
    if not request.user.is_authenticated:
        return to_sign_in(page)
    _rate(request, pk)
    return after_form(request, page)


@require_POST
@cache_control(private=True, no_store=True)
def rate_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """Rate a work, and answer with the form in its new state."""
    if not request.user.is_authenticated:
        return fragment_to_sign_in(reverse("interactions:comments", args=[pk]))
    _rate(request, pk)
    context = {"item": item_seen_by(request, pk), "ratings": rating.ratings_of(request.user, pk), "fragment": True}
    return render(request, "interactions/_rating.html", context)


def _rate(request: HttpRequest, pk: int) -> None:
    stars = wanted_stars(request)
    try:
        rating.rate(request.user, pk, stars)
    except UnknownItemError as error:
        raise Http404 from error
