"""The plans of a ranking's reads, and what is wrong with them."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from django.db import connection

from genonaut.ranking import KeyBound, Ranking, RankQuery, TableRows, reading

PAGE_ROWS = 50
SCANS = ("Index Scan", "Index Only Scan")
# Of which a sort is no sort of the list, but of counts.
SORTED_ROWS = 5_000


def plans(ranking: Ranking, facets: dict[str, list[object]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the plans of reads at half depth, each with its name."""
    query = RankQuery(ranking, facets, TableRows(ranking, facets))
    half = reading.totals(query).total // 2
    (keys,) = reading.at_rank(query, half, 1, is_descending=True).keys
    reads = {
        "page": partial(reading.at_rank, query, half, PAGE_ROWS, is_descending=True),
        "page, ascending": partial(reading.at_rank, query, half, PAGE_ROWS, is_descending=False),
        "behind a row": partial(reading.from_bound, query, KeyBound(keys), PAGE_ROWS, is_descending=True),
        "rank of a row": partial(reading.rank_of, query, keys[-1]),
        "total": partial(reading.totals, query),
    }
    for name, read in reads.items():
        yield name, explained(read)


def explained(read: Callable[[], object]) -> dict[str, Any]:
    """Return the plan of the one statement that a read runs."""
    found: list[dict[str, Any]] = []

    def explain(execute: Callable, sql: str, params: object, many: bool, context: dict[str, Any]) -> object:
        cursor = context["cursor"].cursor
        cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", params)
        found.append(cursor.fetchone()[0][0]["Plan"])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        read()
    return found[0]


def complaints(plan: dict[str, Any], table: str, *, most_rows: int) -> Iterator[str]:
    """Yield what reads a table, or a partition of it, in another way than by an index, sorts it, or reads many rows."""
    rows = 0
    for node in nodes(plan):
        kind, loops = node["Node Type"], node["Actual Loops"]
        if re.fullmatch(rf"{table}(_\d+)*", node.get("Relation Name", "")):
            rows += (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * loops
            if kind not in SCANS and loops:
                yield f"{kind} of {node['Relation Name']}"
        if kind in ("Sort", "Incremental Sort") and node["Actual Rows"] * loops > SORTED_ROWS:
            yield f"{kind} of {node['Actual Rows'] * loops:,.0f} rows"
    if rows > most_rows:
        yield f"{rows:,.0f} rows read"


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield a plan's nodes, from the top."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)
