"""Signals that end a command: held back where it does two things and may not do one alone, or a program is run."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread

# Ctrl-C, the polite end, and a terminal that closed: manage.py lets each raise KeyboardInterrupt.
ENDS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruption_waits() -> Iterator[None]:
    """Let what would interrupt within the block interrupt at its end: in the main thread, no other is.

    Locks of Python's own need it too, as in queues and executors: interrupted just after it took one, a thread keeps
    it, and others wait for ever.
    """
    handlers = {number: signal.getsignal(number) for number in ENDS}
    # The others are ignored, or end the process.
    raising = {number: handler for number, handler in handlers.items() if callable(handler)}
    if current_thread() is not main_thread():
        yield
        return
    came: list[tuple] = []
    try:
        for number in raising:
            signal.signal(number, lambda *said: came.append(said))
        yield
    finally:
        for number, handler in raising.items():
            signal.signal(number, handler)
        if came:
            number, frame = came[0]
            raising[number](number, frame)


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
