"""The line that the log has of a request: how it was answered, and what that took."""

import logging
import os
from threading import current_thread
from time import time
from typing import Any, NamedTuple

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject, empty

from genonaut.database.statements import Tally
from genonaut.monitoring import metrics

# Of requests whose address no view has: they are one endpoint, however many addresses clients think of.
NO_ROUTE = "none"
LINE = "%(method)s %(route)s %(status)s in %(ms)s ms, %(queries)s queries in %(database_ms)s ms, %(reading)s"

logger = logging.getLogger("genonaut.requests")
# What all records of requests share.
SHARED = vars(logging.LogRecord(logger.name, logging.INFO, __file__, 0, LINE, None, None))


class Watched(NamedTuple):
    """A request that was answered."""

    request: HttpRequest
    response: HttpResponse
    seconds: float
    tally: Tally
    reading: str


class RequestRecord(logging.LogRecord):
    """A record of a request, without the look for files, modules and processes that takes longer than the line."""

    def __init__(self, fields: dict[str, Any]) -> None:
        now, thread = time(), current_thread()
        vars(self).update(
            SHARED,
            args=fields,
            fields=fields,
            created=now,
            msecs=float(int(now % 1 * 1000)),
            relativeCreated=SHARED["relativeCreated"] + (now - SHARED["created"]) * 1000,
            process=os.getpid(),
            thread=thread.ident,
            threadName=thread.name,
        )


def write_line(watched: Watched) -> None:
    """Write one line: the route and not the path, which may hold keys; nothing of query, cookies or body."""
    fields = {
        "method": method_of(watched.request),
        "route": route_of(watched.request),
        "status": watched.response.status_code,
        "ms": round(watched.seconds * 1000, 1),
        "viewer": viewer_of(watched.request),
        "database_ms": round(watched.tally.seconds * 1000, 1),
        "queries": watched.tally.count,
        "reading": watched.reading,
    }
    if logger.isEnabledFor(logging.INFO):
        logger.handle(RequestRecord(fields))


def method_of(request: HttpRequest) -> str:
    """Return the method of a request; one that HTTP does not know is "other"."""
    return request.method if request.method in metrics.METHODS else "other"


def route_of(request: HttpRequest) -> str:
    """Return the pattern of a request's address, which is the same for all of a kind."""
    return request.resolver_match.route if request.resolver_match else NO_ROUTE


def viewer_of(request: HttpRequest) -> str:
    """Return the kind of viewer: anonymous, member, staff or token; unknown if nothing asked. No query."""
    user = vars(request).get("user")
    if user is None or (isinstance(user, SimpleLazyObject) and user._wrapped is empty):
        return "unknown"
    if isinstance(user, AnonymousUser) or not user.is_authenticated:
        return "anonymous"
    if "HTTP_AUTHORIZATION" in request.META:
        return "token"
    return "staff" if user.is_staff else "member"
