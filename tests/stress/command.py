"""The command line that all measuring modules share: `python -m tests.stress.NAME --rows N [--write]`."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable

from tests.stress import report
from tests.stress.databases import INTERRUPTED, database_of, manage

DEFAULT_ROWS = 100_000


def run(
    name: str, doc: str, measure: Callable[[str, int], report.Result], section: Callable[[report.Result], str]
) -> None:
    """Measure on the database of so many rows, keep the result, print it, and write it to the docs if asked to.

    Ctrl-C ends it with 130; the database stays, and half a seed goes on next time.
    """
    parser = ArgumentParser(prog=f"python -m tests.stress.{name}", description=doc.split("\n")[0])
    parser.add_argument("--rows", type=int, default=DEFAULT_ROWS, help=f"items (default: {DEFAULT_ROWS:,})")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    options = parser.parse_args()
    command = f".venv/bin/python -m tests.stress.{name} --rows {options.rows}"
    try:
        url = prepared(options.rows)
        result = report.save(name, measure(url, options.rows), url=url, command=command)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print(section(result))
    if options.write:
        report.write(name, result, section)


def prepared(rows: int) -> str:
    """Return the URL of the database of so many rows, with static files collected. Raises KeyboardInterrupt."""
    url = database_of(rows)
    manage(url, "collectstatic", "--noinput", "--verbosity", "0")
    return url
