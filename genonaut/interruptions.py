"""Ctrl-C, where a command does two things of which it may not do one alone, or a program of its own is to have it."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread


@contextmanager
def interruption_waits() -> Iterator[None]:
    """Let Ctrl-C interrupt at the end of the block what it would interrupt within: in the main thread, no other is."""
    interrupt = signal.getsignal(signal.SIGINT)
    is_interrupted = current_thread() is main_thread() and callable(interrupt)
    if not is_interrupted:  # or it is ignored, or ends the process
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


@contextmanager
def interruption_is_of_child() -> Iterator[None]:
    """Leave Ctrl-C to a program that is run in the block, which has it from the terminal too. In the main thread.

    The program begins with the signal's default: what this process handles, and does not ignore, is not inherited.
    """
    interrupt = signal.getsignal(signal.SIGINT)
    if callable(interrupt):
        signal.signal(signal.SIGINT, lambda *_said: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, interrupt)
