"""Three nodes as deploy/patroni describes them: etcd, Patroni and PostgreSQL on each."""

import json
import os
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from genonaut.postgres.programs import BIN, Account
from tests.chaos import network, programs
from tests.chaos.network import NODES, address

WAIT_SECONDS = 180
POLL_SECONDS = 0.05
PASSWORD = "rehearsal"
# Beside the recipe: three nodes share this machine's files, and little memory. A process that is killed loses nothing
# that it wrote, and without fsync the disk is not what is measured.
OVERRIDES = """
postgresql:
  parameters:
    unix_socket_directories: {folder}
    shared_buffers: 64MB
    fsync: "off"
"""
DCS = """
bootstrap:
  dcs:
    synchronous_mode: {synchronous}
"""


@dataclass
class Node:
    """One host of the cluster."""

    name: str
    folder: Path
    account: Account
    processes: dict[str, subprocess.Popen] = field(default_factory=dict)

    def start_etcd(self) -> None:
        """Start the node's etcd."""
        self._start("etcd", [programs.find("etcd"), "--log-level", "error"], self.etcd_settings())

    def etcd_settings(self) -> dict[str, str]:
        """Return what /etc/default/etcd holds on this node."""
        here = address(self.name)
        return {
            "ETCD_NAME": self.name,
            "ETCD_DATA_DIR": str(self.folder / "etcd"),
            "ETCD_LISTEN_PEER_URLS": f"http://{here}:2380",
            "ETCD_LISTEN_CLIENT_URLS": f"http://{here}:2379,http://127.0.0.1:2379",
            "ETCD_INITIAL_ADVERTISE_PEER_URLS": f"http://{here}:2380",
            "ETCD_ADVERTISE_CLIENT_URLS": f"http://{here}:2379",
            "ETCD_INITIAL_CLUSTER": ",".join(f"{name}=http://{address(name)}:2380" for name in NODES),
            "ETCD_INITIAL_CLUSTER_STATE": "new",
            "ETCD_INITIAL_CLUSTER_TOKEN": "genonaut",
            "ETCD_PRE_VOTE": "true",
        }

    def start_patroni(self) -> None:
        """Start the node's Patroni, which starts PostgreSQL."""
        self._start("patroni", [programs.PATRONI, self.folder / "patroni"], self.settings())

    def settings(self) -> dict[str, str]:
        """Return what node.env holds on this node."""
        here = address(self.name)
        return {
            "PATRONI_NAME": self.name,
            "PATRONI_ETCD3_HOSTS": ",".join(f"{address(name)}:2379" for name in NODES),
            "PATRONI_RESTAPI_LISTEN": f"{here}:8008",
            "PATRONI_RESTAPI_CONNECT_ADDRESS": f"{here}:8008",
            "PATRONI_RESTAPI_USERNAME": "patroni",
            "PATRONI_RESTAPI_PASSWORD": PASSWORD,
            "PATRONI_POSTGRESQL_LISTEN": f"{here},127.0.0.1:5432",
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"{here}:5432",
            "PATRONI_POSTGRESQL_DATA_DIR": str(self.data),
            "PATRONI_POSTGRESQL_BIN_DIR": str(BIN),
            "PATRONI_POSTGRESQL_PGPASS": str(self.folder / "pgpass"),
            "PATRONI_SUPERUSER_USERNAME": "postgres",
            "PATRONI_SUPERUSER_PASSWORD": PASSWORD,
            "PATRONI_REPLICATION_USERNAME": "replicator",
            "PATRONI_REPLICATION_PASSWORD": PASSWORD,
            "PATRONI_REWIND_USERNAME": "rewinder",
            "PATRONI_REWIND_PASSWORD": PASSWORD,
        }

    @property
    def data(self) -> Path:
        """The folder of PostgreSQL."""
        return self.folder / "data"

    @property
    def url(self) -> str:
        """The address of its PostgreSQL, for the superuser."""
        return f"postgresql://postgres:{PASSWORD}@{address(self.name)}:5432/postgres"

    def state(self) -> dict[str, Any]:
        """Return what Patroni says of the node; nothing if it does not answer."""
        return self._ask("patroni")

    def synchronous(self) -> set[str]:
        """Return the names of the nodes that commits wait for, as etcd has them; they learn of it seconds later."""
        members = self._ask("cluster").get("members", [])
        return {member["name"] for member in members if member["role"] == "sync_standby"}

    def _ask(self, page: str) -> dict[str, Any]:
        try:
            with urllib.request.urlopen(f"http://{address(self.name)}:8008/{page}", timeout=1) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return json.load(error)
        except (OSError, ValueError):
            return {}

    def follows(self, leader: "Node") -> bool:
        """Tell whether the node streams from the leader, on its timeline."""
        state = self.state()
        return state.get("replication_state") == "streaming" and state["timeline"] == leader.state().get("timeline")

    def is_leader(self) -> bool:
        """Tell whether Patroni holds the node for the leader."""
        with suppress(OSError):
            urllib.request.urlopen(f"http://{address(self.name)}:8008/primary", timeout=1).close()
            return True
        return False

    def postmaster(self) -> int:
        """Return the process number of PostgreSQL. Raises FileNotFoundError."""
        return int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])

    def kill(self, name: str) -> None:
        """Kill etcd or Patroni as `kill -9` does."""
        process = self.processes.pop(name)
        process.kill()
        process.wait()

    def die(self) -> None:
        """Kill all that runs on the node, as a power cut does."""
        self.kill("patroni")
        self.kill_postgres()
        self.kill("etcd")
        network.kill_all(self.name)

    def kill_postgres(self) -> None:
        """Kill PostgreSQL with all its processes, as `kill -9` does."""
        with suppress(FileNotFoundError):
            for pid in family(self.postmaster()):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def walsenders(self) -> list[int]:
        """Return the processes that send commits to replicas."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            return [pid for (pid,) in connection.execute("SELECT pid FROM pg_stat_replication")]

    def _start(self, name: str, command: list[object], environment: dict[str, str]) -> None:
        account = ["setpriv", f"--reuid={self.account.uid}", f"--regid={self.account.gid}", "--clear-groups"]
        log = programs.log(f"{self.name}-{name}")
        self.processes[name] = subprocess.Popen(
            network.on_host(self.name, [*account, *command]),
            env={"PATH": programs.PATH, "LANG": "C.UTF-8", "HOME": str(self.folder), **environment},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()


def family(pid: int) -> list[int]:
    """Return a process and its children, itself first: it would start others for those that die."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *map(int, children.read_text().split())] if children.exists() else []


