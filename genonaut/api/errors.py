"""Errors as RFC 9457 problems: every API error is `application/problem+json` with type, title, status and detail.

`errors` holds messages by parameter or field where single ones are wrong. Nothing a client sends ends as a 500: what
the database alone can notice (two likes at the same moment, a query that takes too long) is answered here as well.
"""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import psycopg
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, JsonResponse
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from genonaut.database.outages import RETRY_AFTER_SECONDS, outage_of
from genonaut.http.limits import TooManyTriesError
from genonaut.http.problems import MEDIA_TYPE, problem
from genonaut.pagination.errors import InvalidParametersError, PageNotFoundError, PageNotReadyError


def problem_page(status: int, detail: str) -> JsonResponse:
    """Return a problem from outside DRF's views: an unknown API address, a failure before or after the view."""
    return JsonResponse(problem(status, detail), status=status, content_type=MEDIA_TYPE)


def problem_response(error: Exception, context: dict[str, Any]) -> Response | None:
    """Answer an exception of an API view as a problem; None leaves it to Django as a 500 (DRF's EXCEPTION_HANDLER)."""
    answer = _own_errors(error) or _django_and_drf(error, context)
    if answer is None:
        return None
    set_rollback()
    if answer.status_code == 503:
        outage = outage_of(error)
        answer.cause = getattr(error, "unavailable_cause", outage.cause if outage else "other")
    request = context["request"]
    renderer = getattr(request, "accepted_renderer", None)
    # As HTML in the browsable API, which shows the problem inside its page; as JSON wherever else, whatever the view
    # renders (the schema's YAML) or before it is known.
    if renderer is None or renderer.format != "api":
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), MEDIA_TYPE
        answer.content_type = MEDIA_TYPE
    return answer


def _own_errors(error: Exception) -> Response | None:
    if isinstance(error, InvalidParametersError):
        return Response(problem(400, "Some parameters are not valid.", errors=error.errors), 400)
    if isinstance(error, PageNotFoundError):
        return Response(problem(404, str(error), total_pages=error.total_pages), 404)
    if isinstance(error, PageNotReadyError):
        return Response(problem(503, str(error)), 503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
    if isinstance(error, TooManyTriesError):
        return Response(problem(429, str(error)), 429, headers={"Retry-After": str(error.wait_seconds)})
    if isinstance(error, BadRequest):
        return Response(problem(400, str(error)), 400)
    if isinstance(error, SuspiciousOperation):
        # Its own message is for the log: it names settings.
        return Response(problem(400, "This request is malformed, or larger than is accepted."), 400)
    return _outage(error) or _database_error(error.__cause__)


def _outage(error: Exception) -> Response | None:
    outage = outage_of(error)
    if outage is None:
        return None
    return Response(problem(503, outage.detail), 503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def _database_error(cause: BaseException | None) -> Response | None:
    if isinstance(cause, psycopg.errors.UniqueViolation):
        return Response(problem(409, "This already exists."), 409)
    if isinstance(cause, psycopg.errors.ForeignKeyViolation):
        return Response(problem(409, "Something that this refers to was deleted meanwhile."), 409)
    if isinstance(cause, psycopg.errors.CheckViolation):
        return Response(problem(400, f"This breaks the rule {cause.diag.constraint_name}."), 400)
    return None


def _django_and_drf(error: Exception, context: dict[str, Any]) -> Response | None:
    response = exception_handler(error, context)
    if response is None:
        return None
    if isinstance(error, exceptions.ValidationError):
        response.data = problem(400, "Some fields are not valid.", errors=dict(_messages_by_name(response.data)))
    else:
        response.data = problem(response.status_code, _detail(error, response))
    return response


def _messages_by_name(errors: Any, name: str | None = None) -> Iterator[tuple[str, list[str]]]:  # noqa: ANN401
    """Yield messages by the name of their field; one inside another goes by a dotted name, as "tags.0"."""
    is_nested = isinstance(errors, list) and any(isinstance(part, dict | list) for part in errors)
    if isinstance(errors, dict) or is_nested:
        for key, part in errors.items() if isinstance(errors, dict) else enumerate(errors):
            yield from _messages_by_name(part, str(key) if name is None else f"{name}.{key}")
    else:
        yield "non_field_errors" if name is None else name, errors if isinstance(errors, list) else [errors]


def _detail(error: Exception, response: Response) -> str:
    if isinstance(error, Http404):
        return "There is nothing at this address, or it is not shown to you."
    if isinstance(error, PermissionDenied):
        return "You may not do this."
    return str(response.data.get("detail") or HTTPStatus(response.status_code).phrase)
