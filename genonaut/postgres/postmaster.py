"""The server's first process: found by postmaster.pid, and known by the folder that it runs in."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

POLL_SECONDS = 0.02
# A fast shutdown writes a checkpoint; an immediate one only ends processes.
DEAD = {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
FAST_SECONDS, IMMEDIATE_SECONDS = 60, 10


@dataclass(frozen=True)
class PidFile:
    """Lines of postmaster.pid, which is short while a server starts and may be empty after a crash.

    Source: src/include/utils/pidfile.h.
    """

    pid: int
    port: str
    socket_folder: str
    status: str

    @classmethod
    def read(cls, data: Path) -> Self | None:
        """Return what the file says, or None without one that begins with a process id."""
        try:
            lines = (data / "postmaster.pid").read_text(errors="replace").splitlines()
            # A server in single-user mode writes its number negated.
            pid = abs(int(lines[0]))
        except (OSError, IndexError, ValueError):
            return None
        port, folder, status = (lines[line].strip() if line < len(lines) else "" for line in (3, 4, 7))
        return cls(pid, port, folder, status)


def running(data: Path) -> PidFile | None:
    """Return the pid file if its process is alive and runs over `data`; a dead one that its parent never reaped is not.

    The id may by now belong to another server, or to any other program.
    """
    file = PidFile.read(data)
    return file if file and runs_over(file.pid, data) else None


def is_alive(pid: int) -> bool:
    """Tell whether a process lives; one that ended and was never reaped does not."""
    with suppress(psutil.Error):
        return psutil.Process(pid).status() not in DEAD
    return False


def runs_over(pid: int, data: Path) -> bool:
    """Tell whether a process is a living PostgreSQL whose folder is `data`, be it the postmaster or another of it."""
    try:
        process = psutil.Process(pid)
        with process.oneshot():
            if process.status() in DEAD or process.name() != "postgres":
                return False
            return os.path.samefile(_folder_of(process), data)
    except (psutil.Error, OSError):
        return False


def _folder_of(process: psutil.Process) -> str:
    """Return the folder that a server works in; by its arguments where a container hides it from root."""
    with suppress(psutil.AccessDenied):
        return process.cwd()
    arguments = process.cmdline()
    return arguments[arguments.index("-D") + 1] if "-D" in arguments[:-1] else ""


def is_frozen(pid: int) -> bool:
    """Tell whether a process was stopped by a signal (SIGSTOP): it lives, and answers no client."""
    with suppress(psutil.Error):
        return psutil.Process(pid).status() == psutil.STATUS_STOPPED
    return False


def describe(data: Path) -> str:
    """Return a sentence on postmaster.pid and its process, or nothing without such a file."""
    if not (data / "postmaster.pid").exists():
        return ""
    file = PidFile.read(data)
    if file is None:
        return "Its postmaster.pid names no process."
    try:
        process = psutil.Process(file.pid)
        what = f"is {process.name()!r} ({process.status()})"
    except psutil.NoSuchProcess:
        what = "does not exist"
    verdict = "runs over this folder" if runs_over(file.pid, data) else "does not run over this folder"
    frozen = f"; it is stopped by a signal, `kill -CONT {file.pid}` lets it go on" if is_frozen(file.pid) else ""
    return f"Its postmaster.pid names process {file.pid}, which {what} and {verdict}{frozen}."


def clear_away(data: Path) -> None:
    """End what a dead server left over `data`: its backends, which would keep the next one out, and its pid file.

    A backend that computes notices the end of its server only when it is done. Nothing is lost by killing it: its
    memory is given up, and the next server recovers from the log.
    """
    left = [process for process in psutil.process_iter() if runs_over(process.pid, data)]
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    wait_until_ended(data, [process.pid for process in left], IMMEDIATE_SECONDS)
    (data / "postmaster.pid").unlink(missing_ok=True)


def stop(data: Path) -> None:
    """Stop the server over `data`, if one runs: clients are cut off, and what was committed is written down."""
    file = running(data)
    if file is None:
        return
    for number, seconds in (
        (signal.SIGINT, FAST_SECONDS),
        (signal.SIGQUIT, IMMEDIATE_SECONDS),
        (signal.SIGKILL, IMMEDIATE_SECONDS),
    ):
        with suppress(ProcessLookupError):
            os.kill(file.pid, number)
            os.kill(file.pid, signal.SIGCONT)  # a frozen one would take no signal
        if wait_until_ended(data, [file.pid], seconds):
            return


def wait_until_ended(data: Path, pids: list[int], seconds: float) -> bool:
    """Wait until no process of `pids` runs over `data`; return whether that came within `seconds`."""
    return any(not any(runs_over(pid, data) for pid in pids) for _ in polls(seconds))


def polls(seconds: float) -> Iterator[None]:
    """Yield again and again with a short sleep between, until `seconds` have passed."""
    end = time.monotonic() + seconds
    while True:
        yield
        if time.monotonic() > end:
            return
        time.sleep(POLL_SECONDS)
