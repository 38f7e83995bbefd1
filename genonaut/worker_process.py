"""The process of a worker (`manage.py worker`): the event that ends it, and the keeper of one beside the site."""

import logging
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from threading import Event, Lock, Thread
from time import monotonic

# Set when the worker is told to end. Tasks that take long look at it, and use its `wait` in place of sleep.
stopping = Event()
# A worker that was told to end has so long, then it is killed.
STOP_SECONDS = 10.0
# Between the end of a worker and its next start: doubled each time, until one has lived for LONG_SECONDS.
FIRST_PAUSE_SECONDS, MOST_PAUSE_SECONDS, LONG_SECONDS = 1.0, 30.0, 60.0

logger = logging.getLogger("gunicorn.error")


class Keeper:
    """Keeps one worker running beside the process that serves the site, and ends it with that process."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self.command = [sys.executable, *arguments]
        self.environment = environment
        self.is_ending = Event()
        self.process: subprocess.Popen | None = None
        self.is_spawning = Lock()
        self.thread = Thread(target=self._keep, name="worker", daemon=True)

    def start(self) -> None:
        """Start the worker, in a thread that starts it again when it dies."""
        # A web worker that is forked while a process is spawned would inherit the pipe whose end says that
        # it is done, and the thread would wait for that for ever.
        lock = self.is_spawning
        os.register_at_fork(before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
        self.thread.start()

    def stop(self) -> None:
        """End the worker and wait for it."""
        self.is_ending.set()
        deadline = monotonic() + STOP_SECONDS
        while self.thread.is_alive():
            if self.process is not None:
                end = self.process.terminate if monotonic() < deadline else self.process.kill
                end()
            self.thread.join(0.5)

    def _keep(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while not self.is_ending.is_set():
            started = monotonic()
            # In a session of its own: Ctrl-C is for its parent, which ends it.
            with self.is_spawning:
                self.process = subprocess.Popen(  # noqa: S603 - our own interpreter
                    self.command, env=self.environment, stdin=subprocess.DEVNULL, start_new_session=True
                )
            self.process.wait()
            if monotonic() - started > LONG_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            if not self.is_ending.is_set():
                logger.warning("The worker ended; another one starts in %g s.", pause)
                self.is_ending.wait(pause)
            pause = min(2 * pause, MOST_PAUSE_SECONDS)


def end_with_parent(parent: int) -> None:
    """Set `stopping` once this process has another parent: the one that it worked for was killed."""

    def watch() -> None:
        while os.getppid() == parent:
            if stopping.wait(1.0):
                return
        stopping.set()

    Thread(target=watch, name="parent", daemon=True).start()
