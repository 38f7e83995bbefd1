"""`manage.py move_database STEP`: move the database to another server, of another version, beside a running site."""

import sys

import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from genonaut import environment
from genonaut.moving import steps
from genonaut.moving.errors import MoveError
from genonaut.moving.servers import connected

STEPS = {
    "prepare": "copy all to the target, and let it follow",
    "status": "say how far that is",
    "switch": "let the target take the writes",
    "back": "let the source take them again",
    "finish": "end the replication",
}
FROM, TO = "MOVE_DATABASE_FROM", "MOVE_DATABASE_TO"


class Command(BaseCommand):
    """Takes one step of a move. Ends with 1 if it cannot be taken, and says why."""

    help = (
        "Move the database to another PostgreSQL server, of the same or another version, beside the running site: "
        "docs/upgrading.md. MOVE_DATABASE_TO holds the URL of the new, empty database, MOVE_DATABASE_FROM that of the "
        "old one (default: DATABASE_DIRECT_URL); each server reaches the other by these."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the steps."""
        parser.add_argument("step", choices=STEPS, help="; ".join(f"{name}: {does}" for name, does in STEPS.items()))
        parser.add_argument(
            "--patience", type=float, default=10, metavar="SECONDS", help="how long a switch waits (default: 10)"
        )
        parser.add_argument(
            "--compare", action="store_true", help="switch, back: compare all rows first, with writers held back"
        )

    def handle(self, *, step: str, patience: float, compare: bool, verbosity: int, **_options: object) -> None:
        """Take the step. Raises CommandError."""
        try:
            with connected("old", address(FROM)) as old, connected("new", address(TO)) as new:
                if old.identity() == new.identity():
                    raise MoveError("MOVE_DATABASE_FROM and MOVE_DATABASE_TO lead to the same database.")
                if step == "prepare":
                    steps.prepare(old, new, self.say, is_shown=verbosity > 0)
                elif step in ("switch", "back"):
                    source, target = (old, new) if step == "switch" else (new, old)
                    steps.switch(source, target, self.say, patience=patience, compares=compare)
                elif step == "finish":
                    steps.finish(old, new, self.say, patience=patience)
                else:
                    steps.status(old, new, self.say)
        except (MoveError, psycopg.Error) as error:
            raise CommandError(str(error).strip()) from None
        except KeyboardInterrupt:
            raise CommandError("Interrupted; `status` says how far it is.", returncode=130) from None

    def say(self, line: str) -> None:
        """Write a line at once."""
        self.stdout.write(line)
        sys.stdout.flush()


def address(name: str) -> str:
    """Return the URL of one of the two databases. Raises MoveError."""
    url = environment.database_url(name) or (settings.DATABASE_DIRECT_URL if name == FROM else "")
    if not url:
        raise MoveError(f"{name} is not set: it holds the URL of the new database.")
    if "target_session_attrs" in url:
        raise MoveError(
            f"{name if environment.value(name) else 'DATABASE_DIRECT_URL'} must name one server: set {name}."
        )
    return url
