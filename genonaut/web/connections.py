"""Connections: read whole requests without a thread, write answers without one, end what is too slow."""

from socket import SHUT_WR, socket
from time import monotonic, time

from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer, UnixWSGIServer

from genonaut.web.answers import Answer, Refusal
from genonaut.web.limits import LINGER_SECONDS, NEW_SECONDS, PATIENCE_SECONDS, allowed_seconds
from genonaut.web.parsing import RequestParser, RequestTimeout


class Connection(HTTPChannel):
    """One client. All but `service` runs in the event loop."""

    task_class = Answer
    error_task_class = Refusal
    parser_class = RequestParser
    is_refused = False
    # Set while the rest of a refused request is dropped.
    lingers_until: float | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a request or an answer is under way."""
        return bool(self.requests or self.request is not None or self.total_outbufs_len)

    @property
    def is_new(self) -> bool:
        """Whether the client has just connected, and its first request is on its way."""
        return self.last_activity == self.creation_time and time() - self.creation_time < NEW_SECONDS

    def service(self) -> None:
        """Answer the next request, in a thread."""
        self.is_refused = self.requests[0].error is not None
        super().service()

    def readable(self) -> bool:
        """Return whether to wait for bytes of the client."""
        return self.lingers_until is not None or super().readable()

    def received(self, data: bytes) -> bool:
        """Take bytes of the client."""
        return self.lingers_until is None and super().received(data)

    def handle_write(self) -> None:
        """Send what is to be sent; after a refusal leave the other direction open for a while."""
        if self.close_when_flushed and self.is_refused and not self.will_close:
            self._flush_exception(self._flush_some)
            if not self.total_outbufs_len and not self.will_close:
                self.linger()
            return
        super().handle_write()

    def linger(self) -> None:
        """Say that no more comes, and drop what still arrives."""
        self.close_when_flushed = False
        self.lingers_until = monotonic() + LINGER_SECONDS
        self.socket.shutdown(SHUT_WR)

    def end_if_too_slow(self, now: float, idle_seconds: float, keepalive_seconds: float) -> None:
        """Close the connection, or refuse its request, once its time is over; `idle_seconds` since the last byte."""
        if self.lingers_until is not None:
            self.will_close = now > self.lingers_until
        elif self.requests:
            return
        elif self.total_outbufs_len:
            self.will_close = idle_seconds > PATIENCE_SECONDS
        elif self.request is None:
            self.will_close = idle_seconds > keepalive_seconds
        elif now - self.request.begun_at > allowed_seconds(self.request.bytes_received):
            self.refuse_late()

    def refuse_late(self) -> None:
        """Answer 408 to the request that did not arrive."""
        with self.requests_lock:
            self.request.refuse(RequestTimeout("too slow"))
            self.requests.append(self.request)
            self.request = None
            self.server.add_task(self)


class Listening:
    """What a socket that takes connections knows of its worker."""

    channel_class = Connection
    is_closing = False

    def __init__(self, worker: object, connection: socket, **options: object) -> None:
        self.worker = worker
        kind = (connection.family, connection.type, connection.proto, connection.getsockname())
        super().__init__(worker.wsgi, _sock=connection, bind_socket=False, sockinfo=kind, **options)
        # Of requests without a Host header, such as a load balancer's probe.
        self.server_name = self.effective_host

    def maintenance(self, now: float) -> None:
        """End connections whose time is over."""
        for channel in list(self.active_channels.values()):
            channel.end_if_too_slow(monotonic(), now - channel.last_activity, self.worker.cfg.keepalive)

    def stop(self) -> None:
        """Take no more connections; answers from now on are the last of theirs."""
        self.is_closing = True
        self.accepting = False
        self.del_channel()


class TCPListener(Listening, TcpWSGIServer):
    """Takes connections of a host and port."""


class UnixListener(Listening, UnixWSGIServer):
    """Takes connections of a Unix socket."""

    def fix_addr(self, _addr: object) -> tuple[str, str]:
        """Return that the client has no address, as gunicorn's own workers do; waitress's "localhost" is none."""
        return "", ""
