"""The gallery's pages, and the fragments of them that script asks for: each has an address of its own."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from content.galleries import answer_gallery, gallery_of, profile_of, to_one_spelling
from content.models import ContentItem
from content.similar import similar_to
from content.work_pages import work_page
from genonaut.http.queries import reads_only

# Works like one that are shown below it.
STRIP_WORKS = 12
# Asks for a work that is blurred to be shown: REVEAL=1.
REVEAL = "reveal"


@require_safe
def gallery(request: HttpRequest, template: str) -> HttpResponseBase:
    """Show one page of the gallery, or a fragment of it."""
    return answer_gallery(request, gallery_of(request), template)


@require_safe
def profile(request: HttpRequest, username: str, template: str) -> HttpResponseBase:
    """Show a person and one page of their works, or a fragment of it."""
    gallery = profile_of(request, username)
    return to_one_spelling(request, gallery.person, username, template) or answer_gallery(request, gallery, template)


@require_safe
@reads_only(REVEAL)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one work, if the reader may see it; blurred, if they want such works so and do not ask for it."""
    return _work(request, pk, "content/detail.html")


@require_safe
@reads_only()
def detail_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one work as a fragment."""
    return _work(request, pk, "content/_work.html")


@require_safe
@reads_only()
def similar(request: HttpRequest, pk: int) -> HttpResponse:
    """Show works like one, if the reader may see it."""
    return _similar(request, pk, "content/similar.html")


@require_safe
@reads_only()
def similar_fragment(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the first works like one as a fragment: the strip below a work."""
    return _similar(request, pk, "content/strip.html")


def _work(request: HttpRequest, pk: int, template: str) -> HttpResponse:
    item = get_object_or_404(ContentItem.objects.visible_to(request.user).for_details(), pk=pk)
    is_revealed = request.GET.get(REVEAL) == "1"
    return render(request, template, {"item": item, "work": work_page(item, request.user, is_revealed=is_revealed)})


def _similar(request: HttpRequest, pk: int, template: str) -> HttpResponse:
    item = get_object_or_404(ContentItem.objects.visible_to(request.user).for_details(), pk=pk)
    sections = similar_to(item, request.user)
    strip = [work.item for section in sections for work in section.works][:STRIP_WORKS]
    return render(request, template, {"item": item, "sections": sections, "strip": strip})
