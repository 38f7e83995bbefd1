"""`manage.py demo add|scan`: what the first screen of an empty database shows."""

from argparse import ArgumentParser

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from libraries.demo.filling import add, unfinished, write_missing
from libraries.management.commands.library import INTERRUPTED
from media.pictures.limits import PictureError
from media.pictures.studio import Studio


class Command(BaseCommand):
    """Makes the demo: files as generators write them, in a library that is read as any other."""

    help = (
        "add: register the demo's library if there is neither a work nor a library. scan: write its files and read "
        "them, unless that was done. Interrupted (Ctrl-C), it keeps what is done; run again, scan goes on."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the action."""
        parser.add_argument("action", choices=("add", "scan"))

    def handle(self, *, action: str, verbosity: int, **_options: object) -> None:
        """Register the demo, or go on with it."""
        if action == "add":
            add()
            return
        library = unfinished()
        if library is None:
            return
        try:
            if library.scanned_at is None:
                with Studio() as studio:
                    write_missing(studio, self.stderr.write, is_shown=verbosity > 0)
            call_command("library", "scan", library.name, verbosity=verbosity, stdout=self.stdout, stderr=self.stderr)
        except KeyboardInterrupt:
            raise CommandError("Interrupted; run it again to go on.", returncode=INTERRUPTED) from None
        except PictureError as error:
            self.stderr.write(f"The demo could not be written: {error}")
        except CommandError as error:
            if error.returncode == INTERRUPTED:
                raise
            # The site can do without.
            self.stderr.write(f"The demo could not be read: {error}")
