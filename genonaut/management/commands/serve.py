"""`make run`: prepare everything, then serve."""

import os
import signal
import socket
import sys
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

HOST = "127.0.0.1"
DEMO_ROWS = 5_000
INTERRUPTED = 130


class Command(BaseCommand):
    """Migrate, collect static files, fill an empty database with demo content, and serve."""

    help = f"Prepare the site and serve it on {HOST}."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port."""
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *_args: Any, port: int, **_options: Any) -> None:  # noqa: ANN401 - of the command line
        """Prepare, then become gunicorn: exec leaves the embedded PostgreSQL running for it.

        Ctrl-C is how it is stopped, at any time: no failure, and nothing that is prepared is lost.
        """
        check_free(port)
        try:
            self.prepare()
        except KeyboardInterrupt:
            self.stdout.write("Stopped before it was ready.")
            return
        self.stdout.flush()
        # A Ctrl-C from here on waits until gunicorn can handle it: genonaut/gunicorn.py lets it in.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        arguments = ["-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", f"{HOST}:{port}"]
        os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own interpreter

    def prepare(self) -> None:
        """Make database and static files ready. Raises KeyboardInterrupt, of the seed too."""
        self.stdout.write("Migrating the database ...")
        self.stdout.flush()
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        try:
            call_command("seed", rows=DEMO_ROWS, if_empty=True)
        except CommandError as error:
            if error.returncode == INTERRUPTED:
                raise KeyboardInterrupt from None
            raise


def check_free(port: int) -> None:
    """Raise CommandError unless gunicorn can listen on this port."""
    with socket.socket() as probe:
        # As gunicorn does: connections of a server that has just stopped are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except (PermissionError, OverflowError) as error:
            raise CommandError(f"Port {port} cannot be used ({error}); choose another: make run PORT=8001") from None
        except OSError:
            raise CommandError(f"Port {port} is in use; choose another: make run PORT={port + 1}") from None
