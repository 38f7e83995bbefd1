"""Bodies of requests: read whole before a view runs, or refused. What is answered with 2xx has been read.

Our web server hands whole requests on. This holds behind any other server as well, Django's own among them.
"""

import re
from collections.abc import Callable
from io import BytesIO
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from genonaut.http.error_pages import API_PREFIX, refused
from genonaut.http.large_bodies import LargeBody, large_body, most_bytes
from genonaut.http.redirects import to_sign_in
from genonaut.http.uploads import TakeFiles

WHOLE_NUMBER = re.compile("[0-9]{1,18}")
CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")
URLENCODED = "application/x-www-form-urlencoded"
FORMS = (URLENCODED, "multipart/form-data")


class RefusedBodyError(Exception):
    """A body that is not taken: the status of the answer, and why."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.status = status


class WholeBodies:
    """Reads each body, chunked ones too, before anything else does; refuses what is too large, cut off or encoded.

    A body that may hold a file is left to its view, which reads it piece by piece to a file.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request."""
        kind = large_body(request.method, request.path_info, request.META.get("CONTENT_TYPE", ""))
        try:
            if open_body(request, kind) if kind else read_body(request):
                check_kind(request)
        except RefusedBodyError as error:
            if error.status == 413 and kind is LargeBody.UPLOAD_PAGE and not has_credentials(request):
                return to_sign_in(request.path)
            return refused(request, error.status, str(error))
        return self.get_response(request)


def open_body(request: HttpRequest, kind: LargeBody) -> bool:
    """Leave a body that may hold a file unread; return whether there is one. Raises RefusedBodyError."""
    if kind.is_form:
        request.upload_handlers = [TakeFiles(request)]
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length:
        return read_body(request)
    check_length(length, most_bytes(kind, has_credentials=has_credentials(request)))
    return int(length) > 0


def has_credentials(request: HttpRequest) -> bool:
    """Return whether a client says who it is; whether that is true is known later."""
    return (
        "HTTP_AUTHORIZATION" in request.META
        or settings.SESSION_COOKIE_NAME in request.COOKIES
        or hasattr(request, "_force_auth_user")  # what DRF's test client signs in by
    )


def read_body(request: HttpRequest) -> bool:
    """Read the body into memory; return whether there is one. Raises RefusedBodyError."""
    meta = request.META
    length = meta.get("CONTENT_LENGTH") or ""
    if length:
        return read_known(request, length)
    stream = stream_without_length(request)
    if stream is not None:
        return read_to_end(request, stream)
    if "HTTP_TRANSFER_ENCODING" in meta:
        raise RefusedBodyError(411, "This server needs the Content-Length of a body; nothing was done.")
    return False


def read_to_end(request: HttpRequest, stream: BinaryIO) -> bool:
    """Read a body of unknown length. Raises RefusedBodyError if it is too large."""
    body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    check_size(len(body), settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    if body:
        request.META["CONTENT_LENGTH"] = str(len(body))
        # As WSGIRequest has it, which trusts Content-Length alone.
        request._stream = BytesIO(body)
    return bool(body)


def read_known(request: HttpRequest, length: str) -> bool:
    """Read a body whose length is said. Raises RefusedBodyError unless all of it arrives."""
    check_length(length, settings.DATA_UPLOAD_MAX_MEMORY_SIZE)
    try:
        is_whole = len(request.body) == int(length)
    except UnreadablePostError:
        is_whole = False
    if not is_whole:
        raise RefusedBodyError(400, "The body ended before its Content-Length; nothing was done.")
    return bool(request.body)


def stream_without_length(request: HttpRequest) -> BinaryIO | None:
    """Return what a body of unknown length can be read from to its end; None where no end is known."""
    if "wsgi.input" not in request.META:  # ASGI: Django has read it.
        return request
    return request.META["wsgi.input"] if request.META.get("wsgi.input_terminated") else None


def check_length(length: str, most: int) -> None:
    """Raise RefusedBodyError unless a Content-Length is a number, and within the limit."""
    if not WHOLE_NUMBER.fullmatch(length):
        raise RefusedBodyError(400, "Content-Length must be a whole number.")
    check_size(int(length), most)


def check_size(size: int, most: int) -> None:
    """Raise RefusedBodyError if a body is larger than is taken."""
    if size > most:
        raise RefusedBodyError(413, f"The body is larger than {most:,} bytes.")


def check_kind(request: HttpRequest) -> None:
    """Raise RefusedBodyError for a body that nothing here would read as it is meant."""
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in ("identity", ""):
        raise RefusedBodyError(415, "Bodies are taken without Content-Encoding.")
    if request.content_params.get("charset", "utf-8").lower() not in CHARSETS:
        raise RefusedBodyError(415, "Bodies are taken in UTF-8.")
    is_page = request.method == "POST" and not request.path_info.startswith(API_PREFIX)
    if is_page and request.content_type not in FORMS:
        raise RefusedBodyError(415, "Pages take forms.")
    if request.content_type == URLENCODED:
        check_text(request.body)


def check_text(form: bytes) -> None:
    """Raise RefusedBodyError unless a form is UTF-8: Django would replace what it cannot decode."""
    try:
        unquote_to_bytes(form).decode()
    except UnicodeDecodeError as error:
        raise RefusedBodyError(400, "The form is not UTF-8.") from error
