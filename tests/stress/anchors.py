"""Measures lists that no ranking holds: one creator's, one tag's, of about a tenth of all rows (1 million of 10).

    .venv/bin/python -m tests.stress.anchors --rows 1000000

First what taking the anchors costs, against a COUNT of the same rows; then page 1 against any page.
"""

import time
from dataclasses import dataclass
from functools import partial
from time import monotonic, perf_counter

import psycopg

from tests.stress import command, report
from tests.stress.rounds import interleaved
from tests.stress.servers import Server, serving
from tests.stress.systems import OUR_SERVER, last_full_page

NAME = "anchors"
ROUNDS = 40
CELL_SECONDS = 20
SHARE = 10
WAIT_SECONDS = 120
# While anchors are put up a deep page may be refused with "come again".
COME_AGAIN = 503


@dataclass(frozen=True)
class FilteredList:
    """A list: the query of its URL, how many rows it has, and the seconds of counting them."""

    name: str
    query: str
    rows: int
    count_seconds: float


def busiest_creator(connection: psycopg.Connection, target: int) -> FilteredList:
    """Return the list of the creator whose number of public works is next to the target."""
    statement = """
        SELECT creator_id FROM content_contentitem WHERE NOT is_private AND level = 0 AND creator_id IS NOT NULL
        GROUP BY creator_id ORDER BY abs(count(*) - %s) LIMIT 1
    """
    (pk,) = connection.execute(statement, [target]).fetchone()
    return counted(connection, "one creator", f"creator={pk}", "creator_id = %s", pk)


def busiest_tag(connection: psycopg.Connection, rows: int, target: int) -> FilteredList:
    """Return the list of the tag whose number of public works is next to the target, judged by a sample."""
    share = min(100.0, 100 * 100_000 / rows)
    statement = """
        SELECT tag FROM content_contentitem TABLESAMPLE SYSTEM (%(share)s), unnest(tags) tag
        WHERE NOT is_private AND level = 0 GROUP BY tag ORDER BY abs(count(*) * 100 / %(share)s - %(target)s) LIMIT 1
    """
    (tag,) = connection.execute(statement, {"share": share, "target": target}).fetchone()
    return counted(connection, f"one tag ({tag})", f"tag={tag}", "tags @> ARRAY[%s]::varchar[]", tag)


def counted(connection: psycopg.Connection, name: str, query: str, condition: str, value: object) -> FilteredList:
    """Return a list with its rows counted: the second time, when its index is in memory."""
    statement = f"SELECT count(*) FROM content_contentitem WHERE NOT is_private AND level = 0 AND {condition}"
    for _ in range(2):
        begin = perf_counter()
        (rows,) = connection.execute(statement, [value]).fetchone()
        seconds = perf_counter() - begin
    return FilteredList(name, query, rows, seconds)


def seconds_until_there(server: Server, path: str) -> float | None:
    """Ask for a deep page until it is there; return the seconds, None if it never was."""
    begin = monotonic()
    while monotonic() - begin < WAIT_SECONDS:
        status = server.get(path).status
        if status == 200:
            return monotonic() - begin
        if status != COME_AGAIN:
            return None
        time.sleep(0.1)
    return None


def build_seconds(connection: psycopg.Connection) -> float | None:
    """Return how long the latest build took, as it was stored with its anchors; None if there was none."""
    statement = """
        SELECT (cursor_data #>> '{head,seconds}')::float FROM pagination_storedcursor ORDER BY created_at DESC LIMIT 1
    """
    found = connection.execute(statement).fetchone()
    return found and found[0]


def measure(url: str, rows: int, *, rounds: int = ROUNDS) -> report.Result:
    """Measure both lists."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM pagination_storedcursor")
        lists = [busiest_creator(connection, rows // SHARE), busiest_tag(connection, rows, rows // SHARE)]
    cells, waits, builds = {}, {}, {}
    with serving(url, OUR_SERVER) as server, psycopg.connect(url, autocommit=True) as connection:
        for some in lists:
            last = last_full_page(some.rows)
            pages = {"page 1": 1, "half depth": max(1, last // 2), "last page": last}
            paths = {name: f"/api/v1/content/?{some.query}&page={number}" for name, number in pages.items()}
            waits[some.name] = seconds_until_there(server, paths["half depth"])
            builds[some.name] = build_seconds(connection)
            cells |= {f"{some.name}/{name}": partial(server.get, path) for name, path in paths.items()}
        samples = interleaved(cells, rounds=rounds, cell_seconds=CELL_SECONDS)
    facts = [{"name": some.name, "rows": some.rows, "count": some.count_seconds} for some in lists]
    return {"rows": rows, "lists": facts, "waits": waits, "builds": builds, "samples": report.packed(samples)}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    samples = report.unpacked(result["samples"])
    pages = ("page 1", "half depth", "last page")
    lines, builds = [], []
    for some in result["lists"]:
        cells = [samples[f"{some['name']}/{page}"] for page in pages]
        ratios = [report.times(cell, cells[0]) for cell in cells[1:]]
        lines.append([some["name"], f"{some['rows']:,}", *[report.milliseconds(cell) for cell in cells], *ratios])
        wait, seconds = result["waits"][some["name"]], result["builds"][some["name"]]
        there = "not reached" if wait is None else f"{report.number(wait * 1000)} ms"
        built = "none: a short list" if seconds is None else f"{report.number(seconds * 1000)} ms"
        ratio = "–" if seconds is None else report.number(seconds / some["count"])
        builds.append([some["name"], f"{report.number(some['count'] * 1000)} ms", built, ratio, there])
    return f"""Lists of one creator and of one tag
Of {result["rows"]:,} rows; medians with quartiles, ratios paired by round. Goal once anchored: any page at most 3 times
page 1.

{report.table(["", "rows", *pages, *[f"{page} / page 1" for page in pages[1:]]], lines)}

The build of the anchors against a COUNT of the same rows, which PostgreSQL may share among workers; and the
first deep page from the first request for it until it was there. Goal for the build: at most 2 times the COUNT.

{report.table(["", "COUNT", "build", "build / COUNT", "first deep page"], builds)}
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
