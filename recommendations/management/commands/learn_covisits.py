"""`manage.py learn_covisits`: which works the same users meet, learned by a Dask cluster of all interactions."""

from argparse import ArgumentParser
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.core.management.base import BaseCommand, CommandError

MISSING = "Dask is not installed: pip install -r requirements-cluster.txt, here and on the machines of the cluster."
INTERRUPTED = (
    "Interrupted. The lists that were written stay; the worker of the site learns co-visits as before. "
    "Run again, it begins with the first block."
)
SETUP = "recommendations.cluster_setup"
# For a cluster to answer.
SECONDS = 5


class Command(BaseCommand):
    """Learns on a cluster."""

    help = (
        "Learn co-visits of all interactions on a Dask cluster, where they are too many for one machine. Its machines "
        "have the site's code and environment. Without --scheduler it starts processes on this machine."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the options."""
        parser.add_argument("--scheduler", help="address of a running cluster: tcp://host:8786")
        parser.add_argument("--processes", type=positive, default=2, help="without --scheduler; default: 2")
        parser.add_argument("--partitions", type=positive, default=16, help="parts of the users; default: 16")

    def handle(self, *_args: Any, **options: Any) -> None:  # noqa: ANN401 - of the command line
        """Learn."""
        if find_spec("distributed") is None:
            raise CommandError(MISSING)
        distributed = import_module("distributed")
        learn_covisits = import_module("recommendations.cluster").learn_covisits
        local = {
            "n_workers": options["processes"],
            "threads_per_worker": 1,
            "dashboard_address": None,
            "preload": SETUP,
        }
        try:
            client = distributed.Client(options["scheduler"] or distributed.LocalCluster(**local), timeout=SECONDS)
        except OSError as error:
            raise CommandError(f"No cluster answers at {options['scheduler']}: {error}") from error
        try:
            with client:
                works = learn_covisits(client, options["partitions"], self.stdout.write)
        except KeyboardInterrupt:
            raise CommandError(INTERRUPTED, returncode=130) from None
        self.stdout.write(f"Neighbours of {works:,} works are learned.")


def positive(text: str) -> int:
    """Return a number of at least 1. Raises ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number
