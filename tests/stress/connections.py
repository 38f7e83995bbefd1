"""Measures the site under many connections at once, and whether its memory grows over a long run.

    .venv/bin/python -m tests.stress.connections --rows 100000 --write
    .venv/bin/python -m tests.stress.connections --minutes 10 --writes 50 --faults --write

The clients are a process of their own. Every worker's memory is sampled each second. With `--writes` or `--faults` the
database is a copy on a server of its own, which is killed in the midst: works and likes are sent through the API, and
counted at the end. Exit status 1: a request failed that nothing excuses, what was stored is gone, or a count is wrong.
"""

import json
import os
import random
import resource
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from math import ceil
from statistics import median

import psutil

from genonaut.progress import Progress
from tests.stress import faults, report
from tests.stress.command import DEFAULT_ROWS, prepared
from tests.stress.databases import INTERRUPTED
from tests.stress.servers import Server, serving
from tests.stress.systems import OUR_SERVER, PAGE_SIZE, count_public, last_full_page, our_cursor_page, ours_page

NAME = "connections"
# Of the second run: enough to keep every thread of every worker busy.
STEADY_CONNECTIONS = 32
RANDOM_PAGES = 40
# A worker has loaded all it needs after this share of the second run.
WARM_SHARE = 0.1


def addresses(server: Server, public: int) -> list[str]:
    """Return what is asked for, in equal parts of each kind: first pages, any page, cursor pages, gallery pages.

    Pages that are not reached are left out.
    """
    last = last_full_page(public)
    numbers = [random.randint(1, last) for _ in range(RANDOM_PAGES)]
    any_page = [path for path in (ours_page(number, PAGE_SIZE) for number in numbers) if is_there(server, path)]
    cursors = [our_cursor_page(server, random.randint(1, min(last, 100))) for _ in range(RANDOM_PAGES)]
    gallery = [path for path in (f"/?page={number}" for number in numbers) if is_there(server, path)]
    kinds = [[ours_page(1, PAGE_SIZE)], any_page, [path for path in cursors if path], gallery]
    return [path for kind in kinds if kind for path in random.choices(kind, k=RANDOM_PAGES)]


def is_there(server: Server, path: str) -> bool:
    """Return whether a page answers."""
    return server.get(path).status == 200


def worker_memory(server: Server) -> dict[str, float]:
    """Return the resident megabytes of every worker."""
    master, *workers = server.processes()
    ours = [worker for worker in workers if worker.ppid() == master.pid]
    sizes = {}
    for worker in ours:
        try:
            sizes[str(worker.pid)] = worker.memory_info().rss / 2**20
        except psutil.NoSuchProcess:
            continue
    return sizes


def run_clients(server: Server, plan: report.Result) -> report.Result:
    """Run clients until the plan's seconds or requests are over; return what came of it and the workers' memory."""
    command = [sys.executable, "-m", "tests.stress.clients"]
    memory: list[tuple[int, dict[str, float]]] = [(0, worker_memory(server))]
    requests = plan.get("requests", 0)
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as clients,
        Progress(requests or plan["seconds"], " requests" if requests else " s", print) as progress,
    ):
        with clients.stdin as plans:
            json.dump({**plan, "port": server.port}, plans)
        for line in clients.stdout:
            if line.startswith("{"):
                outcome = json.loads(line)
                break
            done = int(line)
            memory.append((done, worker_memory(server)))
            progress.advance(done - progress.done if requests else 1)
    return {**outcome, "connections": plan["connections"], "memory": memory}


@dataclass(frozen=True)
class Sizes:
    """How large a measurement is. `requests` of 0 leaves the long run out."""

    connections: int = 1000
    seconds: float = 60
    requests: int = 100_000
    writes: float = 0
    has_faults: bool = False


def measure(url: str, rows: int, sizes: Sizes) -> report.Result:
    """Run the crowd, then the long run, against the same workers."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    environment = {"WEB_WORKERS": os.environ.get("WEB_WORKERS", "2")}
    with database_for(url, sizes) as (where, cluster), serving(where, OUR_SERVER, environment) as server:
        reads = {"paths": addresses(server, count_public(where))}
        crowd = run_crowd(server, reads, sizes, cluster)
        steady = sizes.requests and {"connections": STEADY_CONNECTIONS, "requests": sizes.requests, **reads}
        result = {"rows": rows, "crowd": crowd, "steady": summary(run_clients(server, steady)) if steady else None}
    return result


@contextmanager
def database_for(url: str, sizes: Sizes) -> Iterator[tuple[str, faults.Cluster | None]]:
    """Yield the address of the database and, if it is changed or killed, the server of its own."""
    if not (sizes.writes or sizes.has_faults):
        yield url, None
        return
    with faults.copy_of(url) as cluster:
        yield cluster.url, cluster


def run_crowd(server: Server, reads: report.Result, sizes: Sizes, cluster: faults.Cluster | None) -> report.Result:
    """Run the crowd, with its writes and faults; return its figures."""
    members = faults.members_of(cluster.url) if sizes.writes else {}
    plan = {"connections": sizes.connections, "seconds": sizes.seconds, "writes": sizes.writes, **reads, **members}
    with faults.happening(cluster, sizes.seconds) if sizes.has_faults else nullcontext() as happened:
        outcome = run_clients(server, plan)
    figures = {**summary(outcome), **faults.judged(outcome["failures"], happened.windows if happened else [])}
    if cluster is None:
        return figures
    is_right = faults.counts_are_right(cluster.url)
    return {**figures, "lost": faults.lost(cluster.url, outcome["created"], outcome["liked"]), "is_right": is_right}


def summary(outcome: report.Result) -> report.Result:
    """Return the figures of a run."""
    seconds = sorted(outcome["seconds"])
    done, memory = len(seconds), outcome["memory"]
    settled = next((sizes for at, sizes in memory if at >= done * WARM_SHARE), memory[-1][1])
    return {
        "connections": outcome["connections"],
        "requests": done,
        "errors": outcome["errors"],
        "throughput": done / outcome["ran"],
        "written": outcome["written"],
        "ran": outcome["ran"],
        "percentiles": {str(share): percentile(seconds, share) for share in (50, 95, 99)},
        "memory": {
            pid: [size, max(sizes.get(pid, 0.0) for _, sizes in memory), memory[-1][1].get(pid, 0.0)]
            for pid, size in settled.items()
        },
        "replaced_workers": len(set(memory[-1][1]) - set(memory[0][1])),
        "median_memory": median(memory[-1][1].values()),
    }


def percentile(ordered: Sequence[float], share: int) -> float:
    """Return the value that so many per cent do not exceed."""
    return ordered[max(0, ceil(len(ordered) * share / 100) - 1)] if ordered else float("nan")


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    crowd, steady = result["crowd"], result["steady"]
    lines = [line_of(run) for run in (crowd, steady) if run]
    fair = crowd["connections"] / crowd["throughput"]
    head = ["connections", "requests", "failed", "requests/s", "p50", "p95", "p99"]
    replaced = sum(run["replaced_workers"] for run in (crowd, steady) if run)
    return f"""Many connections
