"""Paths that have changed, until they are as they were for a while: a file that is being written is not read yet."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from time import monotonic

SETTLED_SECONDS = 0.6


def state(path: str) -> tuple[int, int, int] | None:
    """Return what changes while a file is written; None if it is not there."""
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino


@dataclass
class Settling:
    """Absolute paths with their state and since when it is that."""

    now: Callable[[], float] = monotonic
    paths: dict[str, tuple[tuple[int, int, int] | None, float]] = field(default_factory=dict)

    def note(self, paths: Iterable[str]) -> None:
        """Begin to wait for some paths, or again."""
        now = self.now()
        self.paths |= {path: (state(path), now) for path in paths}

    def take(self) -> set[str]:
        """Return the paths that have settled, and wait for them no longer."""
        now = self.now()
        settled = set()
        for path, (before, since) in self.paths.items():
            present = state(path)
            if present != before:
                self.paths[path] = (present, now)
            elif now - since >= SETTLED_SECONDS:
                settled.add(path)
        for path in settled:
            del self.paths[path]
        return settled
