"""Measures the first request for filtered lists, before anything is anchored: searches, tags, both, with facets, names.

    .venv/bin/python -m tests.stress.cold --rows 1000000

Each list is asked for once, of several words or tags of its kind; beside it the same search in stock DRF, with
SearchQuery on the same column and numbered pages. Then, of some lists, how long it takes until the total is exact.
"""

from collections.abc import Iterator, Sequence
from statistics import median, quantiles
from time import monotonic, sleep
from typing import NamedTuple
from urllib.parse import urlencode

import psycopg

from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.rounds import note_of
from tests.stress.servers import Reply, Server, serving
from tests.stress.systems import DJANGO_SERVER, OUR_SERVER

NAME = "cold"
# Words and tags of each kind, and how many of the searches DRF is asked for: it takes seconds for one.
SAMPLES, DRF_SAMPLES = 8, 3
SORTS = ("created_at", "quality_score")
CONTENT, TAGS, CREATORS = "/api/v1/content/", "/api/v1/tags/", "/api/v1/creators/"
# Lists whose totals are waited for, how long at most, and the rest that a viewer's builds take.
TOTALS, TOTAL_SECONDS, ASK_SECONDS, REST = 3, 10, 0.1, 3
# The share of all rows that has a word or tag of a kind.
SHARES = {"frequent": 0.1, "middling": 0.01, "scarce": 0.001}

Query = dict[str, str]


class Kind(NamedTuple):
    """Lists of one kind: the queries that are asked, in each sort."""

    name: str
    queries: list[Query]
    sorts: Sequence[str] = SORTS
    path: str = CONTENT


# The planner's own statistics know the frequent ones: `column` is the array's or the vector's.
COMMON = """
    SELECT element FROM pg_stats,
        unnest(most_common_elems::text::text[], most_common_elem_freqs[:cardinality(most_common_elems::text::text[])])
            AS elements (element, share)
    WHERE tablename = 'content_contentitem' AND attname = 'search_words' AND element ~ %s
    ORDER BY abs(ln(share / %s)) LIMIT %s
"""
WORD, TAG = "^[a-z]{4,}$", "^#[a-z][a-z ]{3,}$"


def common(connection: psycopg.Connection, pattern: str, share: float) -> list[str]:
    """Return words or tags that about this share of all rows has."""
    return [name.removeprefix("#") for (name,) in connection.execute(COMMON, [pattern, share, SAMPLES])]


def kinds(connection: psycopg.Connection) -> Iterator[Kind]:
    """Yield kinds of lists with the queries of each."""
    words = {kind: common(connection, WORD, share) for kind, share in SHARES.items()}
    tags = {kind: common(connection, TAG, share) for kind, share in SHARES.items()}
    for kind in SHARES:
        yield Kind(f"{kind} word", [{"q": word} for word in words[kind]], (*SORTS, "match"))
    middling = words["middling"]
    pairs = zip(middling, middling[1:] + middling[:1], strict=True)
    yield Kind("two words", [{"q": f"{one} {two}"} for one, two in pairs], (*SORTS, "match"))
    for kind in SHARES:
        yield Kind(f"{kind} tag", [{"tag": tag} for tag in tags[kind]])
    both = zip(middling, tags["frequent"], strict=False)
    yield Kind("word and tag", [{"q": word, "tag": tag} for word, tag in both])
    yield Kind("word and type", [{"q": word, "content_type": "video"} for word in middling])
    yield Kind("tag and type", [{"tag": tag, "content_type": "video"} for tag in tags["frequent"]])
    yield from made_with(connection, middling)
    beginnings = [{"q": word[:letters], "page_size": "8"} for letters in (1, 2, 3) for word in words["frequent"][:3]]
    yield Kind("tags that begin so", beginnings, ("works", "name"), TAGS)
    yield Kind("creators who begin so", beginnings, ("works", "username"), CREATORS)


