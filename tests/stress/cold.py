"""Measures the first request for filtered lists, before anything is anchored: searches, tags, both, with facets.

    .venv/bin/python -m tests.stress.cold --rows 1000000

Each list is asked for once, of several words or tags of its kind; beside it the same search in stock DRF, with
SearchQuery on the same column and numbered pages.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from statistics import median, quantiles
from urllib.parse import urlencode

import psycopg

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.rounds import note_of
from tests.stress.servers import Reply, serving
from tests.stress.systems import DJANGO_SERVER, OUR_SERVER

NAME = "cold"
# Words and tags of each kind, and how many of the searches DRF is asked for: it takes seconds for one.
SAMPLES, DRF_SAMPLES = 8, 3
SORTS = ("created_at", "quality_score")
# The share of all rows that has a word or tag of a kind.
SHARES = {"frequent": 0.1, "middling": 0.01, "scarce": 0.001}

Query = dict[str, str]

# The planner's own statistics know the frequent ones: `column` is the array's or the vector's.
COMMON = """
    SELECT element FROM pg_stats,
        unnest(most_common_elems::text::text[], most_common_elem_freqs[:cardinality(most_common_elems::text::text[])])
            AS elements (element, share)
    WHERE tablename = 'content_contentitem' AND attname = %s AND element ~ '^[a-z][a-z ]{3,}$'
    ORDER BY abs(ln(share / %s)) LIMIT %s
"""


def common(connection: psycopg.Connection, column: str, share: float) -> list[str]:
    """Return words or tags that about this share of all rows has."""
    return [name for (name,) in connection.execute(COMMON, [column, share, SAMPLES])]


def kinds(connection: psycopg.Connection) -> Iterator[tuple[str, list[Query]]]:
    """Yield kinds of lists with the queries of each."""
    words = {kind: common(connection, "search_words", share) for kind, share in SHARES.items()}
    tags = {kind: common(connection, "tags", share) for kind, share in SHARES.items()}
    for kind in SHARES:
        yield f"{kind} word", [{"q": word} for word in words[kind]]
    middling = words["middling"]
    yield "two words", [{"q": f"{one} {two}"} for one, two in zip(middling, middling[1:] + middling[:1], strict=True)]
    for kind in SHARES:
        yield f"{kind} tag", [{"tag": tag} for tag in tags[kind]]
    both = zip(middling, tags["frequent"], strict=False)
    yield "word and tag", [{"q": word, "tag": tag} for word, tag in both]
    yield "word and type", [{"q": word, "content_type": "video"} for word in middling]
    yield "tag and type", [{"tag": tag, "content_type": "video"} for tag in tags["frequent"]]


def measure(url: str, rows: int) -> report.Result:
    """Measure every kind in both sorts."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM pagination_storedcursor")
        cells = [(f"{kind}/{sort}", queries, sort) for (kind, queries), sort in product(kinds(connection), SORTS)]
    found = {}
    with (
        serving(url, OUR_SERVER) as ours,
        serving(url, DJANGO_SERVER) as theirs,
        Progress(len(cells), " kinds", print) as bar,
    ):
        ours.get("/api/v1/content/")
        theirs.get("/pages/")
        for name, queries, sort in cells:
            asked = [{**query, "sort": sort} for query in queries]
            found[name] = {"ours": taken(ours.get(f"/api/v1/content/?{urlencode(query)}") for query in asked)}
            if all(query.keys() == {"q", "sort"} for query in asked) and sort == SORTS[0]:
                found[name]["drf"] = taken(theirs.get(f"/search/?{urlencode(query)}") for query in asked[:DRF_SAMPLES])
            bar.advance(1)
    return {"rows": rows, "cells": found}


def taken(replies: Iterator[Reply]) -> list[float | str]:
    """Return the seconds of each reply, or why it is none."""
    return [note_of(reply) or reply.seconds for reply in replies]


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    lines = []
    for name, cell in result["cells"].items():
        kind, _, sort = name.partition("/")
        ours, drf = figures(cell["ours"]), figures(cell.get("drf", []))
        is_measured = bool(seconds(cell["ours"]) and seconds(cell.get("drf", [])))
        ratio = report.NOTHING
        if is_measured:
            ratio = report.number(median(seconds(cell["drf"])) / median(seconds(cell["ours"])[:DRF_SAMPLES]))
        lines.append([kind, sort, *ours, drf[0], ratio])
    head = ["list", "sort", "median", "p95", "refused", "DRF, median", "DRF / ours"]
    return f"""The first request for a filtered list
Of {result["rows"]:,} rows; nothing is anchored, and each list is asked for once: {SAMPLES} of each kind. Goal: p95 at
most 200 ms, no 503, and stock DRF (SearchQuery on the same column, numbered pages; {DRF_SAMPLES} searches) at least 20
times slower.

{report.table(head, lines)}
"""


def seconds(replies: Sequence[float | str]) -> list[float]:
    """Return the seconds of those that were answered."""
    return [reply for reply in replies if not isinstance(reply, str)]


def figures(replies: Sequence[float | str]) -> tuple[str, str, str]:
    """Return median and 95th percentile in milliseconds, and how many were refused."""
    answered = seconds(replies)
    refused = str(len(replies) - len(answered)) if replies else report.NOTHING
    if not answered:
        return (str(replies[0]) if replies else report.NOTHING), report.NOTHING, refused
    highest = quantiles(answered, n=20, method="inclusive")[-1] if len(answered) > 1 else answered[0]
    return f"{report.number(1000 * median(answered))} ms", f"{report.number(1000 * highest)} ms", refused


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
