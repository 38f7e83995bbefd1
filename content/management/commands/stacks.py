"""`manage.py stacks verify | build`: look after the stacks of works on a live site."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from content.stacks import build, drift, ids, settle
from genonaut.progress import Progress


class Command(BaseCommand):
    """Verifies or builds the stacks of works; neither writers nor readers wait for it."""

    help = (
        "verify: look at all works, exit code 1 if any is in a wrong stack or leads one wrongly; build: put all works "
        "into their stacks. Interrupted (Ctrl-C), build keeps what it did, and goes on there when it is run again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to do."""
        parser.add_argument("action", choices=["verify", "build"])

    def handle(self, *, action: str, verbosity: int, **options: object) -> None:
        """Do one of both. Raises CommandError for drift, and an interruption."""
        first, end = ids()
        try:
            with Progress(end - first, " ids", self.stderr.write, is_shown=verbosity > 0) as progress:
                settle()
                if action == "build":
                    written = build(skip=progress.skip, advance=progress.advance)
                    self.stdout.write(f"{written:,} works came into other stacks.")
                    return
                wrong = drift(advance=progress.advance)
        except KeyboardInterrupt:
            raise CommandError("Interrupted; run it again to go on.", returncode=130) from None
        except OperationalError as error:
            raise CommandError(f"Run it again, another process may be at it: {error}", returncode=1) from error
        if any(wrong):
            raise CommandError(
                f"{wrong.stacks:,} works in a wrong stack, {wrong.leaders:,} lead one wrongly or not. "
                "`manage.py stacks build` mends them.",
                returncode=1,
            )
        self.stdout.write("All stacks are right.")
