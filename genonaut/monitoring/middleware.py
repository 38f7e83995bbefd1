"""Watches each request: its id, its line in the log, its metrics, and its slow statements."""

from collections.abc import Callable
from math import inf
from time import perf_counter

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from genonaut.database.statements import Tally, tally
from genonaut.monitoring import metrics, request_ids, slow_statements
from genonaut.monitoring.request_lines import NO_ROUTE, Watched, method_of, write_line
from genonaut.monitoring.request_series import request_series, under_way
from genonaut.pagination.ways import way

STATIC_FILES = "static"
# Of answers with 503 that say no cause.
OTHER_CAUSE = "other"


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
        under_way.add(request)
        begun = perf_counter()
        try:
            response = self.get_response(request)
            response.headers[request_ids.HEADER] = request.id
            note(Watched(request, response, perf_counter() - begun, statements, str(way.get() or "none")))
        finally:
            under_way.discard(request)
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
    status = watched.response.status_code
    series = request_series(endpoint, method_of(watched.request), status, watched.reading)
    series.add(watched.seconds, watched.tally)
    if status == 503:
        metrics.UNAVAILABLE.labels(getattr(watched.response, "cause", OTHER_CAUSE)).inc()


def endpoint_of(request: HttpRequest, response: HttpResponse) -> str:
    """Return the name of the view that answered, as `content:gallery`, or its route if it has no name."""
    if hasattr(response, "endpoint"):
        return response.endpoint
    match = request.resolver_match
    if match is not None:
        return match.view_name or match.route
    is_static = response.status_code < 400 and request.path_info.startswith(f"/{settings.STATIC_URL.lstrip('/')}")
    return STATIC_FILES if is_static else NO_ROUTE
