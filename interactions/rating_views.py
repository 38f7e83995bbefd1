"""Ratings over HTTP: a plain form, and the fragment that it changes."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST

from genonaut.http.redirects import after_form, fragment_to_sign_in, to_sign_in
from interactions import rating
from interactions.comment_views import item_seen_by
from interactions.likes import UnknownItemError
from users.intents import remember


@require_POST
def rate(request: HttpRequest, pk: int) -> HttpResponse:
    """Rate a work by a plain form, and show its comments and ratings."""
    page = reverse("interactions:comments", args=[pk])
    if not request.user.is_authenticated:
        return _remembered(request, to_sign_in(page), pk, page)
    _rate(request, pk)
    return after_form(request, page)


@require_POST
@cache_control(private=True, no_store=True)
def rate_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """Rate a work, and answer with the form in its new state."""
    if not request.user.is_authenticated:
        page = reverse("interactions:comments", args=[pk])
        return _remembered(request, fragment_to_sign_in(page), pk, page)
    _rate(request, pk)
    context = {"item": item_seen_by(request, pk), "ratings": rating.ratings_of(request.user, pk), "fragment": True}
    return render(request, "interactions/_rating.html", context)


def _remembered(request: HttpRequest, response: HttpResponse, pk: int, page: str) -> HttpResponse:
    """Return the response with the stars that are given after signing in; none are taken back then."""
    stars = rating.stars_of(request.POST)
    if stars != rating.NONE:
        remember(response, "rate", pk, page, {"rating": stars})
    return response


def _rate(request: HttpRequest, pk: int) -> None:
    stars = rating.stars_of(request.POST)
    try:
        rating.rate(request.user, pk, stars)
    except UnknownItemError as error:
        raise Http404 from error
