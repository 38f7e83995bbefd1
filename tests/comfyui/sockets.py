"""Websockets of the server's side: frames, and who is told what."""

import base64
import hashlib
import io
import json
import socket
import struct
from threading import Lock
from typing import Any
from uuid import uuid4

from PIL import Image

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def accept_key(key: str) -> str:
    return base64.b64encode(hashlib.sha1(f"{key}{MAGIC}".encode(), usedforsecurity=False).digest()).decode()


class WebSocket:
    """One open connection."""

    def __init__(self, connection: socket.socket, reader: io.BufferedIOBase) -> None:
        self.connection, self.reader = connection, reader
        self.supports_metadata = False
        self._lock = Lock()

    def send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            length = bytes([size])
        else:
            length = struct.pack(">BH", 126, size) if size < 65536 else struct.pack(">BQ", 127, size)
        try:
            with self._lock:
                self.connection.sendall(bytes([0x80 | opcode]) + length + payload)
        except OSError:
            return

    def read(self) -> None:
        """Answer pings until the client closes, or is gone."""
        is_first = True
        while True:
            opcode, payload = self._frame()
            if opcode == CLOSE:
                self.send(CLOSE, payload)
                return
            if opcode == PING:
                self.send(PONG, payload)
            if opcode == TEXT and is_first:
                message = json.loads(payload)
                flags = message.get("data", {}) if message.get("type") == "feature_flags" else {}
                self.supports_metadata = flags.get("supports_preview_metadata", False)
                is_first = False

    def _frame(self) -> tuple[int, bytes]:
        first, second = self._exactly(2)
        size = second & 127
        if size > 125:
            size = int.from_bytes(self._exactly(2 if size == 126 else 8))
        mask = self._exactly(4) if second & 128 else bytes(4)
        return first & 15, bytes(byte ^ mask[place % 4] for place, byte in enumerate(self._exactly(size)))

    def _exactly(self, size: int) -> bytes:
        data = self.reader.read(size)
        if len(data) < size:
            raise ConnectionError
        return data


class Hub:
    """The sockets of one life of the server, each under its client's id."""

    def __init__(self) -> None:
        self.sockets: dict[str, WebSocket] = {}
        self.is_silent = False

    def serve(self, web_socket: WebSocket, client_id: str) -> None:
        """
        Register a socket until it closes.

        An older one of the same id is not closed, only no longer registered; when it closes, it takes the id with it,
        so that the newer one stays open and hears nothing more.
        """
        sid = client_id or uuid4().hex
        self.sockets[sid] = web_socket
        self.send("status", {"status": {"exec_info": {"queue_remaining": 0}}, "sid": sid}, sid)
        try:
            web_socket.read()
        except (ConnectionError, OSError, ValueError):
            pass
        finally:
            self.sockets.pop(sid, None)

    def send(self, event: str, data: dict[str, Any], sid: str | None) -> None:
        """Send to one client, or to all if there is none to send to."""
        message = json.dumps({"type": event, "data": data}).encode()
        for web_socket in self._receivers(sid):
            web_socket.send(TEXT, message)

    def send_preview(self, picture: Image.Image, node_id: str, prompt_id: str, sid: str | None) -> None:
        file = io.BytesIO()
        picture.save(file, "JPEG")
        metadata = {"node_id": node_id, "prompt_id": prompt_id, "image_type": "image/jpeg"}
        for web_socket in self._receivers(sid):
            if web_socket.supports_metadata:
                text = json.dumps(metadata).encode()
                web_socket.send(BINARY, struct.pack(">II", 4, len(text)) + text + file.getvalue())
            else:
                web_socket.send(BINARY, struct.pack(">II", 1, 1) + file.getvalue())

    def _receivers(self, sid: str | None) -> list[WebSocket]:
        if self.is_silent:
            return []
        if sid is None:
            return list(self.sockets.values())
        return [self.sockets[sid]] if sid in self.sockets else []
