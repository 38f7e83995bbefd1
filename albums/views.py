"""The pages of albums: the list of them, and each as a gallery."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from albums.cards import cards_of
from albums.listings import AlbumListing
from albums.models import Album
from albums.shelves import gallery_for
from content.galleries import answer_gallery
from genonaut.http import queries
from genonaut.http.conditional import answer_page
from genonaut.pagination.page import Page
from users.levels import shown_level
from users.models import User


@require_safe
def albums(request: HttpRequest) -> HttpResponseBase:
    """Show one page of the albums that the viewer sees, of all owners or one."""
    listing, left_out = queries.read_list(request, AlbumListing)
    owner = None
    if "owner" in listing.active_filters:
        owner = User.objects.visible_to(request.user).filter(pk=listing.active_filters["owner"]).first()

    def respond(page: Page) -> HttpResponse:
        context = {"listing": listing, "page": page, "left_out": left_out, "owner": owner}
        return render(request, "albums/albums.html", {**context, "cards": cards_of(page.items, request.user)})

    # Covers and numbers of works go by the viewer's level.
    return answer_page(request, listing, respond, variant=f"{left_out} {shown_level(request.user)}")


@require_safe
def album(request: HttpRequest, pk: int, template: str) -> HttpResponseBase:
    """Show an album that the viewer sees, or a fragment of it."""
    found = get_object_or_404(Album.objects.visible_to(request.user).select_related("owner"), pk=pk)
    return answer_gallery(request, gallery_for(request, found, "albums:album", pk), template)


@require_safe
def shared(request: HttpRequest, token: str, template: str) -> HttpResponseBase:
    """Show an album, or a fragment of it, to all who have its link; no search engine is to keep it.

    A link is its owner's word: it ends with the account, and rests while that is deactivated.
    """
    found = get_object_or_404(Album.objects.select_related("owner"), share_token=token, owner__is_active=True)
    response = answer_gallery(request, gallery_for(request, found, "albums:shared", token), template)
    response.headers["X-Robots-Tag"] = "noindex"
    return response
