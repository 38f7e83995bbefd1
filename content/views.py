"""The gallery's pages, and the fragments of them that script asks for: each has an address of its own."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from content.galleries import Gallery, gallery_of
from content.models import ContentItem
from content.similar import similar_to
from content.work_pages import work_page
from genonaut.http.conditional import answer_page
from genonaut.http.queries import reads_only
from genonaut.pagination.page import Page

# Works like one that are shown below it.
STRIP_WORKS = 12


@require_safe
def gallery(request: HttpRequest) -> HttpResponseBase:
    """Show one page of the gallery."""
    return _shown(request, gallery_of(request), "content/gallery.html")


@require_safe
def works(request: HttpRequest) -> HttpResponseBase:
    """Show the works of one page of the gallery as a fragment."""
    return _shown(request, gallery_of(request), "content/_page.html")


@require_safe
def works_list(request: HttpRequest) -> HttpResponseBase:
    """Show the list with its heading, toolbar and works as a fragment."""
    return _shown(request, gallery_of(request), "content/_list.html")


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponseBase:
    """Show a person and one page of their works."""
    return _shown(request, gallery_of(request, username=username), "content/profile.html")


@require_safe
def profile_works(request: HttpRequest, username: str) -> HttpResponseBase:
    """Show one page of a person's works as a fragment."""
    return _shown(request, gallery_of(request, username=username), "content/_page.html")


@require_safe
def profile_list(request: HttpRequest, username: str) -> HttpResponseBase:
    """Show a person's list with heading, toolbar and works as a fragment."""
    return _shown(request, gallery_of(request, username=username), "content/_list.html")


@require_safe
@reads_only()
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one work, if the reader may see it."""
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


def _shown(request: HttpRequest, gallery: Gallery, template: str) -> HttpResponseBase:
    listing = gallery.listing

    def respond(page: Page) -> HttpResponse:
        context = {"gallery": gallery, "listing": listing, "page": page, "person": gallery.person}
        return render(request, template, context)

    return answer_page(request, listing, respond, variant=gallery.variant)


def _work(request: HttpRequest, pk: int, template: str) -> HttpResponse:
    item = get_object_or_404(ContentItem.objects.visible_to(request.user).for_details(), pk=pk)
    return render(request, template, {"item": item, "work": work_page(item, request.user)})


def _similar(request: HttpRequest, pk: int, template: str) -> HttpResponse:
    item = get_object_or_404(ContentItem.objects.visible_to(request.user).for_details(), pk=pk)
    sections = similar_to(item, request.user)
    strip = [work.item for section in sections for work in section.works][:STRIP_WORKS]
    return render(request, template, {"item": item, "sections": sections, "strip": strip})
