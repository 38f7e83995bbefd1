"""Ports for servers that tests start."""

import socket
from contextlib import suppress
from random import SystemRandom

# Below those that the system gives to clients, and to servers that ask for any.
PORTS = range(20_000, 32_000)
TRIES = 100


def free_port() -> int:
    """Return a port of 127.0.0.1 that nothing listens on, to be bound later. Raises RuntimeError if none is found."""
    for port in SystemRandom().sample(PORTS, TRIES):  # tests at the same time may have the same seed
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise RuntimeError("no port is free")
