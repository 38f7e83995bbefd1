"""How many more readers a machine more carries: a server alone, and two replicas of it, each pinned to a core.

    .venv/bin/python -m tests.stress.replica_scaling [--rows 20000] [--rounds 9]

A machine is a core, with one web process and one PostgreSQL server on it. Alone: the primary and a site without
replicas on core 0. With replicas: a web process and a replica on each of cores 0 and 1; each viewer stays with one
replica, and what a web process reads of the other core's replica it would fetch over the network. The primary is on
both, and has nothing to do but to say where it is. The clients, 16 viewers who ask without a pause, are on both too.
Rounds take turns; so much of the processor as the servers had is measured with each. Exit status 1: an answer failed.
"""

import os
import sys
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from statistics import median

import django
import psutil

from tests.replicas import Cluster, Node, replicated
from tests.stress.connections import run_clients
from tests.stress.replicas import GUNICORN, fill
from tests.stress.report import table
from tests.stress.servers import Server, serving

CORES = (0, 1)
CONNECTIONS, SECONDS, WARM_UP = 16, 8.0, 3
PATHS = ["/", "/api/v1/content/", "/api/v1/content/?page=20", "/api/v1/content/?sort=quality_score"]
ALONE, REPLICATED = "the primary alone, one core", "two replicas, two cores"


@dataclass
class Setup:
    """A site and the servers that it has; what each used of the processor, and its answers a second, by round."""

    site: Server
    nodes: dict[str, Node]
    pin: Callable[[], None]
    rates: list[float] = field(default_factory=list)
    spent: dict[str, float] = field(default_factory=dict)
    requests: int = 0

    def run(self, seconds: float) -> int:
        """Let the clients ask for a while; return how many requests failed."""
        self.pin()
        before = self._used()
        plan = {"connections": CONNECTIONS, "seconds": seconds, "paths": PATHS, "are_viewers": True}
        outcome = run_clients(self.site, plan)
        for name, used in self._used().items():
            self.spent[name] = self.spent.get(name, 0.0) + used - before[name]
        self.requests += len(outcome["seconds"])
        self.rates.append(len(outcome["seconds"]) / outcome["ran"])
        return sum(outcome["errors"].values())

    def _used(self) -> dict[str, float]:
        return {"web processes": self.site.cpu_seconds()} | {
            name: sum(used(process) for process in family(node)) + ended(node) for name, node in self.nodes.items()
        }

    def line(self, name: str, servers: Sequence[str]) -> list[str]:
        """Return the cells of a table: answers a second, and milliseconds of the processor for each answer."""
        each = [1000 * self.spent.get(server, 0.0) / self.requests for server in servers]
        return [name, f"{median(self.rates):.0f}", *[f"{spent:.2f} ms" for spent in each]]


def family(node: Node) -> list[psutil.Process]:
    """Return the processes of a PostgreSQL server, the first first."""
    first = psutil.Process(int((node.data / "postmaster.pid").read_text().split()[0]))
    return [first, *first.children()]


def used(process: psutil.Process) -> float:
    """Return the processor seconds of a process."""
    return sum(process.cpu_times()[:2])


def ended(node: Node) -> float:
    """Return the processor seconds of a server's processes that have ended."""
    return sum(family(node)[0].cpu_times()[2:4])


def pin(parts: Sequence[tuple[Sequence[psutil.Process], Sequence[int]]]) -> None:
    """Let processes, and those that they begin from now on, use some cores alone."""
    for processes, cores in parts:
        for process in processes:
            process.cpu_affinity(list(cores))


def pin_alone(cluster: Cluster, site: Server) -> None:
    """Leave core 0 to the primary and the site."""
    pin([(family(cluster.primary), CORES[:1]), (site.processes(), CORES[:1])])


def pin_replicated(cluster: Cluster, site: Server) -> None:
    """Give each replica a core, and each web process one."""
    master, *workers = site.processes()
    own = [(family(replica), [core]) for replica, core in zip(cluster.replicas, CORES, strict=True)]
    own += [([worker], [core]) for worker, core in zip(workers, CORES, strict=True)]
    pin([*own, (family(cluster.primary), CORES), ([master], CORES)])


def setups(stack: ExitStack, cluster: Cluster) -> dict[str, Setup]:
    """Start both sites."""
    addresses = " ".join(replica.url for replica in cluster.replicas)
    known = {"DATABASE_DIRECT_URL": "", "DJANGO_SETTINGS_MODULE": "genonaut.settings"}
    alone = stack.enter_context(serving(cluster.primary.url, GUNICORN, known | {"REPLICA_URLS": ""}))
    both = known | {"REPLICA_URLS": addresses, "WEB_WORKERS": str(len(CORES)), "REPLICA_LAG_SECONDS": "60"}
    replicas = stack.enter_context(serving(cluster.primary.url, GUNICORN, both))
    nodes = {"primary": cluster.primary}
    nodes |= {f"replica {number}": replica for number, replica in enumerate(cluster.replicas, 1)}
    return {
        ALONE: Setup(alone, nodes, partial(pin_alone, cluster, alone)),
        REPLICATED: Setup(replicas, nodes, partial(pin_replicated, cluster, replicas)),
    }


def measure(cluster: Cluster, rounds: int, seconds: float = SECONDS) -> tuple[str, int]:
    """Return the table of both set-ups with what follows from it, and how many requests failed."""
    with ExitStack() as stack:
        both = setups(stack, cluster)
        # Each connection makes its plans.
        failed = sum(setup.run(WARM_UP * seconds) for setup in both.values())
        for setup in both.values():
            setup.rates, setup.spent, setup.requests = [], {}, 0
        for number in range(rounds):
            failed += sum(setup.run(seconds) for setup in list(both.values())[:: 1 if number % 2 else -1])
        return said(both), failed


def said(both: dict[str, Setup]) -> str:
    """Return the table and the ratio."""
    servers = ["web processes", "primary", "replica 1", "replica 2"]
    lines = [setup.line(name, servers) for name, setup in both.items()]
    ratio = median(two / one for one, two in zip(both[ALONE].rates, both[REPLICATED].rates, strict=True))
    return f"{table(['', 'answers a second', *servers], lines)}\n\nAnswers a second: {ratio:.2f} times."


def main() -> None:
    """Measure and print."""
    parser = ArgumentParser(prog="python -m tests.stress.replica_scaling", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=20_000, help="works (default: 20,000)")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of both, 8 s each (default: 9)")
    options = parser.parse_args()
    if len(os.sched_getaffinity(0)) < len(CORES):
        sys.exit("Two cores are needed.")
    django.setup()
    with replicated() as cluster:
        fill(cluster.primary, options.rows)
        cluster.catch_up()
        told, failed = measure(cluster, options.rounds)
    print(f"{told}\nRequests that failed: {failed}.")
    sys.exit(bool(failed))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main()
