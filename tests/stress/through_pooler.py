"""Walks the site through PgBouncer, set up as in deploy/pgbouncer, and measures what it costs.

    .venv/bin/python -m tests.stress.through_pooler --rows 100000 --versions 15 18 --write

Each server has SCRAM and TLS on both ways, and a copy of the rows; $PGBOUNCER names another PgBouncer than the
system's. Ratios are of requests asked in turns with and without the pooler. Exit status 1: an answer was wrong.
"""

import json
import os
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import asdict

import psutil

from tests import pgbouncer
from tests.pgbouncer import PgBouncer
from tests.pgbouncer_recipe import RecipePgBouncer
from tests.stress import report
from tests.stress.command import DEFAULT_ROWS, prepared
from tests.stress.databases import INTERRUPTED
from tests.stress.postgres_server import PASSWORD, OwnServer, own_server
from tests.stress.rounds import Samples, interleaved, spread_of
from tests.stress.servers import Server, serving
from tests.stress.systems import OUR_SERVER, PAGE_SIZE, ours_page
from tests.walk import FULL, Plan, walk
from tests.walk.account import staff_token

NAME = "through-pooler"
ROUNDS = 30
CELL_SECONDS = 60
# Of processor time, which is counted in hundredths of a second.
CPU_ROUNDS, ASKED_AGAIN = 5, 4
DIRECT, POOLED = "direct", "through PgBouncer"
LISTS = {"newest": "", "best": "&sort=quality_score", "videos": "&content_type=video"}


def recipe_before(server: OwnServer) -> RecipePgBouncer:
    """Return the recipe's PgBouncer before a server, with TLS to it and to the site."""
    return RecipePgBouncer(
        server.url,
        password=PASSWORD,
        secret=server.secret,
        owner=server.key,
        server_tls_sslmode="verify-full" if server.has_tls else "disable",
        server_tls_ca_file=str(server.certificate),
        client_tls_sslmode="require",
        client_tls_cert_file=str(server.certificate),
        client_tls_key_file=str(server.key),
    )


