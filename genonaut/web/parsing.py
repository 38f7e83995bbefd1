"""Requests as they arrive: waitress's parser, stricter where a request can be read in two ways."""

from copy import copy
from time import monotonic

from django.conf import settings
from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import Error, RequestEntityTooLarge

from genonaut.http.large_bodies import LargeBody, large_body, most_bytes
from genonaut.web.limits import REQUEST_LINE_BYTES


class URITooLong(Error):
    """414."""

    code = 414


class SignInFirst(Error):
    """303: the page for uploads takes a large form once its reader has signed in."""

    code = 303


class RequestTimeout(Error):
    """408."""

    code = 408


class RequestParser(HTTPRequestParser):
    """Reads one request; `error` is set once it is refused."""

    target = ""
    # Whether a body that is too large is so for want of a session.
    needs_session = False

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.begun_at = monotonic()

    @property
    def bytes_received(self) -> int:
        """How much of the request has arrived."""
        return self.header_bytes_received + self.body_bytes_received

    def received(self, data: bytes) -> int:
        """Return how many bytes of the data belong to this request."""
        if self.body_rcv is None and not self.target:
            self.target = target_of(self.header_plus + data)
        consumed = super().received(data)
        if self.needs_session and isinstance(self.error, RequestEntityTooLarge):
            self.error = SignInFirst("no session")
        if self.completed:
            # A client that waits for "100 Continue" gets its answer instead. waitress would ask it for its body.
            self.expect_continue = False
        return consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head. Raises ParsingError where its end, or the body's, is ambiguous."""
        if header_plus.find(b"\r\n") > REQUEST_LINE_BYTES:
            self.error = URITooLong(f"The address is longer than {REQUEST_LINE_BYTES} bytes.")
            self.completed = True
            return
        super().parse_header(header_plus)
        is_chunked = self.chunked or "TRANSFER_ENCODING" in self.headers
        if is_chunked and ("CONTENT_LENGTH" in self.headers or self.version != "1.1"):
            raise ParsingError("Transfer-Encoding is for HTTP/1.1, without Content-Length")
        self.limit_body()

    def limit_body(self) -> None:
        """Let the body be as large as its address takes: files are taken at some, from clients with credentials."""
        path = self.path.removeprefix(self.adj.url_prefix)
        kind = large_body(self.command, path, self.headers.get("CONTENT_TYPE", ""))
        if kind is not None:
            cookies = self.headers.get("COOKIE", "")
            has_credentials = "AUTHORIZATION" in self.headers or f"{settings.SESSION_COOKIE_NAME}=" in cookies
            self.needs_session = kind is LargeBody.UPLOAD_PAGE and not has_credentials
            self.adj = copy(self.adj)
            # The smallest that is not taken.
            self.adj.max_request_body_size = most_bytes(kind, has_credentials=has_credentials) + 1

    def refuse(self, error: Error) -> None:
        """End the request with an error, wherever it is."""
        self.error, self.completed, self.expect_continue = error, True, False


def target_of(data: bytes) -> str:
    """Return the path that a request line names; empty while it is not whole, unless it is too long."""
    line, end, _ = data[: REQUEST_LINE_BYTES + 2].partition(b"\r\n")
    parts = line.split(b" ")
    is_whole = end or len(data) > REQUEST_LINE_BYTES
    return parts[1].split(b"?")[0].decode("latin-1") if is_whole and len(parts) > 1 else ""
