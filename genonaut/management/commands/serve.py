"""`make run`: prepare everything, then serve."""

import fcntl
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError

from genonaut import terminal

HOST = "127.0.0.1"
INTERRUPTED = 130
# They end the site, from a terminal, from a supervisor, and when the terminal is closed.
ENDS = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}


class Command(BaseCommand):
    """Migrate, collect static files, fill an empty database with demo content, and serve."""

    help = f"Prepare the site and serve it on {HOST}."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the port."""
        parser.add_argument("--port", default="8000")

    def handle(self, *_args: Any, port: int | str, **_options: Any) -> None:  # noqa: ANN401 - of the command line
        """Prepare, then become gunicorn: exec leaves the embedded PostgreSQL running for it.

        Ctrl-C is how it is stopped, at any time: no failure, and nothing that is prepared is lost. SIGTERM and SIGHUP
        do the same.
        """
        terminal.end_when_closed()
        try:
            with self.alone() as lock:
                number = free_port(port)
                self.prepare()
                self.stdout.flush()
                serve(number, lock)
        except KeyboardInterrupt:
            with suppress(OSError):  # its terminal may be closed
                self.stdout.write("Stopped before it was ready.")
                self.stdout.flush()

    @contextmanager
    def alone(self) -> Iterator[int]:
        """Yield a lock, held until gunicorn listens: a second one then sees that its port is in use."""
        try:
            settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
            lock = os.open(settings.VAR_DIR / "serve.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise CommandError(
                f"The site keeps its files in {settings.VAR_DIR}, which must be writable: {error}"
            ) from None
        try:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.stdout.write("Another `make run` prepares this site; waiting for it ...")
                self.stdout.flush()
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield lock
        finally:
            os.close(lock)

    def prepare(self) -> None:
        """Make database and static files ready. Raises KeyboardInterrupt, of the seed too, and CommandError."""
        self.stdout.write("Migrating the database ...")
        self.stdout.flush()
        try:
            call_command("migrate", interactive=False, verbosity=0)
            call_command("collectstatic", interactive=False, verbosity=0)
            fill()
        except CommandError as error:
            if error.returncode == INTERRUPTED:
                raise KeyboardInterrupt from None
            raise
        except (OperationalError, psycopg.OperationalError) as error:  # COPY's are psycopg's own
            raise CommandError(f"The database could not be prepared: {error}") from error
        except OSError as error:
            raise CommandError(f"The site's files could not be written: {error}") from error


def fill() -> None:
    """Fill an empty database with the files of the demo and with synthetic works."""
    # First, since a database with synthetic rows is not empty.
    call_command("demo", "add")
    if settings.DEMO_ROWS:
        call_command("seed", rows=settings.DEMO_ROWS, if_empty=True)
    call_command("demo", "scan")


def serve(port: int, lock: int) -> None:
    """Become gunicorn. It takes over the lock, and the signals that come until it can handle them."""
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDS)
    os.set_inheritable(lock, True)
    os.environ["SERVE_LOCK"] = str(lock)
    arguments = ["-m", "gunicorn", "-c", "python:genonaut.gunicorn", "--bind", f"{HOST}:{port}"]
    os.execv(sys.executable, [sys.executable, *arguments])  # noqa: S606 - our own interpreter


def free_port(port: int | str) -> int:
    """Return the number of a port that gunicorn can listen on. Raises CommandError for any other."""
    try:
        number = int(port)
    except ValueError:
        raise CommandError(f"Port {port!r} is not a number: make run PORT=8001") from None
    with socket.socket() as probe:
        # As gunicorn does: connections of a server that has just stopped are no obstacle.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, number))
        except (PermissionError, OverflowError) as error:
            raise CommandError(f"Port {number} cannot be used ({error}); choose another: make run PORT=8001") from None
        except OSError:
            raise CommandError(f"Port {number} is in use; choose another: make run PORT={number + 1}") from None
    return number
