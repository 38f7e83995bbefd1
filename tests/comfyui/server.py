"""The server: a port that outlives its lives, a folder that does too, and the moments at which it dies."""

import socket
import struct
import time
from collections.abc import Callable, Mapping
from errno import EADDRINUSE
from http.server import ThreadingHTTPServer
from pathlib import Path
from random import sample
from threading import Lock, Thread
from typing import Any, Self

from tests.comfyui.jobs import Life, Moment, Oddities
from tests.comfyui.nodes import NodeKind, kinds
from tests.comfyui.requests import Handler

MODELS = {
    "checkpoints": ["dreamy.safetensors", "sub/sharp.safetensors"],
    "loras": ["ink.safetensors"],
    "upscale_models": ["4x-plain.pth"],
}
PORTS = range(20_000, 32_000)
AT_ONCE = struct.pack("ii", 1, 0)


class Server(ThreadingHTTPServer):
    """Threads for requests, and the connections that are open, to be closed all at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], comfyui: "LocalComfyUI", life: Life) -> None:
        self.comfyui, self.life = comfyui, life
        self.connections: set[socket.socket] = set()
        super().__init__(address, Handler)

    def process_request(self, request: socket.socket, client_address: Any) -> None:
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: connections that break are what these tests are about."""


class LocalComfyUI:
    """
    A ComfyUI on 127.0.0.1, with its files in a folder.

        with LocalComfyUI(tmp_path) as comfyui:
            comfyui.die_at(3, Moment.AFTER, away_seconds=0.1)

    `on_request` is called with the number, method and path of each request, before it is handled, and may call `die`
    or change `oddities`. Websockets are not counted.
    """

    def __init__(
        self, root: Path, *, models: Mapping[str, list[str]] = MODELS, oddities: Oddities | None = None
    ) -> None:
        self.root = root
        self.oddities = oddities or Oddities()
        self.kinds: dict[str, NodeKind] = kinds(models)
        self.requests: list[tuple[str, str]] = []
        # What was answered with a 500, for a test that did not mean to.
        self.faults: list[Exception] = []
        self.on_request: Callable[[int, str, str], None] = lambda number, method, path: None
        self.port = 0
        self._server: Server | None = None
        self._death: tuple[int, Moment, float] | None = None
        self._lock = Lock()
        # Held while it starts or dies, so that a port is free before it is taken again.
        self._turning = Lock()
        for kind in ("input", "output", "temp"):
            (root / kind).mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_alive(self) -> bool:
        return self._server is not None

    @property
    def has_died(self) -> bool:
        """Whether the death that `die_at` announced has come."""
        return self._death is None

    @property
    def life(self) -> Life:
        """What the running process holds. It is another one after each death."""
        assert self._server is not None, "the server is dead"
        return self._server.life

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._death = None
        self.die()

    def start(self) -> None:
        """Start, or come back on the same port: without queue, history, cache and temporary files."""
        with self._turning:
            for file in (self.root / "temp").iterdir():
                file.unlink()
            life = Life(self.root, self.kinds, self.oddities)
            life.on_crash = self.die
            self._server = self._listening(life)
            self.port = self._server.server_address[1]
            Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def _listening(self, life: Life) -> Server:
        """
        Listen on the port, or at first on a free one below those that the system gives to clients.

        While the server is dead, a client that tries to reach such a port may be given it, and talk to itself.
        """
        for port in [self.port] if self.port else sample(PORTS, 100):
            try:
                return Server(("127.0.0.1", port), self, life)
            except OSError as error:
                if error.errno != EADDRINUSE:
                    raise
        raise RuntimeError("no port is free")

    def die(self) -> None:
        """End as a killed process does: every connection is reset, and the port is closed."""
        with self._turning:
            server, self._server = self._server, None
            if server is not None:
                server.life.end()
                server.shutdown()
                server.server_close()
                for connection in list(server.connections):
                    reset(connection)

    def die_at(self, number: int, moment: Moment = Moment.BEFORE, *, away_seconds: float = 0.05) -> None:
        """Die once, at the request of this number (from 1, over all lives), and come back after a while."""
        self._death = (number, moment, away_seconds)

    def count(self, method: str, path: str) -> int:
        """Note a request and return its number."""
        with self._lock:
            self.requests.append((method, path))
            number = len(self.requests)
        self.on_request(number, method, path)
        return number

    def dies_now(self, number: int, moment: Moment) -> bool:
        """Die if this is the moment."""
        with self._lock:
            if self._death is None or self._death[:2] != (number, moment):
                return False
            away_seconds, self._death = self._death[2], None
        self.die()
        Thread(target=self._come_back, args=(away_seconds,), daemon=True).start()
        return True

    def _come_back(self, away_seconds: float) -> None:
        time.sleep(away_seconds)
        self.start()


def reset(connection: socket.socket) -> None:
    """Close a connection with RST, whatever waits in it."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
    finally:
        connection.close()
