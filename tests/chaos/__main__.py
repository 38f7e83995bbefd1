"""Rehearses failures of a cluster of three nodes before a site in use: `make chaos`.

    .venv/bin/python -m tests.chaos [--synchronous] [--only "network cut"] [--times 5] [--kills 100]

It installs etcd and HAProxy (Debian's packages) and Patroni (in var/chaos), makes hosts of their own in network
namespaces, and plays each scene before readers and writers. Only root may. Exit status 1: an acknowledged write was
lost that must not be, a count or an ETag was wrong, or two servers took writes at a time.
"""

import os
import signal
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.chaos import cluster, network, programs, report, site
from tests.chaos.clients import token_of_new_member
from tests.chaos.filling import fill
from tests.chaos.reaping import reaped
from tests.chaos.rehearsal import Outcome, rehearse
from tests.chaos.scenes import SCENES, Scene, kills
from tests.chaos.watching import Watcher

ROWS = 10_000
# Without synchronous mode, what a leader did not send before its machine was lost is lost.
MAY_LOSE = "machine lost with commits"


def main() -> None:
    """Rehearse, and print the table."""
    options = arguments()
    if os.geteuid() != 0:
        sys.exit("Only root may make network namespaces: run it as root.")
    # Ended by a signal, it removes what it made.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    programs.install()
    try:
        with network.network(), made_folder() as folder:
            programs.forget_logs()
            outcomes = rehearse_all(Path(folder), options)
    except BlockingIOError:
        sys.exit("Another rehearsal is under way.")
    print(report.table(outcomes))
    sys.exit(any(is_bad(outcome, synchronous=options.synchronous) for outcome in outcomes))


def made_folder() -> TemporaryDirectory:
    """Make the folder of the nodes; a process that dies may still write there while it is removed."""
    return TemporaryDirectory(prefix="genonaut-chaos-", dir="/tmp", ignore_cleanup_errors=True)


def arguments() -> Namespace:
    """Return what the command line says."""
    parser = ArgumentParser(prog="python -m tests.chaos", description=__doc__.split("\n")[0])
    parser.add_argument("--synchronous", action="store_true", help="acknowledge commits once a replica has them")
    parser.add_argument("--only", choices=SCENES, action="append", help="this scene, not all; may be repeated")
    parser.add_argument(
        "--kills", type=int, default=0, help="kill so many leaders in a row, after the scenes of --only"
    )
    parser.add_argument("--times", type=int, default=1, help="play each scene so many times (default: 1)")
    parser.add_argument("--rows", type=int, default=ROWS, help=f"works (default: {ROWS:,})")
    return parser.parse_args()


def chosen(options: Namespace) -> dict[str, Scene]:
    """Return the scenes that the command line asks for."""
    last = {f"{options.kills} kills in a row": kills(options.kills)} if options.kills else {}
    names = options.only or ([] if options.kills else SCENES)
    again = {f"{name}, time {time}": SCENES[name] for name in names for time in range(2, options.times + 1)}
    return {**{name: SCENES[name] for name in names}, **again, **last}


def rehearse_all(folder: Path, options: Namespace) -> list[Outcome]:
    """Play the scenes one after the other on one cluster."""
    outcomes = []
    with cluster.running(folder, synchronous=options.synchronous) as nodes:
        site.make_database(nodes)
        with site.proxy():
            fill(options.rows)
            with site.serving(), Watcher(nodes.nodes.values()) as watcher:
                token = token_of_new_member()
                for name, scene in chosen(options).items():
                    outcomes.append(rehearse(nodes, watcher, token, name, scene))
                    print(report.row(outcomes[-1]), *outcomes[-1].complaints, sep="\n", flush=True)
    return outcomes


def is_bad(outcome: Outcome, *, synchronous: bool) -> bool:
    """Tell whether a scene shows what must not be."""
    may_lose = not synchronous and outcome.scene.startswith(MAY_LOSE)
    return not outcome.is_right or (outcome.lost > 0 and not may_lose)


if __name__ == "__main__":
    reaped(main)
