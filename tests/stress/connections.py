"""Measures 1,000 connections at once for a minute, then 100,000 requests, against the site as `serve` runs it.

    .venv/bin/python -m tests.stress.connections --rows 100000 --write

The clients are a process of their own. Every worker's memory is sampled each second.
"""

import json
import os
import random
import resource
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from math import ceil
from statistics import median

import psutil

from genonaut.progress import Progress
from tests.stress import report
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


def run_clients(
    server: Server, paths: Sequence[str], *, connections: int, seconds: float = 0, requests: int = 0
) -> report.Result:
    """Run clients until the seconds or the requests are over; return latencies, errors and the workers' memory."""
    command = [sys.executable, "-m", "tests.stress.clients", server.port, connections, seconds, requests, *paths]
    memory: list[tuple[int, dict[str, float]]] = [(0, worker_memory(server))]
    with (
        subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, text=True) as clients,
        Progress(requests or seconds, " requests" if requests else " s", print) as progress,
    ):
        for line in clients.stdout:
            if line.startswith("{"):
                outcome = json.loads(line)
                break
            done = int(line)
            memory.append((done, worker_memory(server)))
            progress.advance(done - progress.done if requests else 1)
    return {**outcome, "connections": connections, "memory": memory}


def measure(
    url: str, rows: int, *, connections: int = 1000, seconds: float = 60, requests: int = 100_000
) -> report.Result:
    """Run the crowd, then the long run, against the same workers."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    environment = {"WEB_WORKERS": os.environ.get("WEB_WORKERS", "2")}
    with serving(url, OUR_SERVER, environment) as server:
        paths = addresses(server, count_public(url))
        crowd = summary(run_clients(server, paths, connections=connections, seconds=seconds))
        steady = summary(run_clients(server, paths, connections=STEADY_CONNECTIONS, requests=requests))
    return {"rows": rows, "crowd": crowd, "steady": steady}


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
    lines = [line_of(run) for run in (crowd, steady)]
    fair = crowd["connections"] / crowd["throughput"]
    memory = [
        [f"worker {number}", *[f"{size:.1f} MB" for size in sizes], f"{sizes[2] - sizes[0]:+.1f} MB"]
        for number, sizes in enumerate(steady["memory"].values(), 1)
    ]
    head = ["connections", "requests", "failed", "requests/s", "p50", "p95", "p99"]
    return f"""Many connections
The site as `serve` runs it, {result["rows"]:,} rows: first pages, any page, cursor pages and gallery pages in equal
parts.

{report.table(head, lines)}

p99 of the crowd against {crowd["connections"]:,} / throughput ({report.number(fair)} s, which is what waiting in line
costs): {report.number(crowd["percentiles"]["99"] / fair)}. Goal: at most 3, and no failed request.

Memory of every worker over the {steady["requests"]:,} requests, from a tenth of them on. Goal: under 10 MB of growth.

{report.table(["", "at a tenth", "most", "at the end", "growth"], memory)}

Workers that had to be replaced: {crowd["replaced_workers"] + steady["replaced_workers"]}.
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
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    options = parser.parse_args()
    sizes = {"connections": options.connections, "seconds": options.seconds, "requests": options.requests}
    flags = " ".join(f"--{name} {value}" for name, value in sizes.items())
    command = f".venv/bin/python -m tests.stress.{NAME} --rows {options.rows} {flags}"
    try:
        url = prepared(options.rows)
        result = report.save(NAME, measure(url, options.rows, **sizes), url=url, command=command)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print(section(result))
    if options.write:
        report.write(NAME, result, section)


if __name__ == "__main__":
    main()
