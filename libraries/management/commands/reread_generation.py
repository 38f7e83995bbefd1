"""`manage.py reread_generation`: a newer reader over the metadata of all files, without opening one."""

from django.core.management.base import BaseCommand, CommandError, CommandParser

from genonaut.progress import Progress
from libraries.rereading import Rereading, outdated

INTERRUPTED = 130


class Command(BaseCommand):
    """Interprets stored metadata again."""

    help = (
        "Interpret the stored metadata of files again, where an older version of the reader did. Interrupt it whenever "
        "you like and run it again. Exit status: 0 done, 1 some metadata is damaged, 130 interrupted."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --all."""
        parser.add_argument("--all", action="store_true", help="also what this version has read; begins from the start")

    def handle(self, *, verbosity: int, **options: bool) -> None:
        """Read what is outdated, and count it."""
        rows = outdated(is_every=options["all"])
        is_shown = verbosity > 0
        is_interrupted = False
        with Progress(rows.count() if is_shown else 0, " files", self.stderr.write, is_shown=is_shown) as progress:
            rereading = Rereading(progress.say)
            try:
                rereading.run(rows, progress.advance)
            except KeyboardInterrupt:
                is_interrupted = True
        counts = rereading.counts
        self.stdout.write(f"{counts['read']:,} read again, {counts['added']:,} of them had no generation data before")
        if is_interrupted:
            raise CommandError(
                "Interrupted; what is counted above is kept. Run it again to go on.", returncode=INTERRUPTED
            )
        if counts["damaged"]:
            raise CommandError(f"Metadata that is damaged: {counts['damaged']:,}", returncode=1)
