"""What the web server writes: answers of Django as they are, and its own errors as problems or text."""

import json
from datetime import timedelta
from time import monotonic
from types import SimpleNamespace
from urllib.parse import urlsplit

from django.db import close_old_connections
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import build_http_date

from genonaut.http.problems import MEDIA_TYPE, problem
from genonaut.http.streaming import IS_ENDING
from genonaut.monitoring.request_ids import HEADER, new_id

API_PREFIX = "/api/"
SIGN_IN = "/accounts/login/"
DETAILS = {
    303: "Sign in first.",
    400: "This is no HTTP request that can be understood.",
    408: "The request took too long to arrive.",
    413: "The body is larger than is accepted.",
    414: "The address is longer than is accepted.",
    431: "The header is larger than is accepted.",
    500: "Something went wrong here.",
    501: "This transfer encoding is not known here; send the body as it is, or chunked.",
}


class AnswersRequest:
    """How a task writes its head and its line in the access log."""

    @property
    def has_body(self) -> bool:
        """Whether anything follows the head; waitress forgets HEAD."""
        return getattr(self.request, "command", "") != "HEAD" and super().has_body

    def build_response_header(self) -> bytes:
        """Return the head. Unlike waitress it leaves a connection open after 204, 304 and chunks, and after HEAD."""
        headers = [(name, value) for name, value in self.response_headers if name.lower() != "content-length"]
        is_bare = self.status.startswith(("1", "204", "304"))
        if self.content_length is not None and not is_bare:
            headers.append(("Content-Length", str(self.content_length)))
        elif self.has_body and self.version == "1.1":
            headers.append(("Transfer-Encoding", "chunked"))
            self.chunked_response = True
        elif self.has_body:
            self.close_on_finish = True
        if self.closes():
            self.close_on_finish = True
            headers.append(("Connection", "close"))
        elif self.version == "1.0":
            headers.append(("Connection", "keep-alive"))
        headers.append(("Date", build_http_date(self.start_time)))
        lines = [f"HTTP/{self.version} {self.status}", *(f"{name}: {value}" for name, value in headers)]
        return "\r\n".join([*lines, "\r\n"]).encode("latin-1")

    def closes(self) -> bool:
        """Return whether this is the connection's last answer."""
        asked = {part.strip() for part in self.request.headers.get("CONNECTION", "").lower().split(",")}
        is_kept = "keep-alive" in asked if self.version == "1.0" else "close" not in asked
        return self.close_on_finish or not is_kept or self.is_long or self.channel.server.is_closing

    @property
    def is_long(self) -> bool:
        """Whether a client that reads slowly would keep a thread, if it had sent its next request already.

        waitress lets the thread of that wait until the file before it is sent to within this size.
        """
        return self.has_body and (self.content_length or 0) > self.channel.adj.outbuf_high_watermark

    def set_close_on_finish(self) -> None:
        """Close the connection after this answer."""
        self.close_on_finish = True

    def service(self) -> None:
        """Answer, and write the line in gunicorn's access log."""
        begun_at = monotonic()
        super().service()
        worker = self.channel.server.worker
        if worker.log.access_log_enabled:
            environ = {**self.log_environment(), "RAW_URI": getattr(self.request, "request_uri", "-")}
            response = SimpleNamespace(
                status=self.status, sent=self.content_bytes_written, headers=self.response_headers
            )
            worker.log.access(response, {}, environ, timedelta(seconds=monotonic() - begun_at))


class Answer(AnswersRequest, WSGITask):
    """Asks Django."""

    def service(self) -> None:
        """Answer, and give the database connection back.

        Django does so when the answer is closed; that of a file is closed by the event loop, once it is sent, and the
        connection is this thread's.
        """
        super().service()
        close_old_connections()

    def get_environment(self) -> dict[str, object]:
        """Return the request's variables."""
        environ = super().get_environment()
        environ[IS_ENDING] = lambda: self.channel.server.is_closing or not self.channel.connected
        return environ

    def log_environment(self) -> dict[str, str]:
        """Return the request's variables."""
        return self.get_environment()


class Refusal(AnswersRequest, ErrorTask):
    """Answers for Django: a problem under /api/, plain text elsewhere."""

    def execute(self) -> None:
        """Write the error and close the connection."""
        status, name = self.request.error.code, new_id()
        body = problem(status, DETAILS[status], request_id=name)
        self.channel.server.worker.note_refusal(status, name)
        path = urlsplit(self.request.target).path.removeprefix(self.channel.adj.url_prefix)
        is_api = path.startswith(API_PREFIX)
        text = json.dumps(body) if is_api else f"{status} {body['title']}\n\n{body['detail']}\n"
        self.status = f"{status} {body['title']}"
        self.response_headers += [
            ("Content-Type", MEDIA_TYPE if is_api else "text/plain; charset=utf-8"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            (HEADER, name),
        ]
        if status == 303:
            prefix = self.channel.adj.url_prefix
            self.response_headers.append(("Location", f"{prefix}{SIGN_IN}?next={prefix}{path}"))
        self.close_on_finish = True
        self.content_length = len(text)
        self.write(text.encode())

    def log_environment(self) -> dict[str, str]:
        """Return what is known of a request that could not be read."""
        return {
            "REMOTE_ADDR": self.channel.addr[0],
            "REQUEST_METHOD": getattr(self.request, "command", "-"),
            "PATH_INFO": self.request.target,
            "SERVER_PROTOCOL": f"HTTP/{self.version}",
        }
