"""Pages of one's own lists; who is not signed in is led to sign in."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from content.galleries import PAGE, Shelf, answer_gallery, gallery_of
from genonaut.http.redirects import sign_in_address, to_sign_in
from people.listings import BookmarkListing, LikeListing

LIKES = Shelf(
    LikeListing,
    "people:likes",
    heading="Likes",
    empty=("No likes yet", "Works that you like are kept here; only you see this list."),
)
BOOKMARKS = Shelf(
    BookmarkListing,
    "people:bookmarks",
    heading="Bookmarks",
    empty=("No bookmarks yet", "Works that you bookmark are kept here; only you see this list."),
)


@require_safe
def own_list(request: HttpRequest, shelf: Shelf, template: str) -> HttpResponseBase:
    """Show one of the viewer's own lists, or a fragment of it."""
    if not request.user.is_authenticated:
        return signed_out(request, reverse(shelf.url_name), template)
    return answer_gallery(request, gallery_of(request, shelf), template)


def signed_out(request: HttpRequest, page: str, template: str = PAGE) -> HttpResponse:
    """Lead to where one signs in, and from there to the page that was asked for."""
    if template == PAGE:
        return to_sign_in(request.get_full_path())
    # htmx follows this header whatever the status.
    return HttpResponse(status=403, headers={"HX-Redirect": sign_in_address(page)})
