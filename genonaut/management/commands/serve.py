"""`make run`: prepare everything, then serve."""

import os
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

DEMO_ROWS = 5_000


class Command(BaseCommand):
    """Migrate, collect static files, fill an empty database with demo content, and serve."""

    help = "Prepare the site and serve it on 127.0.0.1."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port."""
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:  # noqa: ANN401 - of the command line
        """Prepare, then become gunicorn: exec leaves the embedded PostgreSQL running for it."""
        self.stdout.write("Migrating the database ...")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        call_command("seed", rows=DEMO_ROWS, if_empty=True)
        self.stdout.write(self.style.SUCCESS(f"Genonaut is at http://127.0.0.1:{port}/ - Ctrl-C stops it."))
        self.stdout.flush()
        arguments = ["-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", f"127.0.0.1:{port}"]
        os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own interpreter
