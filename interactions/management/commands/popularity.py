"""`manage.py popularity verify | rebuild`: look after the counts of likes and ratings on a live site."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from genonaut.progress import Progress
from interactions.counting import drift, ids, rebuild


class Command(BaseCommand):
    """Verifies or rebuilds the counts of works; neither writers nor readers wait for it."""

    help = (
        "verify: count all interactions and compare, exit code 1 on drift; rebuild: count likes, ratings and "
        "popularity again. Interrupted (Ctrl-C), rebuild keeps what it did, and goes on there when it is run again."
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
                    changed = rebuild(skip=progress.skip, advance=progress.advance)
                    self.stdout.write(f"{changed:,} works had other counts.")
                    return
                wrong = drift(advance=progress.advance)
        except KeyboardInterrupt:
            raise CommandError("Interrupted; run it again to go on.", returncode=130) from None
        if any(wrong):
            words = ", ".join(f"{count:,} {name}" for name, count in wrong._asdict().items())
            raise CommandError(
                f"Wrong counts of works: {words}. `manage.py popularity rebuild` mends them.", returncode=1
            )
        self.stdout.write("All counts are right.")
