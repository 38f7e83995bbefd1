"""What is read for all who ask within some seconds, once."""

from collections.abc import Callable
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class Remembered(Generic[T]):
    """Reads something at most once in so many seconds; who asks meanwhile gets what was read. Threads share it."""

    def __init__(self, read: Callable[[], T], seconds: float) -> None:
        self._read = read
        self._seconds = seconds
        self._lock = Lock()
        self._known: tuple[float, T] | None = None

    def __call__(self) -> T:
        """Return what was read. An error is raised and not remembered."""
        with self._lock:
            if self._known is None or monotonic() >= self._known[0] + self._seconds:
                read = self._read()
                self._known = (monotonic(), read)
            return self._known[1]

    def forget(self) -> None:
        """Read it again when it is next asked for."""
        with self._lock:
            self._known = None
