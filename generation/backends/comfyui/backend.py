"""One ComfyUI server as a backend: an attempt's key is the id of its prompt there."""

import hashlib
import json
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from generation.backends import (
    AwayError,
    BackendError,
    Order,
    OutputRef,
    Progress,
    RefusedError,
    State,
    StuckError,
    UnsureError,
)
from generation.backends.comfyui.answers import cleaned, mapping
from generation.backends.comfyui.connection import BAD_REQUEST, OK, READ_SECONDS, Answer, Connection
from generation.backends.comfyui.graphs import checked, file_prefix, filled, needs_picture
from generation.backends.comfyui.history import ended
from generation.backends.comfyui.news import News
from generation.backends.comfyui.node_classes import (
    NodeClass,
    missing_names,
    node_classes,
    output_nodes,
    with_first_choices,
)
from generation.backends.comfyui.queues import Queue, queue_of
from generation.backends.comfyui.sentences import refusal
from generation.backends.comfyui.watching import Watch, Watchdog

FOLDER = "genonaut"
TOO_LARGE = 413
# Answers of a proxy or of a wrong address, before which nothing was queued.
NOT_TAKEN = (301, 302, 307, 308, 401, 403, 404, 405, 429, 503)
PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
NO_NAMES = "ComfyUI's list of nodes cannot be read."
DEAD = "ComfyUI takes up no more jobs: its operator must restart it."
GONE = "ComfyUI no longer knows the job: it was restarted, or its queue was cleared."
TOO_OLD = "This ComfyUI gives jobs ids of its own: it must be brought up to date."


@dataclass(frozen=True)
class Limits:
    """Times and sizes of one backend."""

    read_seconds: float = READ_SECONDS
    # Between the two looks that do not show an attempt.
    lost_seconds: float = 1.0
    # The same if the answer to its sending was lost: the server may still be checking the graph.
    unsure_seconds: float = 10.0
    dead_seconds: float = 10.0
    # Between two requests to cancel, while the server still shows the attempt.
    stop_again_seconds: float = 2.0
    names_seconds: float = 60.0
    output_bytes: int = 2 * 1024**3


