"""The switch `changes`: while it is off, what would change something is answered 503, and all else goes on."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from genonaut import flags
from genonaut.database.outages import ReadOnlyError

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
# Where staff who are signed in turn it on again.
SWITCHES = "/admin/waffle/switch/"
# Counts of browsers, which are kept in memory (genonaut/monitoring/clients.py).
COUNTS = "/counts/page-cache/"


def is_change(request: HttpRequest) -> bool:
    """Return whether a request may change something in the database."""
    return request.method not in SAFE and request.path_info != COUNTS


class RefuseChanges:
    """Answers 503 to all that is no reading while the switch `changes` is off. No query for what only reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request. Raises ReadOnlyError, which Django's handler answers."""
        is_refused = is_change(request) and not request.path_info.startswith(SWITCHES)
        if is_refused and not flags.is_on(flags.Flag.CHANGES):
            raise ReadOnlyError
        return self.get_response(request)
