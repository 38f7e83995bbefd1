"""The heartbeat of one attempt: reports its progress, and that the worker lives while its backend says nothing."""

import logging
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import UUID

from django.db import Error, connection

from generation import claims
from generation.backends import Progress, State

# A sweep gives a job to another worker after 30 s (claims.HEARTBEAT).
SILENT_SECONDS = 4.0
# News come as often at most; without news the main thread asks as often whether the job was cancelled.
NEWS_SECONDS, CHECK_SECONDS = 0.3, 1.5

logger = logging.getLogger(__name__)


class Heartbeat:
    """Reports an attempt from its worker's thread, and from one of its own while that thread waits for something."""

    def __init__(self, key: UUID) -> None:
        self.key = key
        self.progress = Progress(State.QUEUED)
        # Set once the job is no longer this attempt's.
        self.is_lost = Event()
        self._lock = Lock()
        self._is_over = Event()
        self._beaten_at = monotonic()
        self._thread = Thread(target=self._beat_on, name=f"heartbeat {key}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._is_over.set()
        self._thread.join()

    def tell(self, progress: Progress) -> None:
        """Report what a backend said, unless it was reported a moment ago."""
        is_news = progress != self.progress
        seconds = monotonic() - self._beaten_at
        if seconds > (NEWS_SECONDS if is_news else CHECK_SECONDS):
            self.progress = progress
            self.beat()

    def beat(self) -> None:
        """Report. A database that is away is told the next time; nothing is raised."""
        with self._lock:
            self._beaten_at = monotonic()
            try:
                if not claims.report(self.key, self.progress):
                    self.is_lost.set()
            except Error as error:
                logger.warning("An attempt is reported later: %s", str(error).partition("\n")[0])
                connection.close()

    def _beat_on(self) -> None:
        try:
            while not self._is_over.wait(1.0):
                if monotonic() - self._beaten_at > SILENT_SECONDS and not self.is_lost.is_set():
                    self.beat()
        finally:
            connection.close()
