"""A bucket that speaks as much of S3 as the site uses: objects are put, asked for, read in ranges and deleted."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


class BucketServer(ThreadingHTTPServer):
    """Objects by their path, and how many bytes were sent of them."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.sent_bytes = 0
        super().__init__(("127.0.0.1", 0), BucketHandler)


class BucketHandler(BaseHTTPRequestHandler):
    """Answers for one connection."""

    protocol_version = "HTTP/1.1"
    server: BucketServer

    def do_PUT(self) -> None:
        """Keep an object."""
        self.server.objects[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200)

    def do_HEAD(self) -> None:
        """Tell the size of an object."""
        content = self.server.objects.get(self.path)
        self.answer(404 if content is None else 200, size=len(content or b""))

    def do_GET(self) -> None:
        """Send an object or a range of it."""
        content = self.server.objects.get(self.path)
        if content is None:
            self.answer(404)
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        part = content[int(asked[1]) : int(asked[2]) + 1] if asked else content
        self.server.sent_bytes += len(part)
        self.answer(206 if asked else 200, part)

    def do_DELETE(self) -> None:
        """Forget an object."""
        self.server.objects.pop(self.path, None)
        self.answer(204)

    def answer(self, status: int, body: bytes = b"", size: int | None = None) -> None:
        """Send an answer."""
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if size is None else size))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@contextmanager
def bucket() -> Iterator[BucketServer]:
    """Run a bucket for a while."""
    with BucketServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
