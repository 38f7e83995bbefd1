"""Background threads, at most one at a time for each key."""

import logging
from collections.abc import Callable, Hashable
from threading import Lock, Thread
from time import monotonic

NEVER = float("inf")

logger = logging.getLogger(__name__)


class SingleFlight:
    """Runs work in background threads: one thread for each key, and after it none until a pause is over."""

    def __init__(self, pause_seconds: float) -> None:
        self.pause_seconds = pause_seconds
        self._lock = Lock()
        # When a key's next thread may start; never while one runs.
        self._not_before: dict[Hashable, float] = {}

    def start(self, key: Hashable, name: str, work: Callable[[], float]) -> Thread | None:
        """Start a thread unless the key has one or rests; return it. `work` returns the seconds of the pause after it.

        Never raises: if the process can start no thread, it logs that and rests.
        """
        if not self.claim(key):
            return None
        thread = Thread(target=self._work, args=(key, work), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError:  # no more threads, or the interpreter is shutting down
            logger.warning("No thread to %s", name, exc_info=True)
            self.release(key, self.pause_seconds)
            return None
        return thread

    def claim(self, key: Hashable) -> bool:
        """Reserve a key for this thread if it is neither reserved nor at rest; return whether it was."""
        with self._lock:
            if monotonic() < self.free_at(key):
                return False
            self._not_before[key] = NEVER
            return True

    def release(self, key: Hashable, pause: float) -> None:
        """Give a key back, to be claimed again after a pause in seconds."""
        with self._lock:
            self._not_before[key] = monotonic() + pause

    def free_at(self, key: Hashable) -> float:
        """Return the time, of `time.monotonic`, from which a key may be claimed."""
        return self._not_before.get(key, 0.0)

    def clear(self) -> None:
        """End all pauses."""
        with self._lock:
            self._not_before.clear()

    def _work(self, key: Hashable, work: Callable[[], float]) -> None:
        pause = self.pause_seconds
        try:
            pause = work()
        finally:
            self.release(key, pause)