The site as `serve` runs it, {result["rows"]:,} rows: first pages, any page, cursor pages and gallery pages in equal
parts.

{report.table(head, lines)}

p99 of the crowd against {crowd["connections"]:,} / throughput ({report.number(fair)} s, which is what waiting in line
costs): {report.number(crowd["percentiles"]["99"] / fair)}. Goal: at most 3, and no failed request.
{changes(crowd)}
{memory_of(crowd, "crowd")}
{memory_of(steady, "long run") if steady else ""}
Workers that had to be replaced: {replaced}.
"""


def memory_of(run: report.Result, name: str) -> str:
    """Return the table of what workers took."""
    memory = [
        [f"worker {number}", *[f"{size:.1f} MB" for size in sizes], f"{sizes[2] - sizes[0]:+.1f} MB"]
        for number, sizes in enumerate(run["memory"].values(), 1)
    ]
    return f"""Memory of every worker over the {run["requests"]:,} requests of the {name}, from a tenth of them on.
Goal: under 10 MB of growth.

{report.table(["", "at a tenth", "most", "at the end", "growth"], memory)}
"""


def changes(crowd: report.Result) -> str:
    """Return what became of writes and of faults; empty if there were none."""
    if "lost" not in crowd:
        return ""
    a_second = crowd["written"] / crowd["ran"]
    return f"""
Among them were {crowd["written"]:,} writes, {a_second:.1f} a second: works and likes, sent through the API. Each that
was acknowledged was looked for afterwards: {crowd["lost"]} were lost. Rankings and counts of likes verified:
{"right" if crowd["is_right"] else "WRONG"}. Requests that failed although nothing excuses it: {crowd["unexcused"]}.

{report.table(["what happened", "requests that failed"], faults.lines_of(crowd))}
"""


def line_of(run: report.Result) -> list[str]:
    """Return the table line of a run."""
    failed = sum(run["errors"].values())
    kinds = ", ".join(f"{kind}: {count}" for kind, count in run["errors"].items())
    return [
        f"{run['connections']:,}",
        f"{run['requests']:,}",
        f"{failed:,} ({kinds})" if failed else "0",
        report.number(run["throughput"]),
        *[f"{report.number(run['percentiles'][share] * 1000)} ms" for share in ("50", "95", "99")],
    ]


def main() -> None:
    """Measure, print, and write the section if asked to."""
    parser = ArgumentParser(prog=f"python -m tests.stress.{NAME}", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS)
    parser.add_argument("--connections", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=1, help="of the crowd (default: 1)")
    parser.add_argument("--requests", type=int, default=100_000, help="of the long run after it; 0: none")
    parser.add_argument("--writes", type=float, default=0, help="a second, beside what is read (default: none)")
    parser.add_argument("--faults", action="store_true", help="turn `changes` off and kill the database in the midst")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    options = parser.parse_args()
    sizes = Sizes(options.connections, options.minutes * 60, options.requests, options.writes, options.faults)
    known = {name: getattr(options, name) for name in ("rows", "connections", "minutes", "requests", "writes")}
    flags = " ".join(f"--{name} {value:g}" for name, value in known.items()) + " --faults" * options.faults
    try:
        url = prepared(options.rows)
        result = report.save(
            NAME, measure(url, options.rows, sizes), url=url, command=f".venv/bin/python -m tests.stress.{NAME} {flags}"
        )
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print(section(result))
    if options.write:
        report.write(NAME, result, section)
    sys.exit(not is_sound(result) or (sizes.has_faults and not faults.all_happened(result["crowd"])))


def is_sound(result: report.Result) -> bool:
    """Return whether nothing failed that nothing excuses, nothing was lost, and all counts are right."""
    crowd, steady = result["crowd"], result["steady"]
    is_kept = not crowd.get("lost") and crowd.get("is_right", True)
    return not crowd["unexcused"] and is_kept and not (steady and steady["errors"])


if __name__ == "__main__":
    main()
