"""Bytes to a web server and back, as slowly or oddly as a test likes."""

import http.client
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import Message

LONGEST_SECONDS = 60


@dataclass(frozen=True)
class Answer:
    """One answer."""

    status: int
    headers: Message
    body: bytes


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.socket()
        # What is not read is to wait at the server.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.socket.settimeout(LONGEST_SECONDS)
        self.socket.connect(("127.0.0.1", port))

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> "Client":
        """Send bytes."""
        for part in parts:
            self.socket.sendall(part)
        return self

    def read(self, method: str = "GET") -> Answer:
        """Read one answer; of the same connection one after the other, if their lengths are said."""
        response = http.client.HTTPResponse(self.socket, method=method)
        # It would read ahead, into the next answer.
        response.fp = self.socket.makefile("rb", buffering=0)
        response.begin()
        body = response.read() if response.length is None else self.exactly(response, response.length)
        return Answer(response.status, response.headers, body)

    def exactly(self, response: http.client.HTTPResponse, length: int) -> bytes:
        """Read so many bytes."""
        body = b""
        while len(body) < length:
            body += response.fp.read(length - len(body))
        return body

    def is_at_end(self) -> bool:
        """Return whether the server closes the connection, and sends nothing more."""
        return self.socket.recv(1) == b""


def request(
    method: str,
    path: str,
    headers: Iterable[str] = (),
    body: bytes = b"",
    version: str = "1.1",
    host: str = "localhost",
) -> bytes:
    """Return a request; Content-Length is not added."""
    lines = [f"{method} {path} HTTP/{version}", f"Host: {host}", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def chunked(*parts: bytes) -> bytes:
    """Return a chunked body."""
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (*parts, b""))