class Cluster:
    """The three nodes."""

    def __init__(self, folder: Path, *, synchronous: bool) -> None:
        account = Account.for_server(folder / "none")
        self.nodes = {name: Node(name, folder / name, account) for name in NODES}
        self.synchronous = synchronous

    def prepare(self) -> None:
        """Write the configuration of each node."""
        for node in self.nodes.values():
            configuration = node.folder / "patroni"
            configuration.mkdir(parents=True)
            recipe = (programs.RECIPE / "patroni.yml").read_text()
            (configuration / "1.yml").write_text(recipe)
            (configuration / "2.yml").write_text(OVERRIDES.format(folder=node.folder))
            (configuration / "3.yml").write_text(DCS.format(synchronous=str(self.synchronous).lower()))
            for path in (node.folder, configuration):
                node.account.own(path)
            node.account.open_the_way(node.data)
            for program in (programs.PATRONI, programs.PYTHON.resolve()):
                node.account.open_the_way(program)

    def start(self) -> None:
        """Start all nodes, and wait until one leads and the others follow."""
        for node in self.nodes.values():
            node.start_etcd()
        for node in self.nodes.values():
            node.start_patroni()
        self.wait_until_whole()

    def leader(self) -> Node:
        """Return the node that leads, waiting for one. Raises TimeoutError."""
        for _ in polls("there is no leader"):
            for node in self.nodes.values():
                if node.is_leader():
                    return node
        raise AssertionError

    def wait_until_whole(self) -> None:
        """Wait until every other node streams from the leader, and, if commits wait for one, one is chosen.

        Raises TimeoutError.
        """
        for _ in polls("the nodes do not all follow the leader"):
            with suppress(psycopg.Error):
                if self._is_whole(self.leader()):
                    return

    def _is_whole(self, leader: Node) -> bool:
        followers = [node for node in self.nodes.values() if node is not leader]
        if not all(node.follows(leader) for node in followers):
            return False
        return not self.synchronous or bool(leader.synchronous())

    def control(self, *arguments: str) -> str:
        """Run patronictl on the first node."""
        node = next(iter(self.nodes.values()))
        command = network.on_host(node.name, [programs.PATRONICTL, "-c", node.folder / "patroni" / "1.yml", *arguments])
        environment = {"PATH": programs.PATH, "LANG": "C.UTF-8", **node.settings()}
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


@contextmanager
def running(folder: Path, *, synchronous: bool) -> Iterator[Cluster]:
    """Run a cluster over a new folder while the context lasts; the network ends whatever is left of it."""
    cluster = Cluster(folder, synchronous=synchronous)
    cluster.prepare()
    cluster.start()
    try:
        yield cluster
    finally:
        for name in NODES:
            network.kill_all(name)
        for node in cluster.nodes.values():
            for process in node.processes.values():
                process.wait()


def polls(complaint: str, seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Yield until the time is over. Raises TimeoutError with the complaint."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"{complaint} after {seconds:.0f} s")
