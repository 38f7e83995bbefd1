"""`manage.py catalog verify | rebuild`: look after the counts of works by tag, creator and model on a live site."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from catalog.counting import drift, ids, rebuild
from genonaut.progress import Progress


class Command(BaseCommand):
    """Verifies or rebuilds the counts of works by tag, creator and model; neither writers nor readers wait for it."""

    help = (
        "verify: count all public works and compare, exit code 1 on drift; rebuild: count again. Interrupted (Ctrl-C), "
        "the counts are as they were before."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to do."""
        parser.add_argument("action", choices=["verify", "rebuild"])

    def handle(self, *, action: str, verbosity: int, **options: object) -> None:
        """Do one of both. Raises CommandError for drift, and an interruption."""
        first, end = ids()
        try:
            with Progress(end - first, " ids", self.stderr.write, is_shown=verbosity > 0) as progress:
                if action == "rebuild":
                    rebuild(advance=progress.advance)
                    return
                found = drift(advance=progress.advance)
        except KeyboardInterrupt:
            raise CommandError("Interrupted; nothing was changed.", returncode=130) from None
        if any(found.values()):
            wrong = ", ".join(f"{count:,} {name}" for name, count in found.items())
            raise CommandError(f"Wrong counts: {wrong}. `manage.py catalog rebuild` mends them.", returncode=1)
        self.stdout.write("All counts are right.")
