"""One attempt at a job: it goes to a backend, is followed to its end, and its files become works.

With the attempt the job ends, or waits again, unless another attempt has it by then. No exception of a backend, a disk
or the database escapes.
"""

import errno
import logging
from collections.abc import Callable
from contextlib import ExitStack, suppress
from functools import partial
from time import monotonic, sleep
from typing import BinaryIO, TypeVar
from uuid import UUID

from django.db import Error, InterfaceError, OperationalError, connection

from content.refusals import RefusedFileError, UnreadFileError
from generation import claims
from generation.backends import (
    AwayError,
    Backend,
    Order,
    OutputGoneError,
    OutputRef,
    Progress,
    RefusedError,
    State,
    StuckError,
    UnsureError,
)
from generation.backends.choosing import BACKENDS
from generation.heartbeats import Heartbeat
from generation.models import GenerationJob
from generation.orders import order_of
from generation.results import NotOursError, fetched, keep
from genonaut.worker_process import stopping

# Between two looks at an attempt: the first ones, and the rule. A picture of the built-in renderer takes a second.
FIRST_PAUSE_SECONDS, PAUSE_SECONDS = 0.05, 0.5
# A backend that is away is waited for so long; then the job waits behind all others, which may have other backends.
AWAY_SECONDS, AWAY_PAUSE_SECONDS = 60.0, 5.0
# Shorter before anything was sent, as nothing is lost then; a job that waits for the built-in renderer ends it sooner.
UNSENT_SECONDS = 10.0
# A database that is away is waited for so long. A sweep has taken the job up by then.
DATABASE_SECONDS, DATABASE_PAUSE_SECONDS = 60.0, 0.5
# An attempt that is cancelled is followed for so long, as a request to stop can be lost: backends repeat it.
CANCEL_SECONDS, CANCEL_PAUSE_SECONDS = 4.0, 0.2
# More files of one attempt are left out: each becomes a work in the one transaction that ends the job.
MOST_FILES = 1_000
# What is nearly done when the worker is told to end may be finished.
FINISH_SECONDS = 2.0

NOT_OURS = "is no longer this worker's"
NO_FILE = "The backend says that it is done, but made no file."
FULL = "The result could not be stored: there is no space left."
UNSTORED = "The result could not be stored."
FAULT = "The job could not be performed, by a fault of this site. It is in its log."
LOST = f"The backend lost this job {claims.MOST_ATTEMPTS} times."
UNREAD = f"The result could not be read, {claims.MOST_ATTEMPTS} times."
WITHHELD = "ComfyUI made the file, but does not give it out."
NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
UNDER_WAY = (State.QUEUED, State.RUNNING)
ENDED = (State.DONE, State.FAILED, State.CANCELLED)

# The attempts of this process.
LIVE: "dict[UUID, Performance]" = {}

logger = logging.getLogger(__name__)
T = TypeVar("T")


class FailedError(Exception):
    """The job fails; the text is what its user is told."""


class LaterError(Exception):
    """The job waits again; the text is the reason."""


class LostError(LaterError):
    """The backend knows nothing of the attempt any more."""


class WithheldError(LaterError):
    """The attempt is done, and its backend does not give its files out: the next one may end the same way."""


# What ends an attempt that counts among those that a job may have, and what its user is told after the last.
COUNTED = {LostError: LOST, WithheldError: WITHHELD, UnreadFileError: UNREAD}


def perform(job: GenerationJob) -> str:
    """Perform a claimed job to its end; return a few words on how it ended. Never raises."""
    performance = Performance(job)
    LIVE[performance.key] = performance
    try:
        with performance.heartbeat:
            return performance.perform()
    except Error as error:
        logger.warning("Job %s is left to the sweep: %s", job.pk, str(error).partition("\n")[0])
        connection.close()
        return "is left, as the database is away"
    finally:
        del LIVE[performance.key]


