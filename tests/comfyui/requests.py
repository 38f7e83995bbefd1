"""The routes: each also under /api."""

import json
import time
import uuid
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.comfyui.jobs import Life, Moment
from tests.comfyui.nodes import object_info
from tests.comfyui.sockets import WebSocket, accept_key
from tests.comfyui.validation import Checker, Validation, error

if TYPE_CHECKING:
    from tests.comfyui.server import LocalComfyUI, Server

UPLOAD_BYTES = 100 * 1024**2
JOB_STATES = {"success": "completed", "error": "failed"}


class Dead(Exception):
    """The server died while it handled this request."""


class Handler(BaseHTTPRequestHandler):
    """Requests of one connection."""

    protocol_version = "HTTP/1.1"
    # Answers go out in two halves; else the second would wait 40 ms for the first's acknowledgement.
    disable_nagle_algorithm = True
    server: "Server"

    @property
    def comfyui(self) -> "LocalComfyUI":
        return self.server.comfyui

    @property
    def life(self) -> Life:
        return self.server.life

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.handle_request("GET")

    def do_POST(self) -> None:
        self.handle_request("POST")

    def handle_request(self, method: str) -> None:
        self.close_connection = self.headers.get("Connection", "").lower() == "close"
        address = urlsplit(self.path)
        path = address.path.removeprefix("/api") if not address.path.startswith("/api/jobs") else address.path
        self.query = {name: values[0] for name, values in parse_qs(address.query, keep_blank_values=True).items()}
        if path == "/ws":
            self.upgrade()
            return
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            self.number = self.comfyui.count(method, path)
            self.die_if_now(Moment.BEFORE)
            self.route(method, path)
        except Dead:
            self.close_connection = True

    def route(self, method: str, path: str) -> None:
        self.path_of_route = path
        parts = path.strip("/").split("/")
        if f"/{parts[0]}" in self.comfyui.oddities.statuses:
            self.answer_text(HTTPStatus(self.comfyui.oddities.statuses[f"/{parts[0]}"]))
            return
        handler = getattr(self, f"{method.lower()}_{parts[0] if parts[0] != 'api' else 'jobs'}", None)
        if handler is None:
            # The website's own files are served from /, by GET only.
            self.answer_text(HTTPStatus.NOT_FOUND if method == "GET" else HTTPStatus.METHOD_NOT_ALLOWED)
            return
        try:
            handler(*parts[1:])
        except (Dead, BrokenPipeError, ConnectionError):
            raise
        except Exception as fault:
            self.comfyui.faults.append(fault)
            self.close_connection = True
            self.answer_text(HTTPStatus.INTERNAL_SERVER_ERROR)

    # Answers.

    def answer(self, value: Any, status: int = HTTPStatus.OK) -> None:
        # Bare NaN and Infinity, as there.
        self.answer_bytes(json.dumps(value).encode(), "application/json; charset=utf-8", status)

    def answer_text(self, status: HTTPStatus) -> None:
        text = f"{status.value} {status.phrase}\n\nServer got itself in trouble" if status >= 500 else status.phrase
        self.answer_bytes(text.encode(), "text/plain; charset=utf-8", status)

    def answer_bytes(self, body: bytes, content_type: str, status: int = HTTPStatus.OK) -> None:
        time.sleep(self.comfyui.oddities.late_answers.get(self.path_of_route, 0))
        self.die_if_now(Moment.AFTER)
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2])
        self.wfile.flush()
        self.die_if_now(Moment.MIDWAY)
        self.wfile.write(body[len(body) // 2 :])

    def die_if_now(self, moment: Moment) -> None:
        if self.comfyui.dies_now(self.number, moment):
            raise Dead

    # The websocket.

    def upgrade(self) -> None:
        self.send_response(HTTPStatus.SWITCHING_PROTOCOLS)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept_key(self.headers["Sec-WebSocket-Key"]))
        self.end_headers()
        self.close_connection = True
        self.life.hub.is_silent = self.comfyui.oddities.are_sockets_silent
        self.life.hub.serve(WebSocket(self.connection, self.rfile), self.query.get("clientId", ""))

    # Sending jobs.

    def get_prompt(self) -> None:
        self.answer({"exec_info": {"queue_remaining": len(self.life.heap) + len(self.life.running)}})

    def post_prompt(self) -> None:
        body = json.loads(self.body)
        number = self.number_of(body)
        if "prompt" not in body:
            self.refuse(Validation(error("no_prompt", "No prompt provided", "No prompt provided")))
            return
        prompt_id = str(body.get("prompt_id", uuid.uuid4()))
        if self.comfyui.oddities.ignores_prompt_ids:
            prompt_id = str(uuid.uuid4())
        if self.comfyui.oddities.is_modern and not is_canonical(prompt_id):
            self.refuse(Validation(error("invalid_prompt_id", "prompt_id must be a valid UUID")))
            return
        checker = Checker(self.comfyui.kinds, lambda kind: self.comfyui.root / kind, self.comfyui.oddities.is_modern)
        checked = checker.validate(body["prompt"])
        extra_data = body.get("extra_data", {})
        if "client_id" in body:
            extra_data["client_id"] = body["client_id"]
        if checked.error is not None:
            self.refuse(checked)
            return
        self.life.put((number, prompt_id, body["prompt"], extra_data, checked.outputs))
        if self.comfyui.oddities.answers_500:
            raise RuntimeError
        self.answer({"prompt_id": prompt_id, "number": number, "node_errors": checked.node_errors})

    def number_of(self, body: dict[str, Any]) -> float:
        """Return the turn of a job; rejected ones raise the counter too."""
        if "number" in body:
            return float(body["number"])
        number = -self.life.counter if body.get("front") else self.life.counter
        self.life.counter += 1
        return number

    def refuse(self, checked: Validation) -> None:
        self.answer({"error": checked.error, "node_errors": checked.node_errors}, HTTPStatus.BAD_REQUEST)

    # Following and stopping them.

    def get_queue(self) -> None:
        with self.life.changed:
            queue = {"queue_running": list(self.life.running.values()), "queue_pending": list(self.life.heap)}
        self.answer(queue)

    def post_queue(self) -> None:
        body = json.loads(self.body)
        waiting = [item[1] for item in self.life.heap] if body.get("clear") else []
        for prompt_id in [*waiting, *body.get("delete", [])]:
            self.life.delete(prompt_id)
        self.answer_bytes(b"", "application/octet-stream")

    def post_interrupt(self) -> None:
        try:
            prompt_id = json.loads(self.body).get("prompt_id")
        except ValueError:
            prompt_id = None
        self.life.interrupt(prompt_id)
        self.answer_bytes(b"", "application/octet-stream")

    def get_history(self, prompt_id: str | None = None) -> None:
        with self.life.changed:
            history = dict(self.life.history)
        if prompt_id is not None:
            history = {each: entry for each, entry in history.items() if each == prompt_id}
        elif "max_items" in self.query:
            history = page(history, int(self.query["max_items"]), int(self.query.get("offset", -1)))
        self.answer(history)

    def post_history(self) -> None:
        body = json.loads(self.body)
        with self.life.changed:
            for prompt_id in list(self.life.history) if body.get("clear") else body.get("delete", []):
                self.life.history.pop(prompt_id, None)
        self.answer_bytes(b"", "application/octet-stream")

    def get_jobs(self, *parts: str) -> None:
        if not self.comfyui.oddities.is_modern:
            self.answer_text(HTTPStatus.NOT_FOUND)
        elif len(parts) == 1:
            self.answer({"jobs": list(self.jobs().values())})
        elif parts[1] in self.jobs():
            self.answer(self.jobs()[parts[1]])
        else:
            self.answer({"error": "Job not found"}, HTTPStatus.NOT_FOUND)

    def post_jobs(self, *parts: str) -> None:
        if not self.comfyui.oddities.is_modern or parts[-1] != "cancel":
            self.answer_text(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            self.answer({"cancelled": self.life.delete(parts[1]) or self.life.interrupt(parts[1])})

    def jobs(self) -> dict[str, dict[str, Any]]:
        with self.life.changed:
            words = {item[1]: "pending" for item in self.life.heap}
            words |= {item[1]: "in_progress" for item in self.life.running.values()}
            for prompt_id, entry in self.life.history.items():
                is_cancelled = entry["status"]["messages"][-1][0] == "execution_interrupted"
                words[prompt_id] = "cancelled" if is_cancelled else JOB_STATES[entry["status"]["status_str"]]
        return {prompt_id: {"id": prompt_id, "status": word} for prompt_id, word in words.items()}

    # What there is.

    def get_object_info(self, name: str | None = None) -> None:
        info = object_info(self.comfyui.kinds)
        self.answer(info if name is None else {name: info[name]} if name in info else {})

    def get_system_stats(self) -> None:
        version = "0.38.0" if self.comfyui.oddities.is_modern else "0.3.64"
        self.answer({"system": {"comfyui_version": version, "argv": ["/srv/comfyui/main.py"]}, "devices": []})

    def get_features(self) -> None:
        self.answer({"supports_preview_metadata": True, "max_upload_size": UPLOAD_BYTES})

    # Files.

    def post_upload(self, kind: str) -> None:
        if len(self.body) > UPLOAD_BYTES:
            self.answer_text(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        fields, (filename, data) = self.multipart()
        folder = self.comfyui.root / fields.get("type", "input") / fields.get("subfolder", "")
        if ".." in fields.get("subfolder", ""):
            self.answer_text(HTTPStatus.BAD_REQUEST)
            return
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / filename
        if fields.get("overwrite") not in ("true", "1"):
            path = free_path(path, data)
        path.write_bytes(data)
        stored = {"name": path.name, "subfolder": fields.get("subfolder", ""), "type": fields.get("type", "input")}
        self.answer(stored)

    def multipart(self) -> tuple[dict[str, str], tuple[str, bytes]]:
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        fields, file = {}, ("", b"")
        for part in BytesParser(policy=HTTP).parsebytes(head + self.body).iter_parts():
            name, data = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            if part.get_filename():
                file = (part.get_filename(), data)
            else:
                fields[name] = data.decode()
        return fields, file

    def get_view(self) -> None:
        filename, kind = self.query.get("filename", ""), self.query.get("type", "output")
        if not filename:
            self.answer_text(HTTPStatus.NOT_FOUND)
        elif ".." in filename or filename.startswith("/"):
            self.answer_text(HTTPStatus.BAD_REQUEST)
        elif ".." in self.query.get("subfolder", ""):
            self.answer_text(HTTPStatus.FORBIDDEN)
        else:
            self.answer_file(self.comfyui.root / kind / self.query.get("subfolder", "") / Path(filename).name)

    def answer_file(self, path: Path) -> None:
        if path.is_file():
            self.answer_bytes(path.read_bytes(), "image/webp" if path.suffix == ".webp" else "image/png")
        else:
            self.answer_text(HTTPStatus.NOT_FOUND)


def is_canonical(prompt_id: str) -> bool:
    try:
        return str(uuid.UUID(prompt_id)) == prompt_id
    except ValueError:
        return False


def page(history: dict[str, Any], max_items: int, offset: int) -> dict[str, Any]:
    """Return the last entries, or some from an offset; the oldest come first."""
    ids = list(history)
    start = len(ids) - max_items if offset < 0 else offset
    return {each: history[each] for each in ids[max(start, 0) : max(start, 0) + max(max_items, 0)]}


def free_path(path: Path, data: bytes) -> Path:
    """Return the path itself if it is free or holds the same bytes, else "u (1).png"."""
    number, candidate = 0, path
    while candidate.exists() and candidate.read_bytes() != data:
        number += 1
        candidate = path.with_name(f"{path.stem} ({number}){path.suffix}")
    return candidate
