"""The memory of a worker between two looks at an attempt: the server itself forgets a lost one."""

from collections.abc import Set
from dataclasses import dataclass, field

from generation.backends import State


@dataclass
class Watch:
    """One attempt, from its sending to its end."""

    # The last state that the server told; an attempt that it does not show is still in this state for one look.
    state: State = State.QUEUED
    # When (monotonic seconds) the server was first seen without it, since it was last seen with it.
    missed_at: float | None = None
    # When (monotonic seconds) it was last asked to stop; None if never.
    stopped_at: float | None = None
    # The answer to its sending was lost: it may be taken later than it is looked for, and in part.
    is_unsure: bool = False
    # The server has shown it.
    is_seen: bool = False
    # The nodes that must have run, if it is unsure which the server accepted.
    expected_outputs: Set[str] = field(default_factory=frozenset)

    @property
    def is_cancelled(self) -> bool:
        """True once it was asked to stop."""
        return self.stopped_at is not None

    def is_missing(self, now: float, patience: float) -> bool:
        """Count a look without the attempt, and tell if it is the second, `patience` later."""
        if self.missed_at is None:
            self.missed_at = now
            return False
        return now - self.missed_at >= patience


@dataclass
class Watchdog:
    """Tells a worker thread of ComfyUI that died: jobs wait, none runs, for seconds and over several looks.

    The verdict stays when the queue is emptied, because then nothing else shows it. It ends if a job runs, if the
    server was away and so was perhaps restarted, or after a while, for another try.
    """

    seconds: float
    verdict_seconds: float = 60
    looks: int = 3
    _since: float | None = None
    _count: int = 0
    _dead_at: float | None = None

    def look(self, *, is_running: bool, is_waiting: bool, now: float) -> None:
        """Take in one look at the queue."""
        if is_running:
            self.start_again()
        elif is_waiting:
            self._since = now if self._since is None else self._since
            self._count += 1
            if self._count >= self.looks and now - self._since >= self.seconds:
                self._dead_at = now
        else:
            self._since, self._count = None, 0

    def start_again(self) -> None:
        """Forget all looks, and the verdict."""
        self._since, self._count, self._dead_at = None, 0, None

    def is_dead(self, now: float) -> bool:
        """Return whether the queue stood still for long enough, and nothing has run since."""
        return self._dead_at is not None and now - self._dead_at < self.verdict_seconds
