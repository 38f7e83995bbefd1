"""Measures how many requests for 50 items a server answers per second of its processor time, over HTTP.

    .venv/bin/python -m tests.stress.serving --rows 100000

The processor time of all of a server's processes, from psutil; PostgreSQL's is not in it. The bare view passes on the
JSON that PostgreSQL makes of a first page: no total, no links.
"""

from collections.abc import Sequence

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.databases import database_of
from tests.stress.rounds import Samples, spread_of
from tests.stress.servers import Server
from tests.stress.systems import DJANGO_SERVER, OURS, PAGE_SIZE, THEIRS, System, all_serving, our_cursor_page, ours_page

NAME = "serving"
ROUNDS = 7
# In a row, as many as take about so long: a processor's clock ticks 100 times a second.
ROW_SECONDS = 0.8
FEWEST_REQUESTS, MOST_REQUESTS = 30, 600
# A first page costs a server as much processor time at any size, but others count all rows before each.
MOST_ROWS = 10_000
BARE = System("bare view", DJANGO_SERVER, cursors="/bare/")


def lists_of(system: System, server: Server) -> dict[str, str]:
    """Return the addresses of a system's lists by name."""
    if system is OURS:
        lists = {f"{OURS.name}, page 1": ours_page(1, PAGE_SIZE)}
        cursor = our_cursor_page(server, 1)
        return lists | ({} if cursor is None else {f"{OURS.name}, by cursor": cursor})
    lists = {} if system.page is None else {f"{system.name}, page 1": system.page(1, PAGE_SIZE)}
    return lists | ({} if system.cursors is None else {f"{system.name}, by cursor": system.cursors})


def cpu_of(server: Server, path: str, requests: int) -> float:
    """Return the processor seconds of one request. Raises ValueError unless all are answered with 200."""
    before = server.cpu_seconds()
    for _ in range(requests):
        reply = server.get(path)
        if reply.status != 200:
            raise ValueError(f"{path}: {reply.status}")
    return (server.cpu_seconds() - before) / requests


def requests_for(cpu_seconds: float) -> int:
    """Return how many requests of so many processor seconds are measured in a row."""
    return max(FEWEST_REQUESTS, min(MOST_REQUESTS, round(ROW_SECONDS / max(cpu_seconds, 1e-4))))


def measure(
    url: str, rows: int, *, systems: Sequence[System] = (OURS, *THEIRS, BARE), rounds: int = ROUNDS
) -> report.Result:
    """Measure all systems in turns; a larger database is left to its smaller sister, as the others' wait for it."""
    if rows > MOST_ROWS:
        url, rows = database_of(MOST_ROWS), MOST_ROWS
    with all_serving(url, systems) as servers:
        lists = [
            (name, servers[system.name], path)
            for system in systems
            for name, path in lists_of(system, servers[system.name]).items()
        ]
        samples = {name: Samples() for name, _, _ in lists}
        requests = {name: requests_for(cpu_of(server, path, FEWEST_REQUESTS)) for name, server, path in lists}
        with Progress(rounds * len(lists), " lists", print) as progress:
            for _ in range(rounds):
                for name, server, path in lists:
                    samples[name].seconds.append(cpu_of(server, path, requests[name]))
                    progress.advance(1)
    return {"rows": rows, "samples": report.packed(samples)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    ours = samples[f"{OURS.name}, page 1"]
    lines = []
    for name, some in samples.items():
        # A clock of 10 ms may see nothing of a few quick requests.
        rates = spread_of([1 / second for second in some.taken if second])
        lines.append([name, report.spread_text(rates), report.milliseconds(some), report.times(some, ours)])
    head = ["50 items", "requests per CPU-second", "CPU of a request", "times as much as ours, page 1"]
    return f"""Serving: requests per CPU-second
Medians with quartiles; {result["rows"]:,} rows. Goals: at least 5 times DRF's by cursor, at least half the bare view's.

{report.table(head, lines)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
