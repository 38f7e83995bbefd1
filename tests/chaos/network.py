"""A network of hosts on this machine: a namespace for each, wired to a bridge in one more.

The addresses are of 192.0.2.0/24, which belongs to documentation, and lead nowhere else. Only root may make them.
"""

import ctypes
import fcntl
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

PREFIX = "genonaut-"
SUBNET = "192.0.2"
HUB = "hub"
SITE = "site"
NODES = ("node1", "node2", "node3")
FIRST_ADDRESS = 10
CLONE_NEWNET = 0x40000000
LOCK = Path("/run/genonaut-chaos.lock")


def address(host: str) -> str:
    """Return the address of a host: the site's is the first."""
    return f"{SUBNET}.{FIRST_ADDRESS + (SITE, *NODES).index(host)}"


def namespace(host: str) -> str:
    """Return the name of a host's namespace."""
    return PREFIX + host


def on_host(host: str, command: Sequence[object]) -> list[str]:
    """Return the command that runs another one on a host; the process is the other one's."""
    return ["ip", "netns", "exec", namespace(host), *map(str, command)]


@contextmanager
def network() -> Iterator[None]:
    """Make the hosts, move this process to the site's, and remove them and all that runs there at the end.

    What an earlier run left behind is removed first. Threads that run already stay where they are. Raises
    BlockingIOError if another process has such a network.
    """
    outside = os.open("/proc/self/ns/net", os.O_RDONLY)
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            _remove()
            yield from _wired(outside)
        finally:
            os.close(outside)


def _wired(outside: int) -> Iterator[None]:
    try:
        _make()
        enter(Path("/run/netns") / namespace(SITE))
        yield
    finally:
        _enter(outside)
        _remove()


def enter(path: Path) -> None:
    """Move this thread, and those that it starts, to a namespace."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        _enter(descriptor)
    finally:
        os.close(descriptor)


def cut(host: str) -> None:
    """Pull a host's cable: its packets are lost, no one is told."""
    _ip("-n", namespace(HUB), "link", "set", host, "down")


def heal(host: str) -> None:
    """Put a host's cable back."""
    _ip("-n", namespace(HUB), "link", "set", host, "up")


def kill_all(host: str) -> None:
    """Kill whatever runs on a host, but not this process."""
    for pid in _pids(host):
        if pid != os.getpid():
            subprocess.run(["kill", "-9", str(pid)], stderr=subprocess.DEVNULL, check=False)


def _make() -> None:
    for host in (HUB, SITE, *NODES):
        _ip("netns", "add", namespace(host))
        _ip("-n", namespace(host), "link", "set", "lo", "up")
    _ip("-n", namespace(HUB), "link", "add", "bridge", "type", "bridge")
    _ip("-n", namespace(HUB), "link", "set", "bridge", "up")
    for host in (SITE, *NODES):
        peer = ("type", "veth", "peer", "name", "eth0", "netns", namespace(host))
        _ip("-n", namespace(HUB), "link", "add", host, *peer)
        _ip("-n", namespace(HUB), "link", "set", host, "master", "bridge", "up")
        _ip("-n", namespace(host), "addr", "add", f"{address(host)}/24", "dev", "eth0")
        _ip("-n", namespace(host), "link", "set", "eth0", "up")


def _remove() -> None:
    for host in (*NODES, SITE, HUB):
        if (Path("/run/netns") / namespace(host)).exists():
            kill_all(host)
            _ip("netns", "delete", namespace(host))


def _pids(host: str) -> list[int]:
    return [int(pid) for pid in _ip("netns", "pids", namespace(host)).split()]


def _enter(descriptor: int) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "this thread cannot be moved to the namespace")


def _ip(*arguments: str) -> str:
    return subprocess.run(["ip", *arguments], capture_output=True, text=True, check=True).stdout
