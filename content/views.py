"""The gallery's pages."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from content.listings import ContentListing
from content.models import ContentItem
from content.pictures import POOL_SIZE, SIZES, picture_file
from genonaut import flags
from genonaut.conditional import answer
from users.models import User

YEAR_SECONDS = 365 * 24 * 3600


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Show one page of the gallery."""
    listing = ContentListing(request.user, request.GET, **flags.paging())
    return answer(
        request,
        listing,
        lambda: render(request, "content/gallery.html", {"listing": listing, "page": listing.page()}),
        reads_version=True,
    )


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one work, if the reader may see it."""
    item = get_object_or_404(ContentItem.objects.visible_to(request.user).for_details(), pk=pk)
    response = render(request, "content/detail.html", {"item": item})
    if request.user.is_authenticated:
        patch_cache_control(response, private=True, no_cache=True)
    return response


@require_safe
def profile(request: HttpRequest, username: str) -> HttpResponse:
    """Show a person and one page of their works."""
    person = get_object_or_404(User.objects.visible_to(request.user), username=username)
    listing = ContentListing(request.user, request.GET, fixed={"creator": str(person.pk)}, **flags.paging())
    return answer(
        request,
        listing,
        lambda: render(request, "content/profile.html", {"person": person, "listing": listing, "page": listing.page()}),
    )


@require_safe
@cache_control(public=True, max_age=YEAR_SECONDS, immutable=True)
def picture(request: HttpRequest, width: int, number: int) -> HttpResponse:
    """Send one picture of the pool; the version in its address lets every cache keep it for good."""
    if width not in SIZES or number >= POOL_SIZE:
        raise Http404
    image = picture_file(number, SIZES[width]).read_bytes()
    return HttpResponse(image, content_type="image/webp", headers={"Content-Length": str(len(image))})
