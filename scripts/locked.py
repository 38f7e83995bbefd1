"""Run a command while no other process runs one under the same lock: `python3 scripts/locked.py FILE COMMAND...`.

Any Python 3 will do: this is what finds out that there is no newer one.
"""

import fcntl
import os
import signal
import sys


def main(path, *command):  # noqa: ANN001, ANN002, ANN201 - Python 3.5
    """Take the lock, and become the command, which holds it until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        sys.exit("This folder must be writable: {}".format(error))  # noqa: UP032 - Python 3.5
    os.set_inheritable(lock, True)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print("Another make prepares this folder; waiting for it ...", flush=True)
        fcntl.flock(lock, fcntl.LOCK_EX)
    os.execvp(command[0], command)  # noqa: S606 - make's own command


if __name__ == "__main__":
    main(*sys.argv[1:])
