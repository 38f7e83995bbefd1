"""The websocket of one ComfyUI, read by a thread: hints only, nothing depends on it."""

from threading import Event, Thread
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from generation.backends.comfyui.hints import Hints, first_message

OPEN_SECONDS, CLOSE_SECONDS = 3, 1
# ComfyUI never pings: without pings of ours a connection that died silently would stay open for ever.
PING_SECONDS = 20
MESSAGE_BYTES = 16 * 1024**2
FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1, 60
# How long a first job waits for the socket, so that its own progress is heard.
READY_SECONDS = 1


class News:
    """A thread that reads the socket and connects again when it ends."""

    def __init__(self, url: str, auth: httpx.BasicAuth | None = None) -> None:
        """Prepare for a server's base URL; nothing is connected before `start`."""
        self.hints = Hints()
        self.client_id = uuid4().hex
        self._url = f"ws{url.removeprefix('http')}/ws"
        self._headers = _headers(auth)
        self._stopping = Event()
        self._ready = Event()
        self._socket: ClientConnection | None = None
        self._thread: Thread | None = None

    def start(self) -> None:
        """Start the thread once, and give its first connection a moment."""
        if self._thread is None:
            self._thread = Thread(target=self._run, name="comfyui-news", daemon=True)
            self._thread.start()
            self._ready.wait(READY_SECONDS)

    def close(self) -> None:
        """Close the socket and wait for the thread to end."""
        self._stopping.set()
        socket = self._socket
        if socket is not None:
            socket.close()
        if self._thread is not None:
            self._thread.join(OPEN_SECONDS + READY_SECONDS)

    def _run(self) -> None:
        wait = FIRST_WAIT_SECONDS
        while not self._stopping.is_set():
            wait = FIRST_WAIT_SECONDS if self._listen() else min(wait * 2, LONGEST_WAIT_SECONDS)
            self._ready.set()
            self._stopping.wait(wait)

    def _listen(self) -> bool:
        """Read one connection to its end, and tell if it was ever open.

        Leaving `connect` closes the old socket fully. A new connection takes a new client id: ComfyUI deregisters a
        socket when an older one of the same id closes, and the new one would stay silent.
        """
        client_id = uuid4().hex
        was_open = False
        try:
            with self._connected(client_id) as socket:
                self._socket = socket
                self.client_id = client_id
                was_open = True
                socket.send(first_message())
                self._ready.set()
                self._take_all(socket)
        except (OSError, WebSocketException, TimeoutError):
            pass
        finally:
            self._socket = None
        return was_open

    def _take_all(self, socket: ClientConnection) -> None:
        """Read until the socket is closed: a close waits behind messages that are not read."""
        if not self._stopping.is_set():
            for message in socket:
                self.hints.take(message)

    def _connected(self, client_id: str) -> ClientConnection:
        return connect(
            f"{self._url}?{urlencode({'clientId': client_id})}",
            additional_headers=self._headers,
            open_timeout=OPEN_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            max_size=MESSAGE_BYTES,
            compression=None,
            # As for HTTP: no proxy of the environment.
            proxy=None,
        )


def _headers(auth: httpx.BasicAuth | None) -> dict[str, str]:
    """Return the header that httpx sends for the same credentials."""
    if auth is None:
        return {}
    request = next(auth.auth_flow(httpx.Request("GET", "http://comfyui")))
    return {"Authorization": request.headers["Authorization"]}
