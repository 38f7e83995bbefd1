"""Waits for what the servers of a move do by themselves."""

import time

from genonaut.moving import replication
from genonaut.moving.servers import Server
from tests.processes import WAIT_SECONDS


def wait_until_followed(publisher: Server, subscriber: Server) -> None:
    """Wait until the subscriber has connected. Raises AssertionError."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not replication.state(publisher, subscriber).is_connected:
        assert time.monotonic() < deadline
        time.sleep(0.02)
