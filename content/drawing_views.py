"""Drawings as they are sent: the same for every viewer, for an address says all that its drawing is made of."""

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from content.drawing_cache import cached
from content.drawings import VERSION, drawing_size
from content.models import SEED_LIMIT
from media.making import STUDIO
from media.pictures.limits import PictureError
from media.thumbnails import WIDTHS, thumbnail_size

YEAR_SECONDS = 365 * 24 * 3600
# By name: no process of the site imports what draws.
DRAW = "content.painting.drawing:webp"
RETRY_SECONDS = 5


@require_safe
@cache_control(public=True, max_age=YEAR_SECONDS, immutable=True)
def drawing(request: HttpRequest, kind: str, width: str, seed: str) -> HttpResponseBase:
    """Send a drawing, drawn now if it is not kept; no query. An address that a client knows is answered undrawn."""
    if int(width) not in WIDTHS or int(seed) >= SEED_LIMIT:
        raise Http404
    name = f"v{VERSION}-{kind}-{int(width)}-{int(seed)}.webp"
    answer = get_conditional_response(request, f'"{name}"')
    if answer is None:
        try:
            image = cached(name, lambda: drawn(kind, int(width), int(seed)))
        except PictureError:  # such as the end of a process that was killed
            headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
            failed = HttpResponse(status=503, headers=headers)
            failed.cause = "pictures"
            return failed
        headers = {"Content-Length": str(len(image)), "X-Content-Type-Options": "nosniff"}
        answer = HttpResponse(image, content_type="image/webp", headers=headers)
    answer.headers["ETag"] = f'"{name}"'
    return answer


def drawn(kind: str, width: int, seed: int) -> bytes:
    """Return a drawing of a nominal width as WebP, drawn where pictures are made. Raises PictureError."""
    return STUDIO.submit(DRAW, kind, seed, *thumbnail_size(*drawing_size(kind, seed), width)).result()
