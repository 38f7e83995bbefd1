"""A job as a stream of server-sent events: how far it is, until it ends or the stream's time is over.

A stream takes a thread of the web server, so that each process serves a few at a time and refuses others with 503.
"""

import json
import time
from collections.abc import Callable, Iterator
from threading import Lock
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework.exceptions import APIException
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from generation.job_serializers import progress_of
from generation.models import FINISHED, GenerationJob
from genonaut.http.streaming import IS_ENDING

LOOK_SECONDS = 0.5
# Something is written at least as often: only a write shows that the client is gone.
BEAT_SECONDS = 2.0
RETRY_MILLISECONDS = 1_000
BUSY_SECONDS = 5
# The id of the last event; a client that asks again behind it is told to stop.
END = "end"
# What OpenAPI says of each event of a stream; `data` is an object as JSON.
EVENT_SCHEMA = {
    "type": "object",
    "properties": {
        "event": {"type": "string", "enum": ["progress", END]},
        "data": {"type": "string"},
        "id": {"type": "string", "enum": [END]},
    },
    "required": ["event", "data"],
}


class TooManyStreams(APIException):
    """This process serves as many streams as it may."""

    status_code = 503
    default_detail = "Too many streams are open here: ask again in some seconds, or ask for the job itself."
    # DRF makes Retry-After of it.
    wait = BUSY_SECONDS
    unavailable_cause = "streams"


class EventRenderer(BaseRenderer):
    """Lets a client ask for events; errors are problems in JSON."""

    media_type = "text/event-stream"
    format = "events"

    def render(self, data: Any, *_args: Any, **_kwargs: Any) -> bytes:  # noqa: ANN401 - of DRF
        """Return data as JSON."""
        return json.dumps(data).encode()


class Places:
    """The count of this process's open streams."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.taken = 0

    def take(self) -> bool:
        """Take a place; return False if all are taken."""
        with self.lock:
            is_free = self.taken < settings.EVENT_STREAMS
            self.taken += is_free
            return is_free

    def free(self) -> None:
        """Give a place back."""
        with self.lock:
            self.taken -= 1


PLACES = Places()


class Stream:
    """The parts of one stream. It has its place until it is closed, whether or not a part was read."""

    def __init__(self, pk: int, to_absolute: Callable[[str], str], is_ending: Callable[[], bool]) -> None:
        self.pk, self.to_absolute, self.is_ending = pk, to_absolute, is_ending
        self.parts = self._parts()

    def __iter__(self) -> Iterator[bytes]:
        return self.parts

    def close(self) -> None:
        """Free the place. Django calls this once, when the answer is sent or the client is gone."""
        self.parts.close()
        PLACES.free()

    def _parts(self) -> Iterator[bytes]:
        ends_at = time.monotonic() + settings.EVENT_SECONDS
        yield f"retry: {RETRY_MILLISECONDS}\n\n".encode()
        before, written_at = None, time.monotonic()
        while True:
            state = state_of(self.pk)
            if state is None or state["status"] in FINISHED:
                yield event(END, self._shown(state), END)
                return
            if state != before:
                yield event("progress", self._shown(state))
                before, written_at = state, time.monotonic()
            if time.monotonic() >= ends_at or self.is_ending():
                return
            time.sleep(LOOK_SECONDS)
            if time.monotonic() - written_at >= BEAT_SECONDS:
                yield b":\n\n"
                written_at = time.monotonic()

    def _shown(self, state: dict[str, Any] | None) -> dict[str, Any]:
        if state is None:
            return {"id": self.pk, "status": "deleted"}
        preview = state["progress"]["preview"]
        return {**state, "progress": {**state["progress"], "preview": preview and self.to_absolute(preview)}}


def stream_of(job: GenerationJob, request: Request) -> HttpResponseBase:
    """Return the stream of a job that the viewer sees. Raises TooManyStreams."""
    # nginx would collect the parts.
    headers = {"X-Accel-Buffering": "no"}
    if request.headers.get("Last-Event-ID") == END:
        return HttpResponse(status=204)
    if not PLACES.take():
        raise TooManyStreams
    is_ending = request.META.get(IS_ENDING, lambda: False)
    stream = Stream(job.pk, request.build_absolute_uri, is_ending)
    return StreamingHttpResponse(stream, content_type=EventRenderer.media_type, headers=headers)


def state_of(pk: int) -> dict[str, Any] | None:
    """Return the state of a job for the stream; None if it was deleted. One query, another while it waits."""
    rows = GenerationJob.objects.select_related("attempt").annotate(has_preview=Q(attempt__preview__isnull=False))
    columns = ("status", "is_paused", "priority", "turn", "attempts", "attempt__fraction", "attempt__position")
    job = rows.only(*columns, "attempt__heartbeat_at").filter(pk=pk).first()
    if job is None:
        return None
    return {"id": pk, "status": job.status, "is_paused": job.is_paused, "progress": progress_of(job)}


def event(name: str, data: dict[str, Any], key: str = "") -> bytes:
    """Return one event as it goes over the wire."""
    mark = f"id: {key}\n" if key else ""
    return f"event: {name}\n{mark}data: {json.dumps(data)}\n\n".encode()
