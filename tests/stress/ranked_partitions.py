"""Measures a ranking's reads over a table in 16 partitions against those over one table, and looks at their plans.

    .venv/bin/python -m tests.stress.ranked_partitions --rows 1000000

Two tables of the ranking's own tests, of the same rows, in a database that is dropped at the end. It ends with 1 if a
plan sorts or reads a table whole, if a count is wrong, or if the pages differ.
"""

import os
import sys
from argparse import ArgumentParser
from functools import partial
from statistics import median
from time import perf_counter

import django
import psycopg
from django.core.management import call_command
from django.db import connection
from django.db.models import Model

from tests.stress.databases import connected_to, server_url, url_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
django.setup()

from genonaut.ranking import KeyBound, RankQuery, TableRows, reading, rebuild, verify  # noqa: E402 - after setup
from tests.ranking.partitioned import INDEXES, in_parts, install_triggers, ranked  # noqa: E402 - after setup
from tests.ranking.plans import PAGE_ROWS, complaints, plans  # noqa: E402 - after setup

NAME = "genonaut_ranked_partitions"
PARTS = 16
ROUNDS = 60
GOAL = 1.3
FACETS = ({}, {"is_sold": [False]})
FILL = """INSERT INTO {table} (price, score, is_sold)
    SELECT (number * 7919::bigint % 90001)::numeric / 100, nullif(number % 1000, 0) / 1000.0, number % 10 < 3
    FROM generate_series(1, {rows}) AS number"""


def made(name: str, rows: int, parts: int) -> type[Model]:
    """Make a ranked table of so many rows and partitions (0: one table), with its indexes and counts."""
    model = ranked(name)
    table = model._meta.db_table
    in_parts(model, parts)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FILL.format(table=table, rows=rows))
        for number, index in enumerate(INDEXES):
            with connection.schema_editor() as editor:
                sql = str(index.create_sql(model, editor))
            cursor.execute(sql.replace(index.name, f"{table}_index_{number}"))
        cursor.execute(f"VACUUM (ANALYZE) {table}")
    install_triggers(model)
    rebuild(model.rankings)
    return model


def faults(model: type[Model]) -> list[str]:
    """Return wrong counts, and what is wrong with the plans of reads of all orders."""
    found = [str(drift) for ranking in model.rankings.values() for drift in verify(ranking)]
    for name, ranking in model.rankings.items():
        for facets in FACETS:
            for read, plan in plans(ranking, facets):
                wrong = complaints(plan, model._meta.db_table, most_rows=4 * model.rankings.leaf_rows)
                found += [f"{model._meta.db_table}, {name}, {sorted(facets)}, {read}: {each}" for each in wrong]
    return found


def compare(models: list[type[Model]]) -> dict[str, list[tuple[float, float]]]:
    """Return the seconds of reads of both tables, in turns. Raises AssertionError if they differ."""
    taken: dict[str, list[tuple[float, float]]] = {}
    for number in range(ROUNDS):
        for name in models[0].rankings:
            queries = [query(model, name) for model in models]
            total = reading.totals(queries[0]).total
            rank = (number * 104_729) % total
            (keys,) = reading.at_rank(queries[0], rank, 1, is_descending=True).keys
            reads = {
                "page": lambda each, rank=rank: reading.at_rank(each, rank, PAGE_ROWS, is_descending=True).keys,
                "behind a row": lambda each, keys=keys: (
                    reading.from_bound(each, KeyBound(keys), PAGE_ROWS, is_descending=True).keys
                ),
                "rank of a row": lambda each, keys=keys: reading.rank_of(each, keys[-1]).first,
            }
            for kind, read in reads.items():
                seconds, results = zip(*(timed(partial(read, each)) for each in queries), strict=True)
                assert results[0] == results[1], (name, kind, rank)
                taken.setdefault(f"{name}, {kind}", []).append(seconds)
    return taken


def query(model: type[Model], name: str) -> RankQuery:
    """Return the rows that are not sold, in one order."""
    ranking = model.rankings[name]
    return RankQuery(ranking, FACETS[1], TableRows(ranking, FACETS[1]))


def timed(read: partial) -> tuple[float, object]:
    """Return the seconds and the result of a read."""
    begin = perf_counter()
    result = read()
    return perf_counter() - begin, result


def report(taken: dict[str, list[tuple[float, float]]], parts: int) -> str:
    """Return a table of medians, and of the medians of the rounds' ratios."""
    lines = [f"|  | one table | {parts} partitions | ratio |", "| --- | ---: | ---: | ---: |"]
    for name, pairs in taken.items():
        whole, part = (median(seconds) * 1000 for seconds in zip(*pairs, strict=True))
        ratio = median(second / first for first, second in pairs)
        lines.append(f"| {name} | {whole:.1f} ms | {part:.1f} ms | {ratio:.2f} |")
    return "\n".join(lines)


def main() -> None:
    """Make the tables, look at the plans, measure."""
    parser = ArgumentParser(prog="python -m tests.stress.ranked_partitions", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each table (default: 1,000,000)")
    parser.add_argument("--parts", type=int, default=PARTS, help=f"partitions (default: {PARTS})")
    options = parser.parse_args()
    with psycopg.connect(server_url(), autocommit=True) as server:
        server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {NAME}")
        try:
            with connected_to(url_of(NAME)):
                call_command("migrate", "ranking", verbosity=0)
                models = [made("Whole", options.rows, 0), made("Parted", options.rows, options.parts)]
                found = faults(models[1])
                print(report(compare(models), options.parts))
                connection.close()
                connection.close_pool()
        finally:
            server.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    print(f"{len(found)} wrong counts or plans", *found, sep="\n")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
