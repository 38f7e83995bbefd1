"""Ctrl-C, where a command does two things of which it may not do one alone."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruption_waits() -> Iterator[None]:
    """Let Ctrl-C interrupt at the end of the block what it would interrupt within. In the main thread."""
    interrupt = signal.getsignal(signal.SIGINT)
    if not callable(interrupt):  # ignored, or it ends the process
        yield
        return
    came: list[tuple] = []
    signal.signal(signal.SIGINT, lambda *said: came.append(said))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, interrupt)
        if came:
            interrupt(*came[0])
