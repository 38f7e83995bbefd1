"""Measures the database time of a page: every statement of it, 500 changes present that no compaction has seen.

    .venv/bin/python -m tests.stress.database_time --rows 1000000

In this process, by the clock around each statement, so that the way to the server and back is in it. The 500 changes
are rows inserted in a transaction that is rolled back.
"""

from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.db import connection, transaction
from django.http import QueryDict
from django.utils.module_loading import import_string

from genonaut.pagination.errors import InvalidParametersError, PageNotFoundError
from genonaut.progress import Progress
from tests.stress import command, report
from tests.stress.databases import connected_to
from tests.stress.depth import depths
from tests.stress.rounds import Samples, spread_of
from tests.stress.systems import PAGE_SIZE, count_public, last_full_page
from tests.stress.writes import INSERT, random_row

NAME = "database_time"
ROUNDS = 40
WARM_UP_ROUNDS = 3
CHANGES = 500


class Clock:
    """Notes the seconds of each statement."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        """Run a statement and note its seconds."""
        begin = perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds.append(perf_counter() - begin)


def statements_of(number: int) -> list[float]:
    """Return the seconds of each statement of a page of the gallery's list. Raises what the list raises."""
    # Not imported above: models want Django to be set up.
    listing = import_string("content.listings.ContentListing")
    anybody = import_string("django.contrib.auth.models.AnonymousUser")()
    clock = Clock()
    with connection.execute_wrapper(clock):
        listing(anybody, QueryDict(f"page={number}&page_size={PAGE_SIZE}")).page()
    return clock.seconds


def measure(url: str, rows: int, *, rounds: int = ROUNDS) -> report.Result:
    """Measure all depths in turns, then undo the changes."""
    pages = depths(last_full_page(count_public(url)))
    times: dict[str, list[list[float]]] = {name: [] for name in pages}
    notes: dict[str, str] = {}
    with connected_to(url), transaction.atomic(), Progress(rounds, " rounds", print) as progress:
        with connection.cursor() as cursor:
            for _ in range(CHANGES):
                cursor.execute(INSERT, random_row())
        for number in range(WARM_UP_ROUNDS + rounds):
            for name, page in pages.items():
                if name in notes:
                    continue
                try:
                    seconds = statements_of(page)
                except (InvalidParametersError, PageNotFoundError) as error:
                    notes[name] = f"not reached ({type(error).__name__})"
                    continue
                if number >= WARM_UP_ROUNDS:
                    times[name].append(seconds)
            progress.advance(number >= WARM_UP_ROUNDS)
        transaction.set_rollback(True)
    return {"rows": rows, "pages": pages, "times": times, "notes": notes}


def section(result: report.Result) -> str:
    """Return the section of docs/benchmarks.md."""
    lines = [line_of(result, name) for name in result["pages"]]
    return f"""Database time of a page
{result["rows"]:,} rows, {CHANGES} changes that no compaction has seen; medians with quartiles. The statements in their
order; the last one loads the rows. Goal: ranked seek and total in at most 5 ms.

{report.table(["", "all statements", "one by one"], lines)}
"""


def line_of(result: report.Result, name: str) -> list[str]:
    """Return the table line of a page."""
    rounds = result["times"][name]
    if not rounds:
        return [name, result["notes"].get(name, report.NOTHING), report.NOTHING]
    medians = [spread_of(list(column)).median * 1000 for column in zip(*rounds, strict=False)]
    whole = report.milliseconds(Samples([sum(statements) for statements in rounds]))
    return [name, whole, " + ".join(map(report.number, medians)) + " ms"]


if __name__ == "__main__":
    command.run(NAME, __doc__, measure, section)