def addresses(server: Server) -> dict[str, str]:
    """Return what is asked in turns: the first page, the middle one and one by cursor of each list, and the gallery."""
    asked = {"gallery": "/"}
    for name, query in LISTS.items():
        first = ours_page(1, PAGE_SIZE) + query
        said = json.loads(server.get(first).body)["pagination"]
        asked[f"{name}, first page"] = first
        asked[f"{name}, middle page"] = ours_page(max(1, said["total_pages"] // 2), PAGE_SIZE) + query
        asked[f"{name}, by cursor"] = f"/api/v1/content/?cursor={said['next_cursor']}{query}"
    return asked


def compared(direct: Server, pooled: Server, rounds: int) -> dict[str, Samples]:
    """Ask both sites in turns."""
    cells = {}
    for name, path in addresses(direct).items():
        cells[f"{name}/{DIRECT}"] = lambda path=path: direct.get(path)
        cells[f"{name}/{POOLED}"] = lambda path=path: pooled.get(path)
    return interleaved(cells, rounds=rounds, cell_seconds=CELL_SECONDS)


def processor_ratios(server: OwnServer, pooler: PgBouncer, direct: Server, pooled: Server, rounds: int) -> list[float]:
    """Return how many times the processor time of all processes together a round takes through the pooler.

    Unlike the time that passes it hardly depends on what else the machine does.
    """
    paths = list(addresses(direct).values()) * ASKED_AGAIN
    bouncer = psutil.Process(pooler.process.pid)

    def spent(site: Server) -> float:
        before = site.cpu_seconds() + server.cpu_seconds() + sum(bouncer.cpu_times()[:2])
        for path in paths:
            site.get(path)
        return site.cpu_seconds() + server.cpu_seconds() + sum(bouncer.cpu_times()[:2]) - before

    ratios = []
    for number in range(rounds):
        legs = [(POOLED, pooled), (DIRECT, direct)]
        seconds = {name: spent(site) for name, site in legs[:: 1 if number % 2 else -1]}
        ratios.append(seconds[POOLED] / seconds[DIRECT])
    return ratios


def measure(source: str, version: int, *, plan: Plan | None = FULL, rounds: int = ROUNDS) -> report.Result:
    """Walk and compare on a server of one version; without a plan compare alone."""
    keeps = pgbouncer.version() >= pgbouncer.KEEPING_VERSION
    environment = {"WEB_WORKERS": "2"}
    with own_server(version, source) as server, recipe_before(server) as pooler:
        token = staff_token(server.superuser_url)
        own = {**environment, **({"DATABASE_KEEPS_PLANS": "on"} if keeps else {})}
        with serving(server.url, OUR_SERVER, environment) as direct, serving(pooler.url, OUR_SERVER, own) as pooled:
            samples = compared(direct, pooled, rounds)
            processor = processor_ratios(server, pooler, direct, pooled, CPU_ROUNDS)
            walked = plan and walk(f"http://127.0.0.1:{pooled.port}", server.superuser_url, token, plan)
    print(f"PostgreSQL {version}: {walked}", flush=True)
    return {
        "processor": processor,
        "pooler": ".".join(map(str, pgbouncer.version())),
        "plans": "kept" if keeps else "not kept",
        "walk": walked and asdict(walked),
        "samples": report.packed(samples),
    }


def all_in_one(samples: dict[str, Samples]) -> dict[str, Samples]:
    """Return the seconds of each round over all addresses."""
    whole = {}
    for leg in (DIRECT, POOLED):
        cells = [some.seconds for name, some in samples.items() if name.endswith(f"/{leg}")]
        whole[leg] = Samples([sum(taken) for taken in zip(*cells, strict=True) if None not in taken])
    return whole


def ratios(samples: dict[str, Samples]) -> Iterator[float]:
    """Yield the ratio of each address in each round."""
    for name, some in samples.items():
        if name.endswith(f"/{POOLED}"):
            pairs = zip(some.seconds, samples[name.replace(POOLED, DIRECT)].seconds, strict=True)
            yield from [pooled / direct for pooled, direct in pairs if pooled and direct]


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    lines = []
    for name, measured in result["measured"].items():
        samples, walked = report.unpacked(measured["samples"]), measured["walk"]
        whole = all_in_one(samples)
        processor = measured.get("processor")
        counts = [f"{walked['requests']:,}", f"{len(walked['wrong'])}", f"{len(walked['errors'])}"] if walked else []
        lines.append(
            [
                name,
                *(counts or [report.NOTHING] * 3),
                *[report.milliseconds(whole[leg]) for leg in (DIRECT, POOLED)],
                report.spread_text(spread_of(list(ratios(samples)))),
                report.spread_text(processor and spread_of(processor)),
            ]
        )
    head = [
        "",
        "requests of the walk",
        "wrong",
        "errors",
        "ten pages, direct",
        "through PgBouncer",
        "ratio",
        "processor",
    ]
    return f"""Through PgBouncer
The site over deploy/pgbouncer and {result["rows"]:,} works, with SCRAM on both ways, TLS to PgBouncer and from there to
PostgreSQL 15 (18 is the wheel's, which has none). The walk (tests/walk) compares every answer with SQL's. Ten pages, of
three lists with {PAGE_SIZE} works a page and of the gallery, are asked in turns of a site with and of one without the
pooler; ratios are those of each page in each round. Processor: the time of site, PgBouncer and server together, as
many times as without the pooler, by rounds of {10 * ASKED_AGAIN} requests. Goals: none wrong, at most 1.15 times.

{report.table(head, lines)}
"""


def main() -> None:
    """Measure each version; results of other PgBouncers and versions are kept."""
    parser = ArgumentParser(prog="python -m tests.stress.through_pooler", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS, help=f"items (default: {DEFAULT_ROWS:,})")
    parser.add_argument("--versions", type=int, nargs="+", default=[15, 18], help="of PostgreSQL (default: 15 18)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"(default: {ROUNDS})")
    parser.add_argument("--only-time", action="store_true", help="walk no further; what an earlier walk found is kept")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    options = parser.parse_args()
    if pgbouncer.find() is None:
        sys.exit(pgbouncer.MISSING)
    try:
        source = prepared(options.rows)
        for version in options.versions:
            found = measure(source, version, plan=None if options.only_time else FULL, rounds=options.rounds)
            name = f"PgBouncer {found['pooler']}, PostgreSQL {version}, plans {found['plans']}"
            measured = (report.saved(NAME) or {}).get("measured", {})
            known = measured.get(name, {})
            measured[name] = {**found, "walk": found["walk"] or known.get("walk")}
            versions = " ".join(map(str, options.versions))
            command = f".venv/bin/python -m tests.stress.through_pooler --rows {options.rows} --versions {versions}"
            result = report.save(NAME, {"rows": options.rows, "measured": measured}, url=source, command=command)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print(section(result))
    if options.write:
        report.write(NAME, result, section)
    walks = [found["walk"] for found in measured.values() if found["walk"]]
    sys.exit(any(walked["wrong"] or walked["errors"] for walked in walks))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    main()
