"""A proxy before the test's server that can go away, end connections and freeze, as servers and networks do."""

import socket
from contextlib import suppress
from threading import Event, Lock, Thread

from psycopg.conninfo import conninfo_to_dict


class Proxy:
    """Hands on what comes to `port` of loopback to the server of a URL."""

    def __init__(self, url: str) -> None:
        self.server = conninfo_to_dict(url)
        self.guard = Lock()
        self.open: list[socket.socket] = []
        self.is_moving = Event()
        self.is_moving.set()
        self.port = 0
        self.start()

    def start(self) -> None:
        """Take connections."""
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.port = self.listener.getsockname()[1]
        self.listener.listen(50)
        Thread(target=self.accept, args=(self.listener,), daemon=True).start()

    def stop(self) -> None:
        """Refuse new connections and end those that there are."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        with self.guard:
            ended, self.open = self.open, []
        for one in ended:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def freeze(self) -> None:
        """Go on taking connections, and hand nothing on."""
        self.is_moving.clear()

    def thaw(self) -> None:
        """Hand on what was held up."""
        self.is_moving.set()

    def accept(self, listener: socket.socket) -> None:
        """Connect each client with the server."""
        while True:
            try:
                client, _ = listener.accept()
                server = self.connect()
            except OSError:
                return
            with self.guard:
                self.open += [client, server]
            for ends in ((client, server), (server, client)):
                Thread(target=self.pump, args=ends, daemon=True).start()

    def connect(self) -> socket.socket:
        """Connect to the server, whose host may be the folder of its socket."""
        host, port = self.server.get("host") or "127.0.0.1", int(self.server.get("port") or 5432)
        if not host.startswith("/"):
            return socket.create_connection((host, port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def pump(self, source: socket.socket, target: socket.socket) -> None:
        """Hand on until one side ends."""
        with suppress(OSError):
            while block := source.recv(65536):
                self.is_moving.wait()
                target.sendall(block)
        for one in (source, target):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
