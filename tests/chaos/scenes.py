"""What happens to the cluster: each scene harms it, and afterwards mends what it did not mend itself."""

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from threading import Event, Thread

import psycopg

from tests.chaos import network
from tests.chaos.cluster import Cluster, Node, polls
from tests.chaos.site import NAME, PASSWORD, is_up

# As systemd's RestartSec in patroni.service.
RESTART_SECONDS = 2
# Longer than a leader may be silent (`ttl`).
SILENCE_SECONDS = 30
CUT_OFF_SECONDS = 2

Scene = Callable[[Cluster, Node], None]


def switchover(cluster: Cluster, leader: Node) -> None:
    """Hand over to a replica, as planned."""
    cluster.control("switchover", "genonaut", "--leader", leader.name, "--force")


def postgres_killed(_cluster: Cluster, leader: Node) -> None:
    """Kill the leader's PostgreSQL; Patroni lives."""
    leader.kill_postgres()


def node_killed(_cluster: Cluster, leader: Node) -> None:
    """Kill the leader's PostgreSQL and Patroni; systemd starts Patroni again."""
    leader.kill("patroni")
    leader.kill_postgres()
    time.sleep(RESTART_SECONDS)
    leader.start_patroni()


def machine_lost(cluster: Cluster, leader: Node) -> None:
    """Kill all that runs on the leader's machine, which comes back once another leads."""
    leader.die()
    wait_for_another(cluster, leader)
    leader.start_etcd()
    leader.start_patroni()


def commits_lost(cluster: Cluster, leader: Node) -> None:
    """Let the leader send nothing to its replicas for a while, then lose the machine."""
    for pid in leader.walsenders():
        os.kill(pid, signal.SIGSTOP)
    time.sleep(CUT_OFF_SECONDS)
    machine_lost(cluster, leader)


def network_cut(cluster: Cluster, leader: Node) -> None:
    """Pull the leader's cable, while a client of its own goes on writing; plug it in once another leads."""
    with LocalWriter(leader) as writer:
        network.cut(leader.name)
        other = wait_for_another(cluster, leader)
        promoted_at = time.monotonic()
        time.sleep(RESTART_SECONDS)
    network.heal(leader.name)
    late = [at for at in writer.acknowledged if at > promoted_at]
    print(f"  {leader.name}, cut off, took {len(writer.acknowledged)} writes, {len(late)} after {other.name} led")
    if late:
        raise SplitBrainError(f"{leader.name} took {len(late)} writes after {other.name} led")


def patroni_frozen(cluster: Cluster, leader: Node) -> None:
    """Stop the leader's Patroni, while its PostgreSQL goes on."""
    pid = leader.processes["patroni"].pid
    os.kill(pid, signal.SIGSTOP)
    try:
        wait_for_another(cluster, leader)
    finally:
        os.kill(pid, signal.SIGCONT)


def replica_lost(cluster: Cluster, leader: Node) -> None:
    """Kill all that runs on the machine of a replica, the one that commits wait for if there is such."""
    others = [node for node in cluster.nodes.values() if node is not leader]
    synchronous = leader.synchronous()
    replica = max(others, key=lambda node: node.name in synchronous)
    replica.die()
    time.sleep(SILENCE_SECONDS)
    replica.start_etcd()
    replica.start_patroni()


def etcd_lost(cluster: Cluster, leader: Node) -> None:
    """Kill two etcds of three, so that none knows who leads."""
    others = [node for node in cluster.nodes.values() if node is not leader]
    for node in others:
        node.kill("etcd")
    time.sleep(SILENCE_SECONDS)
    for node in others:
        node.start_etcd()


SCENES: dict[str, Scene] = {
    "switchover": switchover,
    "PostgreSQL killed": postgres_killed,
    "PostgreSQL and Patroni killed": node_killed,
    "machine lost": machine_lost,
    "machine lost with commits": commits_lost,
    "network cut": network_cut,
    "Patroni frozen": patroni_frozen,
    "replica lost": replica_lost,
    "two etcds of three lost": etcd_lost,
}


# What may befall a leader again and again.
KILLS = (postgres_killed, node_killed, machine_lost)


def kills(count: int) -> Scene:
    """Return the scene that kills so many leaders in a row, each in one of three ways, once all is sound."""
    ways = Random(count)

    def scene(cluster: Cluster, _leader: Node) -> None:
        taken = {kill: [] for kill in KILLS}
        for number in range(1, count + 1):
            kill, leader, began = ways.choice(KILLS), cluster.leader(), time.monotonic()
            kill(cluster, leader)
            wait_until_sound(cluster)
            taken[kill].append(time.monotonic() - began)
            print(
                f"  {number} of {count}: {leader.name}, {named(kill)}, sound after {taken[kill][-1]:.1f} s", flush=True
            )
        for kill, seconds in taken.items():
            if seconds:
                print(f"  {named(kill)}: {len(seconds)} times, sound after {median(seconds):.1f} s (median)")

    return scene


def named(scene: Scene) -> str:
    """Return the name of a scene in a line of the kills."""
    return scene.__name__.replace("_", " ")


def wait_until_sound(cluster: Cluster) -> None:
    """Wait until the site shows a page, and all nodes follow the leader. Raises TimeoutError."""
    for _ in polls("the site does not answer"):
        if is_up():
            break
    cluster.wait_until_whole()


class SplitBrainError(Exception):
    """Two servers took writes at the same time."""


def wait_for_another(cluster: Cluster, leader: Node) -> Node:
    """Return the node that leads instead of another. Raises TimeoutError."""
    for _ in polls("no other node leads"):
        for node in cluster.nodes.values():
            if node is not leader and node.is_leader():
                return node
    raise AssertionError


@dataclass
class LocalWriter:
    """A client on a node's own machine, who writes to that node's PostgreSQL, whatever becomes of the network."""

    node: Node
    acknowledged: list[float] = field(default_factory=list)
    is_done: Event = field(default_factory=Event)

    def __enter__(self) -> "LocalWriter":
        self.thread = Thread(target=self._run, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.is_done.set()
        self.thread.join()

    def _run(self) -> None:
        network.enter(Path("/run/netns") / network.namespace(self.node.name))
        url = f"postgresql://{NAME}:{PASSWORD}@127.0.0.1:5432/{NAME}?connect_timeout=2"
        while not self.is_done.wait(0.02):
            with suppress(psycopg.Error), psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE TABLE IF NOT EXISTS rehearsal (at double precision)")
                while not self.is_done.wait(0.02):
                    connection.execute("INSERT INTO rehearsal VALUES (%s)", [time.monotonic()])
                    self.acknowledged.append(time.monotonic())
