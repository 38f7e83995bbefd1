"""`manage.py evaluate_recommendations`: how good the recommender is, beside others. It reads no table."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from recommendations.evaluation import public_data
from recommendations.evaluation.report import DATA_SETS, PUBLIC, USERS, WORKS, Report, evaluate

NO_PUBLIC_DATA = (
    "MovieLens 100K is not installed: pip install --no-deps -r requirements-evaluation.txt brings it, and implicit."
)


class Command(BaseCommand):
    """Evaluates the recommender."""

    help = (
        "Evaluate the recommender on planted tastes and MovieLens 100K, beside popularity, chance and implicit's ALS: "
        "hit rate and NDCG of the first 20, and the share of works that are shown to any user."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--data", choices=DATA_SETS, action="append", help="default: all that are installed")
        parser.add_argument("--users", type=int, default=USERS, help=f"of planted tastes; default: {USERS:,}")
        parser.add_argument("--works", type=int, default=WORKS, help=f"of planted tastes; default: {WORKS:,}")
        parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - of the command line
        """Evaluate and print."""
        names = options["data"] or DATA_SETS
        report = evaluate(names, options["users"], options["works"])
        if options["format"] == "json":
            figures = {name: {rival: row._asdict() for rival, row in rows.items()} for name, rows in report.items()}
            self.stdout.write(json.dumps(figures, indent=2))
        else:
            self.stdout.write("\n".join(lines(report)))
        if PUBLIC in names and public_data.file() is None:
            self.stderr.write(NO_PUBLIC_DATA)


def lines(report: Report) -> list[str]:
    """Return the report as a table."""
    head = f"{'data set':28}{'recommender':20}{'hit rate@20':>12}{'NDCG@20':>10}{'coverage':>10}"
    rows = [
        f"{name:28}{rival:20}{row.hit_rate_20:12.3f}{row.ndcg_20:10.3f}{row.coverage:10.3f}"
        for name, rivals in report.items()
        for rival, row in rivals.items()
    ]
    return [head, *rows]
