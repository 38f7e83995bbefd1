"""The terminal that a command was started in."""

import os
import select
import signal
import sys
from threading import Thread


def end_when_closed() -> None:
    """Send this process SIGHUP when its terminal is closed, unless it ignores that signal or has no terminal.

    The kernel sends it to the first process of the terminal alone, which may be make: that waits for its children.
    """
    if sys.stdin is not None and sys.stdin.isatty() and signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        Thread(target=_wait, args=[sys.stdin.fileno()], name="terminal", daemon=True).start()


def _wait(terminal: int) -> None:
    poll = select.poll()
    poll.register(terminal, 0)  # a hang-up is told without being asked for
    poll.poll()
    os.kill(os.getpid(), signal.SIGHUP)
