"""Measures lists over several PostgreSQL servers, and compares every page with COUNT and ORDER BY over all of them.

    .venv/bin/python -m tests.stress.shards --rows 1000000

The servers are of this command alone and end with it; their rows are kept in var/shards. The one server is the database
of the other measurements, with as many rows. One process reads; all servers share this machine's cores.
"""

import sys
from argparse import ArgumentParser

from tests.stress import report
from tests.stress.databases import INTERRUPTED, database_of, server_url

server_url()

from genonaut.ranking import Rankings  # noqa: E402 - after Django's setup
from tests.stress.shards.measuring import NAME, SERVERS, measure, section  # noqa: E402 - after Django's setup
from tests.stress.shards.servers import started  # noqa: E402 - after Django's setup

ROWS = 1_000_000


def main() -> None:
    """Fill the servers, measure, print, and write the section of docs/benchmarks.md if asked to."""
    parser = ArgumentParser(prog="python -m tests.stress.shards", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=ROWS, help=f"works of all servers (default: {ROWS:,})")
    parser.add_argument("--servers", type=int, default=SERVERS, help=f"(default: {SERVERS})")
    parser.add_argument("--leaf-rows", type=int, default=Rankings.leaf_rows, help="rows of a leaf on each server")
    parser.add_argument("--write", action="store_true", help="write the section of docs/benchmarks.md")
    options = parser.parse_args()
    Rankings.leaf_rows = options.leaf_rows
    command = f".venv/bin/python -m tests.stress.shards --rows {options.rows} --servers {options.servers}"
    try:
        one = database_of(options.rows)
        result = report.save(NAME, measure(one, started(options.servers, options.rows)), url=one, command=command)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    print(section(result))
    if options.write:
        report.write(NAME, result, section)


if __name__ == "__main__":
    main()
