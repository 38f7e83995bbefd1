"""Counts again all that the database counts: `python -m tests.chaos.verifying`, with DATABASE_URL.

One process for all commands: most of the time of each would be Django's start. Exit status 1: a count was wrong.
"""

import os
import sys

import django
from django.core.management import CommandError, call_command

COMMANDS = ("rankings", "catalog", "popularity", "stacks")


def main() -> None:
    """Run the commands, whatever becomes of each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "genonaut.settings")
    django.setup()
    complaints = [complaint for name in COMMANDS if (complaint := complaint_of(name))]
    sys.exit("\n".join(complaints) or 0)


def complaint_of(name: str) -> str:
    """Return what a command says is wrong; nothing if all is right."""
    try:
        call_command(name, "verify")
    except CommandError as error:
        return f"{name}: {error}"
    except SystemExit as error:
        return f"{name}: {error.code}" if error.code else ""
    return ""


if __name__ == "__main__":
    main()