def made_with(connection: psycopg.Connection, words: list[str]) -> Iterator[Kind]:
    """Yield kinds of lists by what works were made with, one filter and two."""
    named = "SELECT name FROM media_generativemodel WHERE kind = %s ORDER BY id LIMIT %s"
    models, loras = ([name for (name,) in connection.execute(named, [kind, SAMPLES])] for kind in ("model", "lora"))
    samplers = ("Euler a", "DPM++ 2M", "Euler", "UniPC", "DDIM", "Heun", "LMS")
    seeds = connection.execute("SELECT seed FROM media_generationdata ORDER BY id DESC LIMIT %s", [SAMPLES])
    yield Kind("model", [{"model": name} for name in models])
    yield Kind("LoRA", [{"lora": name} for name in loras])
    yield Kind("sampler", [{"sampler": name} for name in samplers])
    yield Kind("steps", [{"steps": str(steps)} for steps in (15, 20, 30, 45)])
    yield Kind("range of steps", [{"steps": steps} for steps in ("20..30", "15..17", "50..", "..13")])
    yield Kind("range of CFG", [{"cfg": cfg} for cfg in ("5..8", "3.5..3.7", "11..", "..4")])
    yield Kind("seed", [{"seed": str(seed)} for (seed,) in seeds])
    yield Kind("shape", [{"aspect": shape} for shape in ("portrait", "square", "landscape")])
    yield Kind("size", [{"min_width": width} for width in ("1000", "1300", "1900")])
    yield Kind("workflow", [{"has_workflow": "true"}, {"has_workflow": "false"}])
    yield Kind("model and LoRA", [{"model": models[0], "lora": name} for name in loras])
    yield Kind("model and sampler", [{"model": name, "sampler": "UniPC"} for name in models])
    yield Kind("LoRA and steps", [{"lora": name, "steps": "20..30"} for name in loras])
    yield Kind("model and word", [{"model": name, "q": word} for name, word in zip(models, words, strict=False)])
    yield Kind("model and type", [{"model": name, "content_type": "video"} for name in models])
    yield Kind("typed", [{"q": f"model:{name} steps:20..30"} for name in models], (*SORTS, "match"))


def measure(url: str, rows: int) -> report.Result:
    """Measure every kind in both sorts."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM pagination_storedcursor")
        cells = [(f"{kind.name}/{sort}", kind, sort) for kind in kinds(connection) for sort in kind.sorts]
    found: dict[str, dict[str, list[float | str]]] = {}
    with (
        serving(url, OUR_SERVER) as ours,
        serving(url, DJANGO_SERVER) as theirs,
        Progress(len(cells), " kinds", print) as bar,
    ):
        ours.get("/api/v1/content/")
        theirs.get("/pages/")
        for name, kind, sort in cells:
            asked = [{**query, "sort": sort} for query in kind.queries]
            found[name] = {"ours": taken(ours.get(f"{kind.path}?{urlencode(query)}") for query in asked)}
            if all(query.keys() == {"q", "sort"} for query in asked) and sort == SORTS[0]:
                found[name]["drf"] = taken(theirs.get(f"/search/?{urlencode(query)}") for query in asked[:DRF_SAMPLES])
            bar.advance(1)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DELETE FROM pagination_storedcursor")
        for name, kind, sort in cells:
            if kind.path == CONTENT and sort == SORTS[0]:
                found[name]["totals"] = [until_exact(ours, kind.path, query) for query in kind.queries[-TOTALS:]]
    return {"rows": rows, "cells": found}


def until_exact(server: Server, path: str, query: Query) -> float | str:
    """Return how many seconds after a first request a list's total is exact, or that it was not within the time."""
    began = monotonic()
    try:
        while monotonic() - began < TOTAL_SECONDS:
            reply = server.get(f"{path}?{urlencode(query)}")
            if b'"total_count_kind":"exact"' in reply.body:
                return monotonic() - began
            sleep(ASK_SECONDS)
        return f"over {TOTAL_SECONDS} s"
    finally:
        sleep(REST * (monotonic() - began))


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
        waits = cell.get("totals")
        longest = report.NOTHING if waits is None else max(waits, key=lambda wait: (isinstance(wait, str), wait))
        shown = longest if isinstance(longest, str) else f"{report.number(1000 * longest)} ms"
        lines.append([kind, sort, *ours, shown, drf[0], ratio])
    head = ["list", "sort", "median", "p95", "refused", "exact total after", "DRF, median", "DRF / ours"]
    return f"""The first request for a filtered list
Of {result["rows"]:,} rows; nothing is anchored, and each list is asked for once: {SAMPLES} of each kind. Goal: p95 at
most 200 ms, no 503, and stock DRF (SearchQuery on the same column, numbered pages; {DRF_SAMPLES} searches) at least 20
times slower. Of {TOTALS} lists of a kind the total is asked for every {ASK_SECONDS} s until it is exact: the longest
wait (goal: 2 s).

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
