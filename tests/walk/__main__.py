"""Walks a running site and compares every answer with SQL's; nothing else may write works meanwhile.

    .venv/bin/python -m tests.walk --url http://127.0.0.1:8000 --database postgresql://user:password@host/name

Exit status 1: an answer was wrong or did not come.
"""

import sys
from argparse import ArgumentParser
from dataclasses import replace

from tests.walk import FULL, SMALL, walk
from tests.walk.account import staff_token


def main() -> None:
    """Walk and print the report."""
    parser = ArgumentParser(prog="python -m tests.walk", description=__doc__.split("\n")[0])
    parser.add_argument("--url", required=True, help="address of the site")
    parser.add_argument("--database", required=True, help="its database, which need not be reached as the site does")
    parser.add_argument("--token", default="", help="API token of staff (default: of an account `walker`)")
    parser.add_argument("--small", action="store_true", help="a tenth of the requests")
    parser.add_argument("--patience", type=float, default=0.0, help="seconds that a 503 is asked again (default: 0)")
    parser.add_argument("--only-read", action="store_true", help="add no works")
    options = parser.parse_args()
    plan = SMALL if options.small else FULL
    plan = replace(plan, patience_seconds=options.patience, is_writing=not options.only_read)
    report = walk(options.url, options.database, options.token or staff_token(options.database), plan)
    print(report)
    for name, part in report.parts.items():
        print(f"{name}: {part.requests} requests, {part.seconds:.1f} s")
    sys.exit(not report.is_right)


if __name__ == "__main__":
    main()
