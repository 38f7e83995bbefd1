"""Watches each request: its id, its line in the log, its metrics, and its slow statements."""

import logging
from collections.abc import Callable
from math import inf
from time import perf_counter
from typing import NamedTuple

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject, empty

from genonaut.database.statements import Tally, tally
from genonaut.monitoring import metrics, request_ids, slow_statements
from genonaut.pagination.ways import way

# Of requests whose address no view has: they are one endpoint, however many addresses clients think of.
NO_ROUTE, STATIC_FILES = "none", "static"
# Of answers with 503 that say no cause.
OTHER_CAUSE = "other"

LINE = "%(method)s %(route)s %(status)s in %(ms)s ms, %(queries)s queries in %(database_ms)s ms, %(reading)s"

logger = logging.getLogger("genonaut.requests")


class Watched(NamedTuple):
    """A request that was answered."""

    request: HttpRequest
    response: HttpResponse
    seconds: float
    tally: Tally
    reading: str


class WatchRequests:
    """Gives each request an id, and notes what it took once the head of its answer is ready."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        statements = Tally(settings.SLOW_STATEMENT_MS / 1000 or inf)
        request.id = request_ids.id_of(request)
        id_token = request_ids.request_id.set(request.id)
        tally_token, way_token = tally.set(statements), way.set(None)
        metrics.UNDER_WAY.inc()
        begun = perf_counter()
        try:
            response = self.get_response(request)
            response.headers[request_ids.HEADER] = request.id
            note(Watched(request, response, perf_counter() - begun, statements, str(way.get() or "none")))
        finally:
            metrics.UNDER_WAY.dec()
            way.reset(way_token)
            tally.reset(tally_token)
            request_ids.request_id.reset(id_token)
        return response


def note(watched: Watched) -> None:
    """Count a request, write its line, and have its slow statements explained."""
    count(watched)
    if settings.LOG_REQUESTS:
        write_line(watched)
    for statement in watched.tally.slow:
        metrics.SLOW_STATEMENTS.inc()
        slow_statements.explain_soon(statement)


def count(watched: Watched) -> None:
    """Count a request."""
    endpoint = endpoint_of(watched.request, watched.response)
    metrics.request_counter(endpoint, method_of(watched.request), watched.response.status_code).inc()
    metrics.request_seconds(endpoint, watched.reading).observe(watched.seconds)
    if watched.tally.count:
        seconds, statements = metrics.statement_counters(endpoint)
        seconds.inc(watched.tally.seconds)
        statements.inc(watched.tally.count)
    if watched.response.status_code == 503:
        metrics.UNAVAILABLE.labels(getattr(watched.response, "cause", OTHER_CAUSE)).inc()


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
        # Not `logger.info`, which would look for the line of code that asks it.
        record = logging.LogRecord(logger.name, logging.INFO, __file__, 0, LINE, (fields,), None)
        record.fields = fields
        logger.handle(record)


def method_of(request: HttpRequest) -> str:
    """Return the method of a request; one that HTTP does not know is "other"."""
    return request.method if request.method in metrics.METHODS else "other"


def endpoint_of(request: HttpRequest, response: HttpResponse) -> str:
    """Return the name of the view that answered, as `content:gallery`, or its route if it has no name."""
    if hasattr(response, "endpoint"):
        return response.endpoint
    match = request.resolver_match
    if match is not None:
        return match.view_name or match.route
    is_static = response.status_code < 400 and request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}")
    return STATIC_FILES if is_static else NO_ROUTE


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
