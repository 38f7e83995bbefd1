"""The built-in renderer: paints a picture of any prompt, on any machine, in a process that may die alone.

This process imports neither NumPy nor Pillow: drawing.py does, in the process that draws. The two speak through files
in the attempt's folder, so that progress can be read and a drawing be stopped while it runs.
"""

import logging
import shutil
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.util import get_temp_dir
from pathlib import Path
from threading import Lock
from typing import BinaryIO
from uuid import UUID, uuid4

from generation.backends import AwayError, Order, OutputGoneError, OutputRef, Progress, State
from generation.backends.drawing_request import (
    PICTURE,
    PREVIEW,
    PROGRESS,
    STOP,
    DrawingRequest,
    SourceError,
    StoppedError,
    StorageError,
    request_of,
)
from media.pictures.limits import Limits, PictureError, ProcessDiedError, TooMuchMemoryError, TooSlowError
from media.pictures.own_folders import own_folder
from media.pictures.studio import Studio

logger = logging.getLogger(__name__)
# By name: this process does not import what draws.
DRAW = "generation.backends.drawing:draw"
LIMITS = Limits(seconds=30)
# Attempts that have ended, whose files can still be fetched.
ENDED_MAX = 32
OUTPUT = OutputRef(PICTURE)
SENTENCES: dict[type[PictureError], str] = {
    ProcessDiedError: "The process that drew the picture ended before it was done.",
    TooSlowError: "The picture took too long to draw.",
    TooMuchMemoryError: "The picture needs more memory than a drawing may have.",
}
UNKNOWN_FAULT = "The picture could not be drawn."


@dataclass
class Drawing:
    """One attempt: the future of its drawing, and its files."""

    folder: Path
    future: Future[None]
    # The largest that was read: a file that is being written may be empty.
    fraction: float = 0.0
    preview: bytes | None = field(default=None, repr=False)

    def read(self) -> None:
        """Read how far the drawing process says it is."""
        with suppress(OSError, ValueError):
            self.fraction = max(self.fraction, float((self.folder / PROGRESS).read_text()))
            self.preview = (self.folder / PREVIEW).read_bytes()


class BuiltinBackend:
    """Draws orders one after another, or as many at once as it has processes. Threads may share it."""

    name = "builtin"

    def __init__(self, processes: int = 1, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self.studio = Studio(processes, limits)
        self.drawings: dict[UUID, Drawing] = {}
        self.lock = Lock()
        self.folder: Path | None = None
        self.is_closed = False

    def submit(self, order: Order) -> None:
        """Begin to draw an order; one with a key that is known already is not drawn again.

        Raises RefusedError, or AwayError if the backend is closed or the disk is full.
        """
        with self.lock:
            if order.key not in self.drawings:
                request = request_of(order, self._own_folder() / order.key.hex)
                self.drawings[order.key] = self._begun(request)
                self._forget_oldest()

    def _own_folder(self) -> Path:
        """Return the folder of this backend, which a later process deletes if this one is killed."""
        if self.is_closed:
            raise AwayError("The built-in renderer is closed.")
        if self.folder is None:
            own_folder()
            self.folder = Path(get_temp_dir()) / f"drawings-{uuid4().hex}"
        return self.folder

    def _begun(self, request: DrawingRequest) -> Drawing:
        try:
            request.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise AwayError("The built-in renderer has no room for another picture.") from error
        return Drawing(request.folder, self.studio.submit(DRAW, request, self.limits))

    def _forget_oldest(self) -> None:
        ended = [key for key, drawing in self.drawings.items() if drawing.future.done()]
        for key in ended[: max(0, len(ended) - ENDED_MAX)]:
            shutil.rmtree(self.drawings.pop(key).folder, ignore_errors=True)

    def follow(self, key: UUID) -> Progress:
        """Return the progress of an attempt; LOST if the key is not known, or no longer."""
        with self.lock:
            drawing = self.drawings.get(key)
            if drawing is None:
                return Progress(State.LOST, message="The built-in renderer does not know this attempt.")
            if drawing.future.done():
                return ended(drawing.future)
            position = self._position(key)
        if position is not None:
            return Progress(State.QUEUED, fraction=0.0, position=position)
        drawing.read()
        return Progress(State.RUNNING, fraction=drawing.fraction, preview=drawing.preview)

    def _position(self, key: UUID) -> int | None:
        """Return how many attempts wait before this one; None if it is being drawn."""
        waiting = [each for each, drawing in self.drawings.items() if is_waiting(drawing.future)]
        return waiting.index(key) if key in waiting else None

    def fetch(self, key: UUID, output: OutputRef, target: BinaryIO) -> None:
        """Write the picture of an attempt that is done to `target`.

        Raises OutputGoneError.
        """
        with self.lock:
            drawing = self.drawings.get(key)
        if drawing is None or output.name != PICTURE:
            raise OutputGoneError("The built-in renderer does not have this picture.")
        try:
            source = (drawing.folder / PICTURE).open("rb")
        except OSError as error:
            raise OutputGoneError("The built-in renderer no longer has this picture.") from error
        with source:
            shutil.copyfileobj(source, target)

    def cancel(self, key: UUID) -> None:
        """Stop an attempt at its next layer, or before it begins; one that has ended stays as it is."""
        with self.lock:
            drawing = self.drawings.get(key)
            if drawing is not None and not drawing.future.done() and not drawing.future.cancel():
                with suppress(OSError):  # Without its folder the drawing fails by itself.
                    (drawing.folder / STOP).touch()

    def forget(self, key: UUID) -> None:
        """Delete the files of an attempt that has ended; of one that has not, once others have followed it."""
        with self.lock:
            if key in self.drawings and self.drawings[key].future.done():
                shutil.rmtree(self.drawings.pop(key).folder, ignore_errors=True)

    def close(self) -> None:
        """End all drawings and delete their files."""
        with self.lock:
            self.is_closed = True
            self.drawings.clear()
        self.studio.close()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)


def is_waiting(future: Future[None]) -> bool:
    """Return whether a drawing has not begun."""
    return not future.running() and not future.done()


def ended(future: Future[None]) -> Progress:
    """Return how a drawing ended."""
    if future.cancelled():
        return Progress(State.CANCELLED)
    error = future.exception()
    if error is None:
        return Progress(State.DONE, fraction=1.0, outputs=(OUTPUT,))
    if isinstance(error, StoppedError):
        return Progress(State.CANCELLED)
    return Progress(State.FAILED, message=sentence_of(error))


def sentence_of(error: BaseException) -> str:
    """Return a sentence that users may read of the error that ended a drawing; others are logged whole."""
    if isinstance(error, SourceError | StorageError):
        return str(error)
    if type(error) not in SENTENCES:
        logger.error("A drawing failed.", exc_info=error)
    return SENTENCES.get(type(error), UNKNOWN_FAULT)