class ComfyUIBackend:
    """Sends attempts to one server and follows them by polling."""

    def __init__(self, url: str, limits: Limits | None = None) -> None:
        """Prepare for a server, without asking it. Raises ValueError for a wrong URL."""
        self._limits = limits or Limits()
        self._connection = Connection(url, read_seconds=self._limits.read_seconds)
        # Stored beside the attempt, and how ComfyUIServers finds the server again. No password is in it.
        self.name = f"comfyui {self._connection.url}"
        self._news = News(self._connection.url, self._connection.auth)
        self._watches: dict[UUID, Watch] = {}
        self._watchdog = Watchdog(self._limits.dead_seconds)
        self._classes: dict[str, NodeClass] = {}
        self._classes_at: float | None = None

    def submit(self, order: Order) -> None:
        """Check, fill in and send a graph.

        Raises RefusedError, AwayError, UnsureError.
        """
        graph = self._filled(order, self._named(order))
        self._news.start()
        self._news.hints.watch(str(order.key), _work(graph, order.parameters))
        self._watches[order.key] = watch = Watch(expected_outputs=output_nodes(graph, self._classes))
        try:
            self._send(order.key, graph)
        except UnsureError:
            watch.is_unsure = True
            raise
        except BackendError:
            self.forget(order.key)
            raise

    def follow(self, key: UUID) -> Progress:
        """Look for an attempt in the queue, then in the history.

        In this order, because an attempt moves from the queue to the history at once. In neither, twice: LOST. The
        first look without it tells what the last one told. Raises AwayError, and StuckError for an attempt that waits
        while nothing runs.
        """
        queue = self.queue()
        watch = self._watches.setdefault(key, Watch())
        if str(key) in queue:
            return self._shown(key, watch, queue)
        entry = mapping(self._connection.get(f"/history/{key}")).get(str(key))
        if entry is not None:
            self.forget(key)
            return ended(entry, watch.expected_outputs if watch.is_unsure else frozenset())
        return self._missing(key, watch)

    def fetch(self, key: UUID, output: OutputRef, target: BinaryIO) -> None:
        """Download one output. Raises OutputGoneError, AwayError."""
        self._connection.download(output.address, target, limit=self._limits.output_bytes)

    def cancel(self, key: UUID) -> None:
        """Ask for a stop, and have `follow` ask again while the server shows the attempt."""
        self._watches.setdefault(key, Watch()).stopped_at = time.monotonic()
        with suppress(AwayError, UnsureError):
            self._stop(key)

    def forget(self, key: UUID) -> None:
        """Drop what is remembered of an attempt, as `follow` does once it has ended."""
        self._watches.pop(key, None)
        self._news.hints.forget(str(key))

    def close(self) -> None:
        """Close the socket and all connections."""
        self._news.close()
        self._connection.close()

    def queue(self) -> Queue:
        """Ask for the queue, of which a chooser needs the length. Raises AwayError."""
        try:
            queue = queue_of(self._connection.get("/queue"))
        except AwayError:
            self._watchdog.start_again()
            raise
        self._watchdog.look(is_running=bool(queue.running), is_waiting=bool(queue.pending), now=time.monotonic())
        return queue

    @property
    def is_dead(self) -> bool:
        """True if the queue stood still at the last looks: the server answers, but runs nothing."""
        return self._watchdog.is_dead(time.monotonic())

    def node_classes(self, *, fresh: bool = False) -> Mapping[str, NodeClass]:
        """Return the server's node classes, asked once a minute. Raises AwayError."""
        now = time.monotonic()
        if fresh or self._classes_at is None or now - self._classes_at > self._limits.names_seconds:
            classes = node_classes(self._connection.get("/object_info"))
            if not classes:
                raise AwayError(NO_NAMES)
            self._classes, self._classes_at = classes, now
        return self._classes

    def missing_names(self, graph: Mapping[str, Mapping]) -> list[str]:
        """Return a sentence for each node and model of a graph that the server lacks.

        What is missing is looked for in a fresh list: it may have been installed within the minute.
        """
        return missing_names(graph, self.node_classes()) and missing_names(graph, self.node_classes(fresh=True))

    def _named(self, order: Order) -> Mapping[str, Mapping]:
        """Return the graph of an order with the names that the server has. Raises RefusedError and AwayError."""
        graph = checked(order.graph)
        if self.missing_names(graph):
            graph = with_first_choices(graph, order.choices_left, self.node_classes())
            missing = missing_names(graph, self.node_classes())
            if missing:
                raise RefusedError(" ".join(missing[:3]))
        return graph

    def _filled(self, order: Order, graph: Mapping[str, Mapping]) -> dict[str, dict]:
        picture = ""
        if needs_picture(graph):
            if order.picture is None:
                raise RefusedError("The workflow needs a picture to start from.")
            picture = self._uploaded(order.picture)
        return filled(graph, prefix=file_prefix(order.job_id, order.key), picture=picture)

    def _uploaded(self, picture: Path) -> str:
        """Send a picture and return the name that LoadImage knows it by.

        It is named for its bytes: sent again, it is not stored again. The server may choose another name.
        """
        try:
            with picture.open("rb") as file:
                name = _upload_name(file, picture.suffix.lower())
                answer = self._connection.upload(file, name, {"subfolder": FOLDER, "type": "input"})
        except OSError as error:
            raise RefusedError("The picture to start from cannot be read.") from error
        if answer.status == TOO_LARGE:
            raise RefusedError("The picture to start from is too large for this ComfyUI.")
        stored = mapping(_json(answer))
        if answer.status != OK or not isinstance(stored.get("name"), str):
            raise AwayError(f"ComfyUI did not take the picture: status {answer.status}.")
        return "/".join(part for part in (str(stored.get("subfolder") or ""), stored["name"]) if part)

    def _send(self, key: UUID, graph: dict[str, dict]) -> None:
        # No number: equal numbers do not run in the order in which they came. Always a client's id: without one,
        # previews reach every client.
        body = {"prompt": _finite(graph), "prompt_id": str(key), "client_id": self._news.client_id}
        answer = self._connection.post("/prompt", body)
        if answer.status == BAD_REQUEST:
            raise RefusedError(refusal(_json(answer), graph))
        if answer.status == TOO_LARGE:
            raise RefusedError("The workflow is too large for this ComfyUI.")
        if answer.status in NOT_TAKEN:
            raise AwayError(f"ComfyUI answered with status {answer.status}.")
        accepted = mapping(_json(answer))
        if answer.status != OK or "prompt_id" not in accepted:
            # A 500 may come after the job was queued.
            raise UnsureError(f"ComfyUI answered with status {answer.status}, and may have taken the job.")
        self._check_accepted(key, accepted, graph)

    def _check_accepted(self, key: UUID, accepted: Mapping[str, object], graph: dict[str, dict]) -> None:
        """Cancel a job that runs in part, or under another id, and raise RefusedError."""
        taken_as = accepted["prompt_id"]
        if taken_as != str(key):
            with suppress(AwayError, UnsureError):
                self._connection.post("/queue", {"delete": [taken_as]})
            raise RefusedError(TOO_OLD)
        if accepted.get("node_errors"):
            self.cancel(key)
            raise RefusedError(refusal(accepted, graph))

    def _shown(self, key: UUID, watch: Watch, queue: Queue) -> Progress:
        """Return the progress of an attempt that is in the queue. Raises StuckError."""
        watch.missed_at, watch.is_seen = None, True
        if str(key) in queue.running:
            watch.state = State.RUNNING
            self._stop_again(key, watch)
            hint = self._news.hints.of(str(key))
            return Progress(State.RUNNING, fraction=hint.fraction, preview=hint.preview)
        if self.is_dead:
            self.cancel(key)
            self.forget(key)
            raise StuckError(DEAD)
        watch.state = State.QUEUED
        self._stop_again(key, watch)
        return Progress(State.QUEUED, position=queue.pending.index(str(key)))

    def _missing(self, key: UUID, watch: Watch) -> Progress:
        """Return the progress of an attempt that is neither in the queue nor in the history."""
        is_late = watch.is_unsure and not watch.is_seen
        if not watch.is_missing(
            time.monotonic(), self._limits.unsure_seconds if is_late else self._limits.lost_seconds
        ):
            return Progress(watch.state)
        self.forget(key)
        # A job that was deleted from the queue never comes into the history.
        return Progress(State.CANCELLED) if watch.is_cancelled else Progress(State.LOST, message=GONE)

    def _stop_again(self, key: UUID, watch: Watch) -> None:
        """Repeat a request to cancel: an interrupt that came between two jobs has no effect."""
        if watch.stopped_at is not None and time.monotonic() - watch.stopped_at >= self._limits.stop_again_seconds:
            self.cancel(key)

    def _stop(self, key: UUID) -> None:
        """Cancel in one step where the server can, else delete and interrupt.

        The interrupt is sent only while the attempt runs: versions that know no `prompt_id` in it would interrupt
        any job.
        """
        if self._connection.post(f"/api/jobs/{key}/cancel", {}).status == OK:
            return
        self._connection.post("/queue", {"delete": [str(key)]})
        if str(key) in self.queue().running:
            self._connection.post("/interrupt", {"prompt_id": str(key)})


def _json(answer: Answer) -> object:
    """Return an answer's JSON, None for text: errors come as either."""
    try:
        return answer.json()
    except ValueError:
        return None


def _finite(graph: dict[str, dict]) -> object:
    """Return a graph as it can be sent. Raises RefusedError for NaN and infinities."""
    try:
        json.dumps(graph, allow_nan=False)
        return cleaned(graph)
    except (ValueError, TypeError, RecursionError) as error:
        raise RefusedError("The workflow has a value that cannot be sent.") from error


def _work(graph: Mapping[str, Mapping], parameters: Mapping[str, object]) -> int:
    """Estimate an attempt's work: a node counts as one, sampling as its steps."""
    steps = parameters.get("steps")
    return len(graph) + (steps - 1 if isinstance(steps, int) and steps > 0 else 0)


def _upload_name(file: BinaryIO, suffix: str) -> str:
    """Name a picture for its bytes, and go back to its start."""
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    return f"{digest[:32]}{suffix if suffix in PICTURE_SUFFIXES else '.png'}"
