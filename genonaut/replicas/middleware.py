"""Decides once a request which server it reads, and asks another if that one fails."""

from collections.abc import Callable
from typing import Any

from django.db import Error, connections
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from genonaut.database.outages import ReadOnlyError
from genonaut.http.error_pages import server_error
from genonaut.http.read_only import is_change
from genonaut.replicas import positions, routing
from genonaut.replicas.cluster import WATCH, choose
from genonaut.replicas.routing import PRIMARY

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
UNAUTHORIZED = 401


class ReadReplicas:
    """Answers GET, HEAD and OPTIONS from a replica where that shows the viewer what they have changed, else and all
    other methods from the primary.

    - A replica that fails, or refuses a write, or knows no such token: the primary is asked once.
    - A primary that is away: any replica that answers is asked; what changes something is told "read only", if it
      cannot have reached the primary.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        WATCH.start()
        reading = routing.begin()
        response = None
        try:
            response = self._read(request) if request.method in SAFE else self._change(request)
            if reading.has_changed:
                routing.read_from(None)
                positions.note(request, response)
            return response
        finally:
            if response is not None and response.streaming and reading.replica:
                # The rest of the answer comes from where it began. Django closes it before the connections.
                response._resource_closers.append(routing.end)
            else:
                routing.end()

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., Any],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> None:
        """Let a view that writes and reads that go to the primary: nothing was read so far."""
        if getattr(view, "reads_primary", False):
            routing.read_from(None)

    def _change(self, request: HttpRequest) -> HttpResponseBase:
        primary = connections[PRIMARY]
        connects = primary.connects - (primary.connection is not None)
        response = self.get_response(request)
        # One that had a connection may have been carried out: a COMMIT can be left without its answer.
        if primary.connects == connects and _is_primary_away(response) and WATCH.reachable():
            return _read_only(request)
        routing.current.get().has_changed |= is_change(request)
        return response

    def _read(self, request: HttpRequest) -> HttpResponseBase:
        begun = Beginning(request)
        replica = _replica_for(request)
        response = self._answer(request, replica)
        if replica and _is_doubtful(request, response, replica):
            response = self._again(request, begun, None, response)
        if _is_primary_away(response):
            reachable = [other for other in WATCH.reachable() if other != replica]
            response = self._again(request, begun, reachable[0], response) if reachable else response
        return response

    def _answer(self, request: HttpRequest, replica: str | None) -> HttpResponseBase:
        routing.read_from(replica)
        return self.get_response(request)

    def _again(
        self, request: HttpRequest, begun: "Beginning", replica: str | None, before: HttpResponseBase
    ) -> HttpResponseBase:
        """Answer the request once more, from another server; keep the first answer if that one fails."""
        begun.restore(request)
        response = self._answer(request, replica)
        worse, better = (response, before) if response.status_code >= 500 > before.status_code else (before, response)
        for closer in worse._resource_closers:
            closer()
        return better


class Beginning:
    """What a request was before a view and the middleware around it were asked: what they noted belongs to a server."""

    def __init__(self, request: HttpRequest) -> None:
        self.attributes = dict(vars(request))
        self.meta = dict(request.META)

    def restore(self, request: HttpRequest) -> None:
        """Let the request be as it was."""
        vars(request).clear()
        vars(request).update(self.attributes)
        request.META.clear()
        request.META.update(self.meta)


def _replica_for(request: HttpRequest) -> str | None:
    """Return the replica that the request may read; None for the primary. One query if the viewer changed something
    lately, or has a token, two for both."""
    replica = choose(request)
    if replica is None:
        return None
    try:
        position = positions.position_of(request)
    except Error:  # the primary is away
        return replica
    try:
        return replica if position is None or position.is_reached(replica) else None
    except Error:
        return None


def _is_doubtful(request: HttpRequest, response: HttpResponseBase, replica: str) -> bool:
    """Return whether the primary may know better: an error, shown or not, or a token that may be new."""
    is_unknown = response.status_code == UNAUTHORIZED and "HTTP_AUTHORIZATION" in request.META
    return routing.current.get().replica == replica and (connections[replica].errors_occurred or is_unknown)


def _is_primary_away(response: HttpResponseBase) -> bool:
    is_of_primary = routing.current.get().replica is None
    return is_of_primary and response.status_code >= 500 and connections[PRIMARY].pool.is_failing


def _read_only(request: HttpRequest) -> HttpResponseBase:
    try:
        raise ReadOnlyError
    except ReadOnlyError:
        return server_error(request)
