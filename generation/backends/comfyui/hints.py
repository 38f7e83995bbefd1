"""The websocket's news of our attempts: a fraction and a preview, never that one has ended.

Progress and previews of jobs that were sent without a client's id reach every socket, so each message is
matched with an attempt of ours, and anything else is dropped.
"""

import json
import struct
from dataclasses import dataclass
from threading import Lock

from generation.backends import PREVIEW_BYTES
from generation.backends.comfyui.answers import mapping, parsed

PREVIEW_IMAGE, PREVIEW_IMAGE_WITH_METADATA = 1, 4
NUMBER = struct.Struct(">I")
# More steps than a node has; sums of such numbers stay numbers.
MOST_STEPS = 10**9
SIGNATURES = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True)
class Hint:
    """The last fraction and preview of an attempt."""

    fraction: float | None = None
    preview: bytes | None = None


class Hints:
    """The hints of the attempts that are watched. Written by the thread of the socket, read by the worker's."""

    def __init__(self) -> None:
        """Start without attempts."""
        self._lock = Lock()
        self._hints: dict[str, Hint] = {}
        self._expected_work: dict[str, int] = {}
        self._current: str | None = None

    def watch(self, prompt_id: str, work: int) -> None:
        """Collect hints of an attempt whose nodes and sampling steps are `work` in number."""
        with self._lock:
            self._hints[prompt_id] = Hint()
            self._expected_work[prompt_id] = work

    def forget(self, prompt_id: str) -> None:
        """Drop an attempt's hints."""
        with self._lock:
            self._hints.pop(prompt_id, None)
            self._expected_work.pop(prompt_id, None)

    def of(self, prompt_id: str) -> Hint:
        """Return the hints of an attempt, empty ones if it is not watched."""
        with self._lock:
            return self._hints.get(prompt_id, Hint())

    def take(self, message: str | bytes) -> None:
        """Take in one message of the socket, and drop it if it cannot be read."""
        with self._lock:
            try:
                if isinstance(message, bytes):
                    self._take_frame(message)
                else:
                    self._take_event(message)
            except (ValueError, struct.error):
                return

    def _take_event(self, message: str) -> None:
        event = mapping(parsed(message.encode(errors="replace")))
        data = mapping(event.get("data"))
        if "prompt_id" in data:
            self._current = str(data["prompt_id"])
        if event.get("type") == "executing" and data.get("node") is None:
            self._current = None
        if event.get("type") == "progress_state":
            self._take_nodes(str(data.get("prompt_id")), mapping(data.get("nodes")))

    def _take_nodes(self, prompt_id: str, nodes: dict) -> None:
        """Add up nodes and steps; a node that is not heard of yet counts as one."""
        if prompt_id not in self._hints:
            return
        done, work = 0.0, 0.0
        for node in nodes.values():
            value, most = _progress(mapping(node))
            done += value
            work += most
        expected = self._expected_work[prompt_id]
        self._update(prompt_id, fraction=min(done / max(work, expected, 1), 1.0))

    def _take_frame(self, frame: bytes) -> None:
        (event,) = NUMBER.unpack_from(frame)
        if event == PREVIEW_IMAGE and self._current is not None:
            # No id is in it. Jobs run one by one, so that it belongs to the job of the last event that had one.
            self._take_preview(self._current, frame[2 * NUMBER.size :])
        elif event == PREVIEW_IMAGE_WITH_METADATA:
            (length,) = NUMBER.unpack_from(frame, NUMBER.size)
            start = 2 * NUMBER.size
            metadata = mapping(parsed(frame[start : start + length]))
            self._take_preview(str(metadata.get("prompt_id")), frame[start + length :])

    def _take_preview(self, prompt_id: str, picture: bytes) -> None:
        if prompt_id in self._hints and len(picture) <= PREVIEW_BYTES and picture.startswith(SIGNATURES):
            self._update(prompt_id, preview=picture)

    def _update(self, prompt_id: str, *, fraction: float | None = None, preview: bytes | None = None) -> None:
        """Replace a hint; a fraction never falls."""
        last = self._hints[prompt_id]
        known = [each for each in (last.fraction, fraction) if each is not None]
        self._hints[prompt_id] = Hint(max(known, default=None), preview or last.preview)


def _progress(node: dict) -> tuple[float, float]:
    value, most = node.get("value"), node.get("max")
    if not isinstance(value, int | float) or not isinstance(most, int | float):
        return 0.0, 1.0
    if not 0 < most <= MOST_STEPS:
        return 0.0, 1.0
    return min(max(value, 0), most), most


def first_message() -> str:
    """Return the message that asks for previews which name their job."""
    return json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
