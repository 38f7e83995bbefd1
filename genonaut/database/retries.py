"""Reads that are tried once more: a failover ends all connections, in the middle of requests too."""

from collections.abc import Callable

from django.db import connection
from django.http import HttpRequest, HttpResponse

from genonaut.database.outages import AWAY

SAFE_METHODS = ("GET", "HEAD")


class RetryReads:
    """Answers a read again if the database went away meanwhile; the pool waits for it, DATABASE_WAIT_SECONDS long.

    What changes something is not tried again: whether a COMMIT that got no answer was carried out cannot be known.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request, at most twice."""
        response = self.get_response(request)
        if request.method not in SAFE_METHODS or getattr(response, "cause", None) != AWAY.cause:
            return response
        if connection.in_atomic_block or not connection.pool.patience:
            return response
        connection.close()
        return self.get_response(request)
