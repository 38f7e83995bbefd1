#!/usr/bin/env python
"""Django's command line for Genonaut."""

import signal
from types import FrameType

# A signal waits until what it interrupts can clean up. Not in processes of multiprocessing, which read this file under
# another name: a command that ends them with SIGTERM would wait for them for ever.
ENDS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)

import os  # noqa: E402
import sys  # noqa: E402

from django.core.exceptions import ImproperlyConfigured  # noqa: E402
from django.core.management import execute_from_command_line  # noqa: E402

from genonaut.postgres import PostgresDidNotStartError  # noqa: E402


class Ended(KeyboardInterrupt):
    """The process was told to end by another signal than Ctrl-C's; commands end the same way."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


def end(number: int, _frame: FrameType | None) -> None:
    """Raise Ended: what would end the process at once would leave the embedded PostgreSQL running."""
    raise Ended(number)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    try:
        signal.signal(signal.SIGTERM, end)
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # as nohup has it
            signal.signal(signal.SIGHUP, end)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDS)
        execute_from_command_line(sys.argv)
    except Ended as ended:
        sys.exit(128 + ended.number)  # as shells number the end by a signal
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)  # a traceback would not help
    except (ImproperlyConfigured, PostgresDidNotStartError) as error:
        sys.exit(str(error))
