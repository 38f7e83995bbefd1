"""`manage.py postgres pg_dump --file=...`: PostgreSQL's own programs, from the wheel, on the site's database."""

import os
import signal
import subprocess
from argparse import REMAINDER

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from genonaut.interruptions import interruption_is_of_child
from genonaut.postgres.programs import BIN, connection_variables

CLIENTS = (
    "createdb", "createuser", "dropdb", "dropuser", "pg_amcheck", "pg_basebackup", "pg_dump", "pg_dumpall",
    "pg_isready", "pg_receivewal", "pg_restore", "pgbench", "psql", "reindexdb", "vacuumdb",
)  # fmt: skip
# What they write holds private works and password hashes.
FOR_US_ALONE = 0o077


class Command(BaseCommand):
    """Runs one of PostgreSQL's programs, with the database named in its environment."""

    help = "Run one of PostgreSQL's programs (pg_dump, pg_restore, psql, ...) on the site's database."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the program and its own arguments."""
        parser.add_argument("program", choices=CLIENTS)
        parser.add_argument("arguments", nargs=REMAINDER, help="its own arguments")

    def handle(self, *, program: str, arguments: list[str], **_options: object) -> None:
        """Run the program. Raises CommandError if it fails; it has printed why. Ctrl-C is the program's."""
        environment = {**os.environ, **connection_variables(settings.DATABASE_DIRECT_URL)}
        command = [BIN / program, *arguments]
        with interruption_is_of_child():  # in psql it cancels a statement
            done = subprocess.run(command, env=environment, umask=FOR_US_ALONE, check=False)  # noqa: S603 - as asked for
        if done.returncode == -signal.SIGINT:
            raise KeyboardInterrupt
        if done.returncode:
            raise CommandError(f"{program} ended with {done.returncode}.", returncode=done.returncode)
