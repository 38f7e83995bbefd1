"""Measures what works take: bytes on disk, and what changes that no compaction has seen cost readers.

    .venv/bin/python -m tests.stress.footprint --rows 1000000

The page is at half depth of the public list, keys alone, in a scratch copy of the database.
"""

import os
from time import perf_counter

import django
import psycopg
from django.db import connection

from tests.stress import command, report
from tests.stress.databases import connected_to, scratch_copy
from tests.stress.rounds import Samples

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from content.models import ContentItem  # noqa: E402 - after setup
from genonaut.ranking import RankQuery, Reader, TableRows, compact, pending_deltas  # noqa: E402 - after setup

NAME = "footprint"
PENDING = (0, 1_000, 10_000, 40_000)
PAGES = 15
SIZE = 50
PUBLIC = {"is_private": [False]}
TABLE = ContentItem._meta.db_table
# Two deltas for each: fewer rows than a statement counts by itself.
BATCH = 500
SIZES = """SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid)
    FROM pg_class AS c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
    ORDER BY pg_total_relation_size(c.oid) DESC"""
SCORE_AGAIN = f"""UPDATE {TABLE} SET quality_score = random()
    WHERE id IN (SELECT id FROM {TABLE} WHERE id >= %s ORDER BY id LIMIT %s)"""


def sizes(url: str) -> dict[str, tuple[int, int]]:
    """Return the bytes of each table and of its indexes, the largest first."""
    with psycopg.connect(url) as server:
        return {name: (table, indexes) for name, table, indexes in server.execute(SIZES)}


def change(wanted: int) -> int:
    """Change works until so many deltas are pending; return how many there are."""
    first = ContentItem.objects.order_by("id").values_list("id", flat=True)[0]
    with connection.cursor() as cursor:
        for start in range(first, first + wanted * BATCH, BATCH):
            pending = pending_deltas(ContentItem.rankings)
            if pending >= wanted:
                break
            cursor.execute(SCORE_AGAIN, [start, min(BATCH, (wanted - pending + 1) // 2)])
    return pending_deltas(ContentItem.rankings)


def page_seconds(reader: Reader, rank: int) -> Samples:
    """Return the seconds of pages at half depth."""
    samples = Samples()
    for number in range(PAGES + 3):
        begin = perf_counter()
        reader.at_rank(rank + number, SIZE, is_descending=True)
        if number >= 3:
            samples.seconds.append(perf_counter() - begin)
    return samples


def measure(url: str, rows: int) -> report.Result:
    """Measure sizes, then pages at several numbers of pending deltas, then one compaction of all of them."""
    newest = ContentItem.rankings["newest"]
    reader = Reader(newest, lambda: RankQuery(newest, PUBLIC, TableRows(newest, PUBLIC)), NAME)
    samples, measured = {}, sizes(url)
    with scratch_copy(url) as copy, connected_to(copy):
        compact(ContentItem.rankings)
        rank = reader.totals().total // 2
        for wanted in PENDING:
            pending = change(wanted)
            samples[str(pending)] = page_seconds(reader, rank)
        begin = perf_counter()
        compact(ContentItem.rankings)
        seconds = perf_counter() - begin
    return {
        "rows": rows,
        "sizes": measured,
        "samples": report.packed(samples),
        "compacted": pending,
        "compaction_seconds": seconds,
    }


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    rows, measured = result["rows"], result["sizes"]
    every = [("all tables", *(sum(part) for part in zip(*measured.values(), strict=True)))]
    lines = [
        [name, *(f"{part / rows:,.0f}" for part in (table, indexes, table + indexes))]
        for name, table, indexes in [*((name, *parts) for name, parts in list(measured.items())[:4]), *every]
    ]
    samples = report.unpacked(result["samples"])
    base = samples[min(samples, key=int)]
    pages = [[f"{int(name):,}", report.milliseconds(some), report.times(some, base)] for name, some in samples.items()]
    rate = result["compacted"] / result["compaction_seconds"]
    return f"""What works take
{rows:,} seeded works, without their files. Bytes a work:

{report.table(["", "table", "indexes", "both"], lines)}

A page of {SIZE} keys at half depth, beside changes that no compaction has seen:

{report.table(["deltas pending", "page", "times as long"], pages)}

{result["compacted"]:,} deltas were then compacted in {result["compaction_seconds"]:.1f} s, {rate:,.0f} a second.
"""


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
