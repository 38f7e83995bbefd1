"""Processes that work on files and may die alone: out of time, out of memory, or killed.

concurrent.futures breaks a whole pool when one process dies. Pebble 5.2.3 breaks it when one dies between two files,
and lets all processes share a pipe and its locks. Here each process has a pipe of its own, and a thread that waits.
"""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from pkgutil import resolve_name
from queue import LifoQueue
from types import TracebackType
from typing import Any, Self

import psutil

from genonaut.interruptions import interruption_waits
from media.pictures.limits import (
    DamagedError,
    Limits,
    PictureError,
    ProcessDiedError,
    TooMuchMemoryError,
    TooSlowError,
)
from media.pictures.own_folders import own_folder
from media.pictures.prepared import GRID_WIDTHS, Prepared

# A server process of its own imports the decoders once and forks from there: a new process takes 25 ms, and inherits
# no thread, socket or database connection of the caller.
CONTEXT = multiprocessing.get_context("forkserver")
PREPARE = "media.pictures.preparing:prepare"
CONTEXT.set_forkserver_preload([__name__, PREPARE.partition(":")[0], "media.copying"])
START_SECONDS = 60.0  # for a process to say that it is ready; far more than it takes on a busy machine
END_SECONDS = 10.0  # for one whose end of the pipe is closed to end, which is what says how it ended
READY = "ready"
TAKEN = "taken"  # A process that dies before it says so has not looked at the file.
# How many files wait for a process: their answers lie in memory until the caller takes them.
AHEAD = 2


def bound(memory_bytes: int) -> None:
    """Let this process take so much more address space than it has, leave no core dump, and no Ctrl-C reach it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    most = psutil.Process().memory_info().vms + memory_bytes
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def answer(function: Callable[..., Any] | str, arguments: tuple[Any, ...]) -> object:
    """Return what a function returns, or the PictureError that it raises."""
    try:
        return (resolve_name(function) if isinstance(function, str) else function)(*arguments)
    except PictureError as error:
        # Without its cause: not every decoder's exception can be sent.
        return type(error)(*error.args)
    except MemoryError:
        return TooMuchMemoryError("needs more memory than allowed")
    except Exception as error:
        return DamagedError(f"is damaged: {error!r}")


def work(pipe: Connection, memory_bytes: int) -> None:
    """Answer calls from a pipe until its other end is closed."""
    bound(memory_bytes)
    pipe.send(READY)
    while True:
        try:
            function, arguments = pipe.recv()
            pipe.send(TAKEN)
            pipe.send(answer(function, arguments))
        except (EOFError, BrokenPipeError):
            return


class Worker:
    """A process, started when it is needed and again after it ended."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.process: multiprocessing.process.BaseProcess | None = None
        self.pipe: Connection | None = None

    def start(self) -> None:
        """Start the process and wait until it is ready.

        Raises ProcessDiedError if it does not become so.
        """
        own_folder()
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=work, args=(theirs, self.limits.memory_bytes), daemon=True)
        self.process.start()
        theirs.close()
        self.receive(START_SECONDS)

    def stop(self) -> None:
        """Kill the process, if there is one."""
        if self.process is not None and self.pipe is not None:
            self.process.kill()
            self.process.join()
            self.pipe.close()
            self.process = None

    def receive(self, seconds: float) -> object:
        """Return what the process sends; it does not survive its silence.

        Raises TooSlowError or ProcessDiedError.
        """
        try:
            if not self.pipe.poll(seconds):
                self.stop()
                raise TooSlowError(f"took longer than {seconds:g} s")
            return self.pipe.recv()
        except (EOFError, OSError) as error:
            self.process.join(END_SECONDS)
            code = self.process.exitcode
            self.stop()
            ending = f"was killed by signal {-code}" if code and code < 0 else f"ended with status {code}"
            raise ProcessDiedError(f"could not be read: the process that read it {ending}") from error

    def hand_over(self, call: tuple[object, ...]) -> None:
        """Give a call to the process.

        Raises ProcessDiedError if it dies before it takes it.
        """
        if self.process is None or not self.process.is_alive():
            self.stop()
            self.start()
        with suppress(OSError):  # It is dead: there is no answer either.
            self.pipe.send(call)
        self.receive(START_SECONDS)

    def call(self, function: Callable[..., Any] | str, *arguments: object) -> Any:  # noqa: ANN401 - what the function returns
        """Run a function in the process and return what it returns.

        Raises a PictureError.
        """
        try:
            self.hand_over((function, arguments))
        except ProcessDiedError:  # It died while it was idle: no file is to blame.
            self.hand_over((function, arguments))
        result = self.receive(self.limits.seconds)
        if isinstance(result, TooMuchMemoryError):
            self.stop()  # What is left of its memory is in pieces.
        if isinstance(result, PictureError):
            raise result
        return result


class Studio:
    """Some processes that prepare files, each under limits; a file that fails fails alone.

    A process is started by the first file that needs it, so that a studio costs nothing until then.
    """

    def __init__(self, processes: int | None = None, limits: Limits = Limits()) -> None:  # noqa: B008
        self.processes = processes or os.cpu_count() or 1
        self.limits = limits
        self.workers = [Worker(limits) for _ in range(self.processes)]
        # The last to be idle is the first to work: no more processes are started than have work.
        self.idle: LifoQueue[Worker] = LifoQueue()
        for worker in self.workers:
            self.idle.put(worker)
        self.threads = ThreadPoolExecutor(self.processes, thread_name_prefix="studio")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all work: files that wait are cancelled, those in work fail."""
        self.threads.shutdown(wait=False, cancel_futures=True)
        for worker in self.workers:
            if (process := worker.process) is not None:
                process.kill()
        self.threads.shutdown()
        for worker in self.workers:
            worker.stop()

    def _call(self, function: Callable[..., Any] | str, *arguments: object) -> Any:  # noqa: ANN401 - what the function returns
        worker = self.idle.get()
        try:
            return worker.call(function, *arguments)
        finally:
            self.idle.put(worker)

    def submit(self, function: Callable[..., Any] | str, *arguments: object) -> Future[Any]:
        """Run a function of a module in a process; the future raises a PictureError where it fails.

        By its name, "module:function", this process imports neither the function nor the decoders that it needs.
        """
        with interruption_waits():
            return self.threads.submit(self._call, function, *arguments)

    def prepare(self, path: Path, widths: Iterable[int] = GRID_WIDTHS) -> Future[Prepared]:
        """Prepare one file."""
        return self.submit(PREPARE, path, tuple(widths), self.limits)

    def prepare_all(
        self, paths: Iterable[Path], widths: Iterable[int] = GRID_WIDTHS
    ) -> Iterator[tuple[Path, Prepared | PictureError]]:
        """Prepare any number of files and return each with its outcome as it comes; few are in memory at once."""
        waiting, remaining, widths = {}, iter(paths), tuple(widths)
        while True:
            for path in islice(remaining, self.processes * AHEAD - len(waiting)):
                waiting[self.prepare(path, widths)] = path
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                error = future.exception()
                if error is not None and not isinstance(error, PictureError):
                    raise error
                yield waiting.pop(future), error or future.result()
