"""What browsers say of their page caches: counts, and nothing of the reader. No session is read, no query is run."""

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from genonaut.monitoring.metrics import PAGE_CACHE

# What static/js/pages/cache.js counts.
EVENTS = ("hits", "misses", "evictions", "prefetches", "used", "wasted")
# Of one event in one message: a reader who turns pages for hours.
MOST = 100_000


@csrf_exempt  # browsers send it as a page is left, from pages of anonymous readers too, which have no token
@require_POST
def count_page_cache(request: HttpRequest) -> HttpResponse:
    """Add a browser's counts. Raises Http404 if they are not wanted, BadRequest if they are no counts."""
    if not settings.CLIENT_COUNTS:
        raise Http404
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise BadRequest("Another site sent this.")
    counts = {name: _count(value) for name, value in request.POST.items()}
    if not counts.keys() <= set(EVENTS):
        raise BadRequest("There are events that are not counted.")
    for name, count in counts.items():
        PAGE_CACHE.labels(name).inc(count)
    return HttpResponse(status=204)


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and int(text) <= MOST):
        raise BadRequest(f"Counts are whole numbers up to {MOST}.")
    return int(text)
