"""The protocol between a worker and a backend that makes pictures: submit, follow, fetch, cancel.

A backend is synchronous, knows no Django model, and is used by one thread of one worker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO, Protocol
from uuid import UUID

PREVIEW_BYTES = 200_000


class BackendError(Exception):
    """An order that a backend could not act on; its text is one sentence that users may read."""


class RefusedError(BackendError):
    """The backend will never take this order; the text says what is wrong with it."""


class AwayError(BackendError):
    """The backend cannot be reached, and took nothing: ask later."""


class StuckError(AwayError):
    """The backend answers but runs nothing, and the attempt was taken back before it began: another may take it."""


class UnsureError(BackendError):
    """The order may have been taken, because the answer was lost: `follow` decides."""


class OutputGoneError(BackendError):
    """The backend no longer has the bytes of an output that it listed."""


class State(StrEnum):
    """Where an attempt is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"  # the backend does not know the key, or no longer


@dataclass(frozen=True)
class Order:
    """All that a backend is told of one attempt."""

    # The attempt's own id: new for each attempt, stored before the order is sent.
    key: UUID
    job_id: int
    prompt: str
    negative_prompt: str
    # seed (0 to 2^64-1, always set), width, height, steps, cfg, sampler, model,
    # loras [{name, weight}], image {item}.
    parameters: Mapping[str, object]
    # An API-format graph with its inputs filled in; None for the built-in renderer.
    graph: Mapping[str, object] | None
    # Inputs of the graph, by node id and name, that the job does not choose: a server that lacks the graph's own value
    # takes the first that it has.
    choices_left: Sequence[tuple[str, str]] = ()
    title: str = ""
    # The local file of the picture to start from.
    picture: Path | None = None


@dataclass(frozen=True)
class OutputRef:
    """One file that an attempt has made, and how `fetch` finds it."""

    name: str
    # As the backend words it: ComfyUI's filename, subfolder and type.
    address: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """The progress of one attempt, and of no other."""

    state: State
    # From 0 to 1; None if the backend cannot say.
    fraction: float | None = None
    # In the backend's own queue; 0 is next.
    position: int | None = None
    # A JPEG or PNG of at most PREVIEW_BYTES.
    preview: bytes | None = None
    # Of a failure: one sentence that shows no path of the server and no other prompt.
    message: str = ""
    # Of DONE; of FAILED and CANCELLED, the files that were complete by then.
    outputs: tuple[OutputRef, ...] = ()


class Backend(Protocol):
    """One maker of pictures."""

    name: str

    def submit(self, order: Order) -> None:
        """Hand over an order and return at once.

        Raises RefusedError (final), AwayError (try later), or UnsureError (it may have been
        taken: `follow` decides).
        """

    def follow(self, key: UUID) -> Progress:
        """Return the progress of an attempt; LOST for a key that is not known.

        Raises AwayError, and StuckError if it is of no use to ask again.
        """

    def fetch(self, key: UUID, output: OutputRef, target: BinaryIO) -> None:
        """Write the bytes of one output to `target`.

        Raises OutputGoneError or AwayError.
        """

    def cancel(self, key: UUID) -> None:
        """Ask for an attempt to stop; asked twice, it does no more.

        The outcome is what `follow` says: an attempt may be done before the request arrives.
        """

    def forget(self, key: UUID) -> None:
        """Free what is held for an attempt that is not asked about again."""

    def close(self) -> None:
        """Free what the backend holds: connections, processes, files."""
