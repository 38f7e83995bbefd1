"""What reading from replicas costs and stands: pages side by side, a whole walk, and replay that ends readers.

    .venv/bin/python -m tests.stress.replicas [--rows 100000] [--rounds 200]

A primary and two replicas of its own. Pages of a site without replicas, of one with them, and of one with them for a
viewer who just changed something take turns, by the time that passes and by the processor time of the site's
processes, which hardly depends on what else the machine does. Then the site is walked while works are added. Last,
replicas that give no feedback and wait for no reader replay updates and VACUUM while readers ask without a pause: none
may fail. Exit status 1: an answer was wrong or failed.
"""

import os
import subprocess
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from threading import Event, Thread
from time import perf_counter, sleep

import django
import psycopg
from django.conf import settings
from django.core.signing import Signer

from tests.replicas import Cluster, Node, replicated
from tests.stress.rounds import Samples, interleaved, middle, ratio_of
from tests.stress.servers import Reply, Server, serving
from tests.walk import FULL, walk
from tests.walk.account import staff_token

GUNICORN = ["-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", "127.0.0.1:{port}"]
PATHS = {"gallery": "/", "API": "/api/v1/content/", "API, deep": "/api/v1/content/?page={}"}
PAGE_SIZE = 50
CELL_SECONDS = 120
# Processor time is told in hundredths of a second: so many requests in turns of so many.
CPU_ROUNDS, CPU_REQUESTS = 12, 30
IDLE_SECONDS = 10
READERS, CONFLICT_SECONDS = 6, 30
IMPATIENT = ("hot_standby_feedback = off", "max_standby_streaming_delay = 0")
# Rows that readers of a replica still see are removed as soon as its primary lets them go.
UPDATE = "UPDATE content_contentitem SET updated_at = now() WHERE id %% 50 = %s"
CONFLICTS = "SELECT sum(confl_snapshot + confl_lock + confl_bufferpin) FROM pg_stat_database_conflicts"


