"""Likes, bookmarks and views over HTTP: plain forms, the fragments they change, and the marks of many items."""

import logging

from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from content import views as content_views
from content.models import ContentItem
from genonaut.http.form_values import wanted_ids, wanted_state
from genonaut.http.prefetching import is_prefetch
from genonaut.http.redirects import after_form, fragment_to_sign_in, to_sign_in
from genonaut.replicas.routing import on_primary
from interactions.likes import UnknownItemError, marked, marks_on, set_mark
from interactions.models import Kind
from interactions.viewing import record_view
from users.intents import remember

logger = logging.getLogger(__name__)

# As many cards as a page of the gallery can have on some screens; 200 ids of any size fit into an address.
MAX_MARKED_ITEMS = 200
FRAGMENTS = {Kind.LIKE: "interactions/_like.html", Kind.BOOKMARK: "interactions/_bookmark.html"}


@require_POST
def mark(request: HttpRequest, pk: int, kind: Kind) -> HttpResponse:
    """Set or take off a like or bookmark by a plain form, and show the work again."""
    page = reverse("content:detail", args=[pk])
    if not request.user.is_authenticated:
        response = to_sign_in(page)
        return _remembered(request, response, pk, kind)
    _set_mark(request, pk, kind)
    return after_form(request, page)


@require_POST
def mark_fragment(request: HttpRequest, pk: int, kind: Kind) -> HttpResponse:
    """Set or take off a like or bookmark, and answer with its form in the new state."""
    if not request.user.is_authenticated:
        response = fragment_to_sign_in(reverse("content:detail", args=[pk]))
        return _remembered(request, response, pk, kind)
    _set_mark(request, pk, kind)
    response = render(request, FRAGMENTS[kind], {"pk": pk, "marks": marks_on(request.user, pk)})
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _remembered(request: HttpRequest, response: HttpResponse, pk: int, kind: Kind) -> HttpResponse:
    """Return the response with what is to be done after signing in; nothing is taken off then."""
    if request.POST.getlist("on") == ["1"]:
        remember(response, kind, pk, reverse("content:detail", args=[pk]))
    return response


def _set_mark(request: HttpRequest, pk: int, kind: Kind) -> None:
    is_on = wanted_state(request)
    try:
        set_mark(request.user, pk, kind, is_on=is_on)
    except UnknownItemError as error:
        raise Http404 from error


@require_safe
def marks(request: HttpRequest) -> HttpResponse:
    """Tell which of some items the reader likes and bookmarked: the gallery's own HTML holds nothing of the reader."""
    found = marked(request.user, wanted_ids(request.GET, "id", MAX_MARKED_ITEMS))
    answer = {"liked": found[Kind.LIKE], "bookmarked": found[Kind.BOOKMARK]}
    return JsonResponse(answer, headers={"Cache-Control": "private, no-store"})


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Show one work, and record that it was seen by whom: not by a prefetch, and not where nothing was sent."""
    response = content_views.detail(request, pk)
    is_seen = request.method == "GET" and response.status_code == 200 and not is_prefetch(request)
    if is_seen and request.user.is_authenticated:
        try:
            with on_primary():
                record_view(request.user, pk)
        except Error:  # The page is worth more than the view.
            logger.exception("The view of item %s could not be recorded", pk)
    return response


@require_POST
def add_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that a work was seen which script had prefetched; of who is not signed in nothing is recorded."""
    if request.user.is_authenticated:
        item = get_object_or_404(ContentItem.objects.visible_to(request.user).only("pk"), pk=pk)
        record_view(request.user, item.pk)
    return HttpResponse(status=204)
