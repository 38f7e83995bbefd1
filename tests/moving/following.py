"""Waits for what the servers of a move do by themselves."""

import time
from collections.abc import Callable

from genonaut.moving import replication
from genonaut.moving.servers import Server
from tests.processes import WAIT_SECONDS


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait for a condition. Raises AssertionError."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def wait_until_followed(publisher: Server, subscriber: Server) -> None:
    """Wait until the subscriber has connected. Raises AssertionError."""
    wait_until(lambda: replication.state(publisher, subscriber).is_connected)
