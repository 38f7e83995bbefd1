"""gunicorn's worker: waitress's event loop reads whole requests and writes answers, threads compute what is between.

gunicorn's own thread worker gives a thread to each connection that sends: with 16 threads, 16 clients that are slow
to send, or to read, hold the whole site.
"""

import logging
import os
import resource
import socket
from collections.abc import Callable
from time import monotonic

from django.conf import settings
from gunicorn.workers.base import Worker
from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.task import ThreadedTaskDispatcher

from genonaut.web.connections import TCPListener, UnixListener
from genonaut.web.limits import HEADER_BYTES, MEMORY_BYTES

logger = logging.getLogger(__name__)

LOOP_SECONDS = 1


class Wakeup(wasyncore.file_dispatcher):
    """Ends a wait of the event loop when a signal arrives."""

    def writable(self) -> bool:
        """Return False: it is only read."""
        return False

    def handle_read(self) -> None:
        """Drop the signal's number: its handler has run."""
        os.read(self._fileno, 4096)


class BufferingWorker(Worker):
    """Serves with `threads` threads; no connection costs one before its request is whole."""

    # Is told the status and the id of each request that is refused before Django is asked (genonaut/gunicorn.py).
    note_refusal: Callable[[int, str], None] = staticmethod(lambda _status, _name: None)
    # Is called about once a second (genonaut/gunicorn.py).
    publish: Callable[[], None] = staticmethod(lambda: None)
    published_at = 0.0

    def run(self) -> None:
        """Serve until the master ends this worker, or is gone."""
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        self.map: dict[int, wasyncore.dispatcher] = {}
        Wakeup(self.PIPE[0], self.map)
        dispatcher = ThreadedTaskDispatcher()
        dispatcher.set_thread_count(self.cfg.threads)
        listeners = [self.listener(wrapped.sock, dispatcher) for wrapped in self.sockets]
        while self.alive and self.ppid == os.getppid():
            self.turn()
        for listener in listeners:
            listener.stop()
        self.finish(listeners)
        self.publish_now()

    def listener(self, sock: socket.socket, dispatcher: ThreadedTaskDispatcher) -> TCPListener | UnixListener:
        """Return what takes connections of one of gunicorn's sockets."""
        kind = UnixListener if sock.family == socket.AF_UNIX else TCPListener
        return kind(self, sock, map=self.map, dispatcher=dispatcher, adj=self.adjustments())

    def adjustments(self) -> Adjustments:
        """Return waitress's settings."""
        return Adjustments(
            threads=self.cfg.threads,
            backlog=self.cfg.backlog,
            connection_limit=self.cfg.worker_connections,
            cleanup_interval=1,
            max_request_header_size=HEADER_BYTES,
            # The largest that is taken; waitress means the smallest that is not.
            max_request_body_size=settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1,
            inbuf_overflow=MEMORY_BYTES,
            outbuf_overflow=MEMORY_BYTES,
            recv_bytes=65_536,
            ident="",
            # As gunicorn has it: what the addresses begin with that a proxy passes on.
            url_prefix=os.environ.get("SCRIPT_NAME", ""),
            # Django and DRF read forwarding headers as settings say.
            clear_untrusted_proxy_headers=False,
            log_socket_errors=False,
        )

    def turn(self, seconds: float = LOOP_SECONDS) -> None:
        """Handle what happened on connections; tell the master that this worker lives; publish what it counted."""
        self.notify()
        wasyncore.loop(timeout=seconds, use_poll=True, map=self.map, count=1)
        if monotonic() >= self.published_at + LOOP_SECONDS:
            self.published_at = monotonic()
            self.publish_now()

    def publish_now(self) -> None:
        """Publish what this worker counted. A full disk must not end the loop, and with it all requests."""
        try:
            self.publish()
        except OSError as error:
            logger.warning("What requests took cannot be published: %s", error)

    def finish(self, listeners: list[TCPListener | UnixListener]) -> None:
        """Let requests that are under way end, within gunicorn's `graceful_timeout`."""
        deadline = monotonic() + self.cfg.graceful_timeout
        while monotonic() < deadline:
            channels = [channel for listener in listeners for channel in listener.active_channels.values()]
            for channel in channels:
                channel.will_close |= not (channel.is_busy or channel.is_new)
            if not channels:
                return
            self.turn(0.1)
