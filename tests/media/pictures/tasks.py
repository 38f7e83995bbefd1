"""What the tests let processes of a studio do beside preparing files."""

import os
import resource
import signal
import time
from pathlib import Path

from media.pictures.limits import Limits
from media.pictures.preparing import prepare


def process_id() -> int:
    """Return the number of the process that works."""
    return os.getpid()


def sleep(seconds: float) -> None:
    """Take so long."""
    time.sleep(seconds)


def sleep_and_tell(mark: Path) -> None:
    """Write this process's number to a file and never end."""
    mark.with_suffix(".part").write_text(str(os.getpid()))
    mark.with_suffix(".part").rename(mark)
    time.sleep(600)


def end(status: int) -> None:
    """End the process in the middle, as a crash of a library does."""
    os._exit(status)


def abort() -> None:
    """Die of a signal."""
    os.kill(os.getpid(), signal.SIGABRT)


def terminate() -> None:
    """Be told to end, as by the service manager."""
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(600)


def take_memory(amount: int) -> int:
    """Take so many bytes."""
    return len(bytearray(amount))


def fail() -> None:
    """Raise what cannot be sent to another process."""

    class LocalError(Exception):
        """Of a class that no other module can name."""

    raise LocalError("of no module")


def peak_memory(path: Path) -> int:
    """Prepare a file and return the most bytes that this process has held in memory."""
    prepare(path, limits=Limits())
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