def fill(primary: Node, rows: int) -> None:
    """Write synthetic works, count them, and let replicas know which pages all transactions see."""
    environment = {**os.environ, "DATABASE_URL": primary.url, "DJANGO_SETTINGS_MODULE": "genonaut.settings"}
    command = [sys.executable, "manage.py", "seed", "--rows", str(rows), "--verbosity", "0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=True)
    primary.ask("VACUUM (ANALYZE)")


def position_of(primary: Node) -> dict[str, str]:
    """Return the cookie of a viewer who changed something a moment ago."""
    number = primary.ask("SELECT number FROM genonaut_primarystart")
    position = primary.ask("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint")
    return {"Cookie": "position=" + Signer(salt="genonaut.replicas.positions").sign(f"{number}-{position}")}


def measure(cluster: Cluster, plain: Server, site: Server, rows: int, rounds: int) -> None:
    """Print each page's milliseconds without replicas, and the ratios with them."""
    mark = position_of(cluster.primary)
    cluster.catch_up()
    idle = {site.port: idle_share(site), plain.port: idle_share(plain)}
    said = ", ".join(f"{1000 * idle[server.port]:.1f} ms" for server in (plain, site))
    print(f"Processor time of a second without requests, without replicas and with them: {said}", flush=True)
    for name, path in PATHS.items():
        address = path.format(max(1, rows // PAGE_SIZE // 2))
        cells = {
            "plain": partial(plain.get, address),
            "replicas": partial(site.get, address),
            "changed": partial(site.get, address, mark),
        }
        samples = interleaved(cells, rounds=rounds, cell_seconds=CELL_SECONDS)
        print(f"{name}: {1000 * middle(samples['plain']):.1f} ms, {ratios(samples)}", flush=True)
        spent = processor_seconds(cells, {"plain": plain, "replicas": site, "changed": site}, idle)
        each = 1000 * spent["plain"] / (CPU_ROUNDS * CPU_REQUESTS)
        times = [spent[cell] / spent["plain"] for cell in ("replicas", "changed")]
        print(f"  processor time: {each:.1f} ms, {words_of(*times)}", flush=True)


def idle_share(server: Server) -> float:
    """Return how much of a processor a site uses that nothing is asked of: its threads look at the databases."""
    server.get("/")
    before, begun = server.cpu_seconds(), perf_counter()
    sleep(IDLE_SECONDS)
    return (server.cpu_seconds() - before) / (perf_counter() - begun)


def processor_seconds(
    cells: Mapping[str, Callable[[], Reply]], sites: Mapping[str, Server], idle: Mapping[int, float]
) -> dict[str, float]:
    """Return what the processes of the sites used for as many requests of each cell, which take turns.

    What they use anyway is taken off: requests take the longer the more else the machine does.
    """
    spent = dict.fromkeys(cells, 0.0)
    for number in range(CPU_ROUNDS):
        for cell in list(cells)[:: 1 if number % 2 else -1]:
            before, begun = sites[cell].cpu_seconds(), perf_counter()
            for _ in range(CPU_REQUESTS):
                cells[cell]()
            anyway = idle[sites[cell].port] * (perf_counter() - begun)
            spent[cell] += sites[cell].cpu_seconds() - before - anyway
    return spent


def ratios(samples: dict[str, Samples]) -> str:
    """Return how many times as long pages with replicas take."""
    return words_of(*(ratio_of(samples[name], samples["plain"]).median for name in ("replicas", "changed")))


def words_of(with_replicas: float, changed: float) -> str:
    """Return two ratios in words."""
    return f"{with_replicas:.3f} times with replicas, {changed:.3f} for a viewer who changed something"


@contextmanager
def changing(primary: Node) -> Iterator[None]:
    """Update rows and remove the old ones all the time."""
    is_over = Event()

    def change() -> None:
        with psycopg.connect(primary.url, autocommit=True) as connection:
            number = 0
            while not is_over.is_set():
                connection.execute(UPDATE, [number % 50])
                connection.execute("VACUUM content_contentitem")
                number += 1

    thread = Thread(target=change)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def ask_while_replay_ends_readers(cluster: Cluster, site: Server) -> Counter[int]:
    """Return how many answers had each status, of readers who each read one of the replicas."""
    for replica in cluster.replicas:
        for setting in IMPATIENT:
            replica.ask(f"ALTER SYSTEM SET {setting}")
        replica.ask("SELECT pg_reload_conf()")
    is_over, statuses = Event(), Counter[int]()

    def read(number: int) -> None:
        reader = Server(site.port, site.process)
        while not is_over.is_set():
            for path in ("/?q=a&page=3", "/api/v1/content/?page_size=1000"):
                statuses[reader.get(path, {"Cookie": f"sessionid=reader{number}"}).status] += 1
        reader.connection.close()

    readers = [Thread(target=read, args=(number,)) for number in range(READERS)]
    with changing(cluster.primary):
        for reader in readers:
            reader.start()
        is_over.wait(CONFLICT_SECONDS)
        is_over.set()
        for reader in readers:
            reader.join()
    return statuses


def main() -> None:
    """Measure, walk, and let replay end readers."""
    parser = ArgumentParser(prog="python -m tests.stress.replicas", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000, help="works (default: 100,000)")
    parser.add_argument("--rounds", type=int, default=200, help="requests of each page (default: 200)")
    options = parser.parse_args()
    django.setup()
    with ExitStack() as stack:
        cluster = stack.enter_context(replicated())
        fill(cluster.primary, options.rows)
        cluster.catch_up()
        addresses = " ".join(replica.url for replica in cluster.replicas)
        known = {"REPLICA_URLS": addresses, "DATABASE_DIRECT_URL": "", "DJANGO_SETTINGS_MODULE": "genonaut.settings"}
        plain = stack.enter_context(serving(cluster.primary.url, GUNICORN, known | {"REPLICA_URLS": ""}))
        site = stack.enter_context(serving(cluster.primary.url, GUNICORN, known))
        measure(cluster, plain, site, options.rows, options.rounds)
        token = staff_token(cluster.primary.url)
        cluster.catch_up()
        report = walk(f"http://127.0.0.1:{site.port}", cluster.primary.url, token, FULL)
        print(f"Walk over two replicas: {report}", flush=True)
        statuses = ask_while_replay_ends_readers(cluster, site)
        ended = sum(replica.ask(CONFLICTS) for replica in cluster.replicas)
        print(f"Readers that replay ended: {ended}; answers by status: {dict(statuses)}")
    sys.exit(not report.is_right or set(statuses) != {200})


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    main()
