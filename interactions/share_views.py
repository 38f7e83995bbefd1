"""Sharing a work: its address, the code of a frame for other sites, and the page in that frame."""

from csp.decorators import csp_replace
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_http_methods, require_safe

from content.blurring import veil_of
from content.models import ContentItem, ContentType
from content.stages import stage_of
from genonaut.http.queries import reads_only
from genonaut.http.redirects import SeeOther
from interactions.comment_views import item_seen_by
from interactions.viewing import record_share

FRAME = '<iframe src="{}" title="{}" width="480" height="560" loading="lazy"></iframe>'
# Characters of a text that a frame has room for.
OPENING = 600


@require_http_methods(["GET", "HEAD", "POST"])
@cache_control(private=True, no_store=True)
@reads_only()
def share(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the address of a work and the code of its frame; a POST also counts that a member shared it."""
    item = item_seen_by(request, pk)
    if request.method == "POST":
        if request.user.is_authenticated:
            record_share(request.user, pk)
        return SeeOther(request.path)
    address = request.build_absolute_uri(item.get_absolute_url())
    code = "" if item.is_private else frame_of(request, item)
    context = {"item": item, "address": address, "code": code, "veil": veil_of(item, AnonymousUser())}
    return render(request, "interactions/share.html", context)


def frame_of(request: HttpRequest, item: ContentItem) -> SafeString:
    """Return the HTML that shows a work in a page of another site."""
    return format_html(FRAME, request.build_absolute_uri(reverse("interactions:embed", args=[item.pk])), item.title)


@require_safe
@reads_only()
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})
def embed(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a public work alone, for a frame in any site: the same to all, so that no frame shows what is private.

    Of a work that visitors see blurred it shows no more than title and creator.
    """
    item = get_object_or_404(ContentItem.objects.visible_to(AnonymousUser()).for_details(), pk=pk)
    opening = item.data[:OPENING] if item.content_type == ContentType.TEXT else ""
    veil = veil_of(item, AnonymousUser())
    context = {"item": item, "stage": stage_of(item, is_original=False), "opening": opening, "veil": veil}
    return render(request, "interactions/embed.html", context)
