"""The page of duplicates: groups of a person's own works, which they merge or say are none. Plain forms."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from content.models import ContentItem
from genonaut.http.form_values import wanted_ids
from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther, to_sign_in
from genonaut.pagination.errors import InvalidParametersError
from genonaut.sentences import with_names
from interactions.duplicates import MOST_OF_GROUP, Place, dismiss, review
from interactions.merging import NotOwnError, merge, own_works


def wanted_place(query: QueryDict) -> Place | None:
    """Return the place that a page begins at. Raises InvalidParametersError."""
    text = query.get("after", "")
    try:
        return Place.read(text) if text else None
    except ValueError as error:
        raise InvalidParametersError({"after": ["Must be a place of this list."]}) from error


def back_to(query: QueryDict) -> str:
    """Return the address of the page that a form came from."""
    start = wanted_place(query)
    return reverse("interactions:duplicates") + (f"?{urlencode({'after': start})}" if start else "")


@require_safe
@cache_control(private=True, no_store=True)
@reads_only("after")
def duplicates(request: HttpRequest) -> HttpResponse:
    """Show groups of the reader's works that are duplicates."""
    if not request.user.is_authenticated:
        return to_sign_in(request.get_full_path())
    start = wanted_place(request.GET)
    found = review(request.user, start)
    return render(request, "interactions/duplicates.html", {"review": found, "start": start})


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only("work", "keep", "after")
def merge_duplicates(request: HttpRequest) -> HttpResponse:
    """Ask whether all but one of a group are to go; once the form is sent merge them."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("interactions:duplicates"))
    query = request.POST if request.method == "POST" else request.GET
    [keep], works = wanted_ids(query, "keep", 1), wanted_ids(query, "work", MOST_OF_GROUP)
    others = [pk for pk in works if pk != keep]
    if not others or keep not in works:
        raise InvalidParametersError({"keep": ["Must be one of two works or more."]})
    page = back_to(query)
    try:
        if request.method != "POST":
            return render(request, "interactions/merge.html", _question(request, keep, works, page))
        kept = merge(request.user, keep, others)
    except NotOwnError as error:
        raise Http404 from error
    messages.success(request, _said(kept, len(others)))
    return SeeOther(page)


def _said(kept: ContentItem | None, others: int) -> str:
    """Return what became of a merge."""
    if kept is None:
        count = "1 work is" if others == 1 else f"{others} works are"
        return f"{count} being merged: people did much with them, so that it goes on in the background."
    count = "1 work" if others == 1 else f"{others} works"
    return with_names(f"Kept “{{}}”; merged and deleted {count}.", kept.title)


def _question(request: HttpRequest, keep: int, works: list[int], page: str) -> dict[str, Any]:
    items = {item.pk: item for item in own_works(request.user, works)}
    kept = items.pop(keep)
    return {"kept": kept, "others": list(items.values()), "page": page, "after": request.GET.get("after", "")}


@require_POST
def dismiss_duplicates(request: HttpRequest) -> HttpResponse:
    """Remember that works are no duplicates of each other."""
    if not request.user.is_authenticated:
        return to_sign_in(reverse("interactions:duplicates"))
    works, page = wanted_ids(request.POST, "work", MOST_OF_GROUP), back_to(request.POST)
    try:
        own_works(request.user, works)
    except NotOwnError as error:
        raise Http404 from error
    dismiss(request.user, works)
    messages.success(request, "These are no duplicates: they are not shown together again.")
    return SeeOther(page)
