"""Reaps processes whose parents are gone, at once, as systemd does on a node.

Patroni takes a PostgreSQL that is dead, but not reaped, for one that still runs, and waits a second more. The first
process of a container may take that long.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from typing import NoReturn

PR_SET_CHILD_SUBREAPER = 36


def reaped(work: Callable[[], None]) -> NoReturn:
    """Do some work in a process of its own, reap what outlives its parent there, and end as the work ended."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "this process cannot reap others")
    worker = os.fork()
    if not worker:
        work()
        sys.exit()
    # Ctrl-C reaches both; the worker ends, and with it this process.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _frame: os.kill(worker, number))
    while True:
        pid, status = os.wait()
        if pid == worker:
            sys.exit(os.waitstatus_to_exitcode(status))
