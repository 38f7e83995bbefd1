"""`manage.py worker`: performs generation jobs, and what the site does at intervals."""

import resource
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from generation.worker_loops import WorkerLoops
from generation.worker_tasks import NAME
from genonaut import postgres
from genonaut.worker_process import end_with_parent


class Command(BaseCommand):
    """Works until it is told to end."""

    help = (
        "Perform generation jobs, compact rankings, read libraries and make their pictures. Any number of workers may "
        "run, on any machine that reaches the database and the files. Ctrl-C or SIGTERM ends it: what is under way "
        "is finished or given back within seconds."
    )

    # They would import all that the site serves: 30 MB that no worker needs.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare how many jobs are performed at a time."""
        parser.add_argument(
            "--concurrency",
            type=int,
            default=max(1, settings.GENERATION_WORKERS),
            metavar="N",
            help="jobs at a time (default: GENERATION_WORKERS)",
        )
        parser.add_argument("--once", action="store_true", help="end when no job waits; nothing else is done")
        parser.add_argument("--parent", type=int, metavar="PID", help="end when this process, which started it, ends")

    def handle(self, *, concurrency: int, once: bool, parent: int | None, **_options: Any) -> None:  # noqa: ANN401 - of the command line
        """Work."""
        if parent is None:
            self.tell(f"Worker {NAME}, {max(1, concurrency)} jobs at a time; Ctrl-C ends it.")
        else:
            end_with_parent(parent)
        raise_open_files()
        postgres.keep_up()
        WorkerLoops(max(1, concurrency), is_once=once).run()

    def tell(self, line: str) -> None:
        """Write a line at once, also to a log."""
        self.stdout.write(line)
        self.stdout.flush()


def raise_open_files() -> None:
    """Let this process open as many files as it may: an attempt holds one for each picture of a film."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