class Performance:
    """One attempt at a claimed job, and the backend that has it."""

    def __init__(self, job: GenerationJob) -> None:
        self.job, self.key = job, job.attempt_key
        self.heartbeat = Heartbeat(self.key)
        self.backend: Backend | None = None
        self.stopped_at: float | None = None

    def perform(self) -> str:
        """Perform the job and end it. Raises Error if the database stays away."""
        try:
            return self._perform()
        except NotOursError:
            self._cancel()
            return NOT_OURS
        except (LaterError, UnreadFileError) as error:
            self._cancel()
            is_last = type(error) in COUNTED and self.job.attempts >= claims.MOST_ATTEMPTS
            return self._fail(COUNTED[type(error)]) if is_last else self._give_back(error)
        except (FailedError, RefusedError, RefusedFileError) as error:
            return self._fail(str(error))
        except OSError as error:
            logger.warning("Job %s: %s", self.job.pk, error)
            return self._fail(FULL if error.errno in NO_SPACE else UNSTORED)
        except (OperationalError, InterfaceError):
            self._cancel()
            raise
        except Exception:
            logger.exception("Job %s failed.", self.job.pk)
            with suppress(Exception):
                self._cancel()
            return self._fail(FAULT)

    def _perform(self) -> str:
        with order_of(self.job) as order:
            self._submit(order)
            progress = self._followed()
        return self._ended(progress)

    def _submit(self, order: Order) -> None:
        """Send the order to a backend that can be reached. Raises RefusedError, NotOursError and LaterError."""
        deadline = monotonic() + UNSENT_SECONDS
        while True:
            try:
                self.backend = backend = BACKENDS.choose(order)
                if not steadily(lambda name=backend.name: claims.sent(self.key, name)):
                    raise NotOursError
                backend.submit(order)
                return
            except UnsureError:
                return
            except AwayError as error:
                self.backend = None
                if steadily(lambda: claims.others_wait(self.job)):
                    raise LaterError(str(error)) from error
                self._wait(AWAY_PAUSE_SECONDS, deadline, LaterError(str(error)))

    def _followed(self) -> Progress:
        """Follow the attempt until it has ended. Raises NotOursError, LostError and LaterError."""
        pause, away_until = FIRST_PAUSE_SECONDS, None
        while True:
            try:
                progress = self.backend.follow(self.key)
            except StuckError as error:
                raise LaterError(str(error)) from error
            except AwayError as error:
                away_until = away_until or monotonic() + AWAY_SECONDS
                self._wait(AWAY_PAUSE_SECONDS, away_until, LaterError(str(error)))
                continue
            away_until = None
            if progress.state in ENDED:
                return progress
            if progress.state == State.LOST:
                raise LostError(progress.message)
            self.heartbeat.tell(progress)
            self._wait(pause)
            pause = min(pause * 1.3, PAUSE_SECONDS)

    def _wait(self, seconds: float, deadline: float | None = None, too_late: LaterError | None = None) -> None:
        """Wait, unless the worker ends or the job is not ours. Raises LaterError, and `too_late` after the deadline,
        and NotOursError."""
        if self.heartbeat.is_lost.is_set():
            raise NotOursError
        if deadline is not None and monotonic() > deadline:
            raise too_late
        if not stopping.is_set():
            stopping.wait(seconds)
            return
        self.stopped_at = self.stopped_at or monotonic()
        if deadline is not None or monotonic() > self.stopped_at + FINISH_SECONDS:
            raise LaterError("The worker ends.")
        self.heartbeat.is_lost.wait(min(seconds, 0.1))

    def _ended(self, progress: Progress) -> str:
        """Make works of what the backend made, and end the job as the backend says. Raises what `keep` does."""
        is_done = progress.state == State.DONE
        with ExitStack() as stack:
            files = self._files(progress, stack)
            end = partial(self._end, progress, len(progress.outputs) - len(files))
            try:
                items = steadily(lambda: keep(self.job, files, end, needs_file=is_done))
            except RefusedError:  # for a closed account nothing is kept
                if is_done:
                    raise
                steadily(lambda: keep(self.job, [], end, needs_file=False))
        if is_done:
            return f"completed: {len(items)} works" if len(items) > 1 else "completed"
        return f"failed: {progress.message}" if progress.state == State.FAILED else "was cancelled at the backend"

    def _end(self, progress: Progress, missing: int, items: list[int], refused: int) -> bool:
        """End the job with its works, beside which files are missing, and files were refused."""
        if progress.state == State.DONE:
            return claims.finish(self.key, items, left_out=missing + refused)
        if progress.state == State.FAILED:
            return claims.fail(self.key, progress.message, items)
        return claims.cancelled(self.key, items)

    def _files(self, progress: Progress, stack: ExitStack) -> list[tuple[OutputRef, BinaryIO]]:
        """Fetch what the backend made, but for files that it has no more, or that are too large or too many.

        A job that ended otherwise than done ends so without the files that are withheld. Raises LaterError and
        NotOursError, and FailedError if a job that is done has no file.
        """
        files, reason = [], NO_FILE
        for output in progress.outputs[:MOST_FILES]:
            try:
                files.append(stack.enter_context(fetched(output, self._fetch)))
            except OutputGoneError as error:
                reason = str(error)
            except WithheldError:
                if progress.state == State.DONE:
                    raise
                break
        if progress.state == State.DONE and not files:
            raise FailedError(reason)
        return files

    def _fetch(self, output: OutputRef, file: BinaryIO) -> None:
        """Fetch an output; a backend that is away is waited for. Raises OutputGoneError, WithheldError, LaterError
        and NotOursError."""
        deadline = monotonic() + AWAY_SECONDS
        while True:
            try:
                file.seek(0)
                file.truncate()
                self.backend.fetch(self.key, output, file)
                return
            except AwayError as error:
                self._wait(AWAY_PAUSE_SECONDS, deadline, WithheldError(str(error)))

    def _fail(self, message: str) -> str:
        if not steadily(lambda: claims.fail(self.key, message)):
            return NOT_OURS
        return f"failed: {message}"

    def _give_back(self, error: LaterError | UnreadFileError) -> str:
        """Return the job to the queue: to its front, but to its end if the backend is away."""
        counts = type(error) in COUNTED
        is_first = isinstance(error, LostError | UnreadFileError) or stopping.is_set()
        if not steadily(lambda: claims.give_back(self.key, is_first=is_first, counts=counts)):
            return NOT_OURS
        return f"waits again: {error}"

    def _cancel(self) -> None:
        """Cancel the attempt, if a backend has it, and wait until it has stopped, but for seconds at most."""
        if self.backend is None:
            return
        deadline = monotonic() + CANCEL_SECONDS
        try:
            self.backend.cancel(self.key)
            while self._is_under_way() and monotonic() < deadline:
                sleep(CANCEL_PAUSE_SECONDS)
        finally:
            self.backend.forget(self.key)

    def _is_under_way(self) -> bool:
        """Return whether the backend still has the attempt; one that is away may have it."""
        try:
            return self.backend.follow(self.key).state in UNDER_WAY
        except StuckError:
            return False
        except AwayError:
            return True


def steadily(act: Callable[[], T]) -> T:
    """Call a function that needs the database, again while the database is away; return its result.

    Raises Error once that takes too long.
    """
    deadline = monotonic() + DATABASE_SECONDS
    while True:
        try:
            return act()
        except (OperationalError, InterfaceError):
            connection.close()
            if monotonic() > deadline or stopping.is_set():
                raise
        stopping.wait(DATABASE_PAUSE_SECONDS)
