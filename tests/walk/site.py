"""The site as its clients meet it: HTTP over kept connections, one for each thread."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from threading import local
from typing import Any
from urllib.parse import urlsplit

from tests.walk.record import Record

CONTENT = "/api/v1/content/"
LONGEST_SECONDS = 60
PAUSE_SECONDS = 0.2
# A kept connection that the server closed while it was idle.
HUNG_UP = (ConnectionResetError, BrokenPipeError, http.client.RemoteDisconnected)


@dataclass(frozen=True)
class Answer:
    """What the site answered; status 0 is no answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Return the body's value."""
        return json.loads(self.body)


class Site:
    """Asks a site, anonymously or by the token of its account. Names in a path are its own: `/api/v1/content/`."""

    def __init__(self, url: str, token: str, record: Record, *, patience_seconds: float = 0.0) -> None:
        parts = urlsplit(url)
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._connect = lambda: kind(parts.netloc, timeout=LONGEST_SECONDS)
        self._prefix = parts.path.rstrip("/")
        self._token = token
        self._own = local()
        self._made: list[http.client.HTTPConnection] = []
        self._patience = patience_seconds
        self.record = record

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        is_signed_in: bool = False,
        headers: Mapping[str, str] | None = None,
        body: dict[str, Any] | None = None,
        patience_seconds: float | None = None,
    ) -> Answer:
        """Return the answer; a 503 that names a time is asked again as long as patience lasts."""
        sent = {"Accept": "application/json", **(headers or {})}
        if is_signed_in:
            sent["Authorization"] = f"Token {self._token}"
        if body is not None:
            sent["Content-Type"] = "application/json"
        payload = None if body is None else json.dumps(body)
        until = time.monotonic() + (self._patience if patience_seconds is None else patience_seconds)
        answer = self._send(method, path, sent, payload)
        while answer.status == 503 and "Retry-After" in answer.headers and time.monotonic() < until:
            time.sleep(PAUSE_SECONDS)
            answer = self._send(method, path, sent, payload)
        return answer

    def read(self, path: str, *, status: int = 200, **how: Any) -> dict[str, Any] | None:
        """Return the JSON of an answer; None, and an error in the record, if it has another status."""
        answer = self.ask(path, **how)
        if answer.status == status:
            return answer.json()
        self.record.error(path, f"{answer.status} {answer.body[:200]!r}")
        return None

    def close(self) -> None:
        """Close the connections of all threads."""
        for connection in self._made:
            connection.close()

    def _send(self, method: str, path: str, headers: Mapping[str, str], payload: str | None) -> Answer:
        self.record.request()
        try:
            try:
                return self._exchange(method, path, headers, payload)
            except HUNG_UP:
                self._own.connection.close()
                if method != "GET":
                    raise
                return self._exchange(method, path, headers, payload)
        except (OSError, http.client.HTTPException) as error:
            self._own.connection.close()
            return Answer(0, {}, repr(error).encode())

    def _exchange(self, method: str, path: str, headers: Mapping[str, str], payload: str | None) -> Answer:
        if not hasattr(self._own, "connection"):
            self._own.connection = self._connect()
            self._made.append(self._own.connection)
        connection = self._own.connection
        connection.request(method, self._prefix + path, body=payload, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
