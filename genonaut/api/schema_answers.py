"""The answers that every operation shares as OpenAPI components: errors as problems, and the headers of all."""

from http import HTTPStatus
from typing import Any

from genonaut.api.errors import MEDIA_TYPE
from genonaut.pagination.drf_schemas import LINKS_SCHEMA, PAGINATION_SCHEMA

_TEXT = {"type": "string"}
PROBLEM_SCHEMA = {
    "type": "object",
    "description": "What went wrong (RFC 9457).",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": _TEXT},
            "description": "Messages by parameter or field.",
        },
        "request_id": {"type": "string", "description": "The request, as its log lines name it."},
        "total_pages": {"type": "integer", "description": "How many pages the list has, if the page is past its end."},
    },
    "required": ["type", "title", "status", "detail"],
}
HEADERS = {
    "Vary": {"description": "The request headers that the answer depends on.", "schema": _TEXT},
    "Cache-Control": {"description": "Who may keep the answer.", "schema": _TEXT},
    "ETag": {"description": "The version of the list; absent if the list has none.", "schema": _TEXT},
    "Link": {"description": "The addresses in `links` (RFC 8288); absent if over 2,000 bytes.", "schema": _TEXT},
    "WWW-Authenticate": {"description": "How to say who asks.", "required": True, "schema": _TEXT},
    "Location": {"description": "Where it is.", "required": True, "schema": _TEXT},
    "Content-Location": {"description": "The address of the item that was made of a file.", "schema": _TEXT},
    "Allow": {"description": "The methods that are offered here.", "schema": _TEXT},
    "Retry-After": {"description": "Seconds to wait.", "required": True, "schema": {"type": "string"}},
}
COMMON_HEADERS = ("Vary", "Cache-Control")
# Name and description of each error, and the headers of its own.
ERRORS = {
    400: ("BadRequest", "A parameter or field is wrong or unknown, or the request is malformed.", ()),
    401: ("Unauthorized", "This needs a viewer, or the token is not valid.", ("WWW-Authenticate",)),
    403: ("Forbidden", "This is not the viewer's to do, or the session's CSRF token is missing.", ()),
    404: ("NotFound", "Nothing is here, or it is hidden from the viewer; or the page is past the end.", ()),
    406: ("NotAcceptable", "No media type that Accept names is offered.", ()),
    409: ("Conflict", "It exists already, or its state forbids this.", ()),
    411: ("LengthRequired", "A body was announced without its length.", ()),
    412: ("PreconditionFailed", "It is no request of this version of tus.", ()),
    413: ("ContentTooLarge", "The body is larger than is taken.", ()),
    415: ("UnsupportedMediaType", "The body's media type is not taken.", ()),
    422: ("UnprocessableContent", "The idempotency key named another request.", ()),
    423: ("Locked", "Another request is at it.", ()),
    429: ("TooManyRequests", "Too many tries; ask again later.", ("Retry-After",)),
    503: ("ServiceUnavailable", "The database is busy or away, or the page is being looked for.", ("Retry-After",)),
}
NOT_MODIFIED = "NotModified"
ANY_ERROR = "AnyError"


def components() -> dict[str, dict[str, Any]]:
    """Return the components by kind and name."""
    responses = {name: _problem(text, headers) for name, text, headers in ERRORS.values()}
    responses[NOT_MODIFIED] = {
        "description": "Nothing has changed since the answer with the ETag that the client named.",
        "headers": header_references("ETag", *COMMON_HEADERS),
    }
    responses[ANY_ERROR] = _problem("Any other error; 405 for a method that is not offered here.", ("Allow",))
    schemas = {"Problem": PROBLEM_SCHEMA, "Pagination": PAGINATION_SCHEMA, "Links": LINKS_SCHEMA}
    return {"schemas": schemas, "headers": HEADERS, "responses": responses}


def _problem(description: str, headers: tuple[str, ...]) -> dict[str, Any]:
    return {
        "description": description,
        "headers": header_references(*headers, *COMMON_HEADERS),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


def header_references(*names: str) -> dict[str, dict[str, str]]:
    """Return the headers of an answer."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def error_responses(*statuses: int) -> dict[str, dict[str, str]]:
    """Return the errors of an operation by status."""
    named = {str(status): _reference(ERRORS[status][0]) for status in sorted(statuses)}
    return {**named, "default": _reference(ANY_ERROR)}


def not_modified() -> dict[str, dict[str, str]]:
    """Return the answer of a conditional request."""
    return {str(HTTPStatus.NOT_MODIFIED.value): _reference(NOT_MODIFIED)}


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/responses/{name}"}
