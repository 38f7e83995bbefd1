"""Requests that read ahead of a reader: how they are known, and how many of them a worker takes at a time."""

from collections.abc import Callable
from threading import BoundedSemaphore

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from genonaut import flags
from genonaut.monitoring.metrics import PREFETCHES

# What browsers send (the first two), and our script: it may not write the first.
HEADERS = ("Sec-Purpose", "Purpose", "X-Purpose")
RETRY_AFTER_SECONDS = 5


def is_prefetch(request: HttpRequest) -> bool:
    """Return whether this request reads ahead: its answer is not seen yet, and perhaps never will be."""
    return any(request.headers.get(name, "").startswith("prefetch") for name in HEADERS)


class LimitPrefetches:
    """Answers 503 to prefetches beyond those that a worker takes at a time, and to all while they are switched off.

    A reader who waits comes before one who may come: prefetches occupy a part of the threads at most.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.places = BoundedSemaphore(settings.PREFETCHES_AT_ONCE)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        if not is_prefetch(request):
            return self.get_response(request)
        if not flags.is_on(flags.Flag.PREFETCHING) or not self.places.acquire(blocking=False):
            PREFETCHES.labels("refused").inc()
            headers = {"Retry-After": str(RETRY_AFTER_SECONDS), "Cache-Control": "no-store"}
            refusal = HttpResponse("Not ahead of time.", status=503, content_type="text/plain", headers=headers)
            refusal.cause = "prefetch"
            return refusal
        PREFETCHES.labels("taken").inc()
        try:
            return self.get_response(request)
        finally:
            self.places.release()
