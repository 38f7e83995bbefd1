"""For you over HTTP: its pages, the strip of it, what was met together with a work, and dismissing."""

import logging

from django.contrib import messages
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from content.galleries import PAGE, WORKS, Shelf, answer_gallery, gallery_of, signed_out
from content.models import ContentItem
from genonaut.http.prefetching import is_prefetch
from genonaut.http.redirects import SeeOther, after_form, to_sign_in
from genonaut.pagination.page import Page
from genonaut.replicas.routing import on_primary, reads_primary
from recommendations.dismissals import UnknownWorkError, dismiss, forget
from recommendations.freshness import refresh_if_needed
from recommendations.listings import ForYouListing
from recommendations.models import Dismissal, Recommendation
from recommendations.showing import mark_served, met_together, reasons_of, rows_of, strip_for
from users.models import User

FOR_YOU = Shelf(
    ForYouListing,
    "recommendations:for_you",
    heading="For you",
    empty=("Nothing for you yet", "Look at some works and like a few: what is like them comes here."),
    page="recommendations/for_you.html",
)

logger = logging.getLogger(__name__)


@reads_primary
@require_safe
def for_you(request: HttpRequest, template: str) -> HttpResponseBase:
    """Show what is recommended to the viewer, or a fragment of it."""
    if not request.user.is_authenticated:
        return signed_out(request, FOR_YOU, template)
    if template != WORKS:
        made_up_to_date(request.user)
    gallery = gallery_of(request, FOR_YOU)

    def context_of(page: Page) -> dict[str, object]:
        rows = rows_of(request.user, page.items)
        if not is_prefetch(request):
            remembered(request.user, rows)
        if template != PAGE:
            return {}
        has_dismissed = Dismissal.objects.filter(user=request.user).exists()
        return {"reasons": reasons_of(request.user, page.items, rows), "has_dismissed": has_dismissed}

    return answer_gallery(request, gallery, template, context_of=context_of)


@reads_primary
@require_safe
def strip(request: HttpRequest) -> HttpResponse:
    """Show the first works that are recommended to the viewer as a fragment; nothing to who is not signed in."""
    works: list[ContentItem] = []
    if request.user.is_authenticated:
        made_up_to_date(request.user)
        works = strip_for(request.user)
        remembered(request.user, rows_of(request.user, works))
    response = render(request, "recommendations/strip.html", {"works": works})
    response.headers["Cache-Control"] = "private, no-store"
    return response


@require_safe
def together(request: HttpRequest, pk: int, template: str) -> HttpResponse:
    """Show the works that those who met one met too, if the viewer sees it."""
    item = get_object_or_404(ContentItem.objects.visible_to(request.user), pk=pk)
    return render(request, template, {"item": item, "works": met_together(item, request.user)})


@require_POST
def dismiss_work(request: HttpRequest, pk: int) -> HttpResponse:
    """Recommend a work to the viewer no more."""
    page = reverse("recommendations:for_you")
    if not request.user.is_authenticated:
        return to_sign_in(page)
    try:
        dismiss(request.user, pk)
    except UnknownWorkError as error:
        raise Http404 from error
    messages.success(request, "It is recommended to you no more.")
    return after_form(request, page)


@require_POST
def forget_dismissals(request: HttpRequest) -> HttpResponse:
    """Let all that the viewer dismissed be recommended again."""
    page = reverse("recommendations:for_you")
    if not request.user.is_authenticated:
        return to_sign_in(page)
    forget(request.user)
    messages.success(request, "What you were not interested in may be recommended again.")
    return SeeOther(page)


def made_up_to_date(user: User) -> None:
    """Make the viewer's recommendations if they did something; the last ones are better than no page."""
    try:
        with on_primary():
            refresh_if_needed(user)
    except DatabaseError:
        logger.exception("The recommendations of user %s could not be made", user.pk)


def remembered(user: User, rows: list[Recommendation]) -> None:
    """Remember that works were shown; the page is worth more than that."""
    try:
        with on_primary():
            mark_served(rows)
    except DatabaseError:
        logger.exception("It could not be written what was recommended to user %s", user.pk)
