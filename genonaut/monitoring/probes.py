"""/healthz, /readyz and /metrics: answered before anything else looks at the request.

Load balancers ask by address and without https: neither ALLOWED_HOSTS nor redirects are for them. No session is read.
"""

from collections.abc import Callable
from hmac import compare_digest
from typing import NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse

from genonaut.monitoring.exposition import CONTENT_TYPE, exposition
from genonaut.monitoring.readiness import readiness

METHODS = ("GET", "HEAD")


class Probe(NamedTuple):
    """An answer of a probe to an operator, or to a stranger."""

    answer: Callable[[bool], HttpResponse]
    name: str


def healthz(_is_operator: bool) -> HttpResponse:
    """Say that this process answers; the database is not asked."""
    return JsonResponse({"status": "ok"})


def readyz(is_operator: bool) -> HttpResponse:
    """Say whether this process can serve: 200 or 503. Strangers are told no details."""
    found = readiness()
    said = {"status": "ready" if found.is_ready else "not ready", "checks": found.checks}
    if is_operator:
        said["details"] = found.details
    answer = JsonResponse(said, status=200 if found.is_ready else 503)
    answer.cause = "not_ready"
    return answer


def metrics(is_operator: bool) -> HttpResponse:
    """Return all metrics to operators; to strangers there are none."""
    if is_operator:
        return HttpResponse(exposition(), content_type=CONTENT_TYPE)
    if settings.METRICS_TOKEN:
        return HttpResponse("Bearer token, please.\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse("There is nothing at this address.\n", status=404)


PROBES = {
    "/healthz": Probe(healthz, "healthz"),
    "/readyz": Probe(readyz, "readyz"),
    "/metrics": Probe(metrics, "metrics"),
}


class AnswerProbes:
    """Answers probes; passes all other requests on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        probe = PROBES.get(request.path_info)
        if probe is None:
            return self.get_response(request)
        if request.method not in METHODS:
            response = HttpResponse(status=405, headers={"Allow": ", ".join(METHODS)})
        else:
            response = probe.answer(has_token(request.META.get("HTTP_AUTHORIZATION", "")))
        return finished(response, probe, is_head=request.method == "HEAD")


def finished(response: HttpResponse, probe: Probe, *, is_head: bool) -> HttpResponse:
    """Return an answer that no cache keeps, named in metrics."""
    response.endpoint = probe.name
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Length"] = str(len(response.content))
    if is_head:
        response.content = b""
    return response


def has_token(authorization: str) -> bool:
    """Return whether a header has the token of operators."""
    scheme, _, token = authorization.partition(" ")
    wanted = settings.METRICS_TOKEN
    return bool(wanted) and scheme.lower() == "bearer" and compare_digest(token.strip().encode(), wanted.encode())
