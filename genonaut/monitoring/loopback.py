"""The probes on METRICS_PORT of this machine alone: who is on it is an operator.

Each process of the site listens on the same port, and the kernel chooses one of them: all answer for all.
"""

import logging
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

from django.db import connections

from genonaut.monitoring.probes import PROBES, finished

HOST = "127.0.0.1"
# What a client may take to send its request, and to read the answer.
PATIENCE_SECONDS = 5
# A page of another site cannot ask in its reader's name: its browser names that site as the host.
NAMES = ("127.0.0.1", "localhost")

logger = logging.getLogger(__name__)


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    timeout = PATIENCE_SECONDS

    def do_GET(self) -> None:
        """Answer with a probe."""
        self.answer()

    def do_HEAD(self) -> None:
        """Answer with the head of a probe's answer."""
        self.answer()

    def answer(self) -> None:
        """Write the answer; the connection goes back to the pool."""
        probe = PROBES.get(self.path.partition("?")[0])
        is_ours = self.headers.get("Host", "").partition(":")[0] in NAMES
        if probe is None or not is_ours:
            self.send_error(404)
            return
        try:
            response = finished(probe.answer(True), probe, is_head=self.command == "HEAD")
        finally:
            connections.close_all()
        self.send_response(response.status_code)
        for name, value in response.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(response.content)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: a scrape comes every few seconds."""


class LoopbackServer(HTTPServer):
    """Listens beside the other processes of the site. One request at a time."""

    address_family = socket.AF_INET

    def server_bind(self) -> None:
        """Bind the port that the other processes have bound too."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().server_bind()

    def handle_error(self, request: object, client_address: object) -> None:
        """Log one line."""
        logger.warning("A request on METRICS_PORT failed.", exc_info=True)


def serve(port: int) -> LoopbackServer:
    """Answer on a port of this machine, in a thread that ends with the process. Raises OSError."""
    server = LoopbackServer((HOST, port), Handler)
    Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server
