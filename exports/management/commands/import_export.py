"""`manage.py import_export FOLDER`: bring an export into this site."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from exports.reading import import_export
from exports.writing import LISTS, ExportError
from genonaut.progress import Progress


class Command(BaseCommand):
    """Imports what `export` wrote."""

    help = (
        "Bring an export into this site: accounts that no password opens, works with their files, likes, ratings, "
        "comments and dates. Run again it does no more. Exit status: 0 done, 1 some lines were bad, 2 the folder is no "
        "export, 130 interrupted (run it again to go on)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder."""
        parser.add_argument("folder", type=Path, metavar="FOLDER")

    def handle(self, *, folder: Path, verbosity: int, **options: object) -> None:
        """Import, and say how much was new."""
        total = sum(path.stat().st_size for path in map(folder.joinpath, LISTS) if path.is_file())
        with Progress(total, "B", self.stderr.write, is_shown=verbosity > 0) as progress:
            try:
                counts = import_export(folder, progress.say, progress)
            except ExportError as error:
                raise CommandError(str(error), returncode=2) from error
            except KeyboardInterrupt:
                raise CommandError("Interrupted. Run it again to go on.", returncode=130) from None
        new = ", ".join(f"{counts[name]:,} {name}" for name in ("works", "accounts", "interactions", "albums"))
        self.stdout.write(f"New: {new}.")
        if counts["bad"]:
            raise CommandError(f"Bad lines left out: {counts['bad']:,}", returncode=1)
