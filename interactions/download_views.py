"""Files of works as downloads: content's views send them, and what members download is recorded."""

import logging
from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from content import file_views
from genonaut.api.authentication import viewer_of
from genonaut.http.prefetching import is_prefetch
from genonaut.replicas.routing import on_primary
from interactions.viewing import record_download

logger = logging.getLogger(__name__)

SENT = (200, 206)
# Later parts of a file are of a download that is recorded.
FROM_THE_BEGINNING = "bytes=0-"


@require_safe
def original(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send a work's file as content does; record that a member downloaded it."""
    return _recorded(request, pk, file_views.original)


@require_safe
def stripped(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Send the copy without metadata, likewise. Without `?download=1` it is what a page plays."""
    return _recorded(request, pk, file_views.stripped)


def _recorded(request: HttpRequest, pk: int, send: Callable[[HttpRequest, int], HttpResponseBase]) -> HttpResponseBase:
    """Send a file; record a download of it. One query more than the file's, and those of who asks."""
    response = send(request, pk)
    if response.status_code in SENT and _is_download(request):
        try:
            viewer = viewer_of(request)
            if viewer.is_authenticated:
                with on_primary():
                    record_download(viewer, pk)
        except Error:  # The file is worth more than the record.
            logger.exception("The download of item %s could not be recorded", pk)
    return response


def _is_download(request: HttpRequest) -> bool:
    is_asked = request.method == "GET" and request.GET.get("download") == "1" and not is_prefetch(request)
    return is_asked and request.headers.get("Range", FROM_THE_BEGINNING).startswith(FROM_THE_BEGINNING)
