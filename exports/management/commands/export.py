"""`manage.py export FOLDER`: write works out, with files, sidecars and what people did."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.http import QueryDict

from exports.choices import ALBUM, NoListError, chosen, works_in
from exports.writing import ExportError, FolderExport
from genonaut.pagination.errors import InvalidParametersError
from genonaut.pagination.listing import Listing
from genonaut.progress import Progress
from users.levels import Level
from users.models import User

ABOUT = """
The folder holds works.jsonl (a work a line, in the form of `import_content`), files/ (each work's file as it came, with
an XMP sidecar beside it), a1111/ and json/ (what generated it, for other programs), people.jsonl and
interactions.jsonl.
`manage.py import_export FOLDER` brings all of it into another site.

--query takes what stands behind the ? of a list: "tag=cat&sort=quality_score", "q=lighthouse". --album ID takes the
works of an album, or what its saved search finds. --as USER sees with the eyes of an account: its private works and no
others', others' works up to the level that its lists show, and of works that hide their prompts no more than the work.
Without it everything is written, private works too.

Exit status: 0 done, 1 some files were gone, 2 the folder or the query is wrong, 130 interrupted (run it again to go
on).
"""


class Command(BaseCommand):
    """Exports works to a folder."""

    help = "Write works, their files and what people did with them into a folder."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:  # noqa: ANN401 - Django's
        """Show what is written below the options."""
        kwargs |= {"formatter_class": RawDescriptionHelpFormatter, "epilog": ABOUT}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder and the options."""
        parser.add_argument("folder", type=Path, metavar="FOLDER", help="empty, new, or of an export to go on with")
        parser.add_argument("--query", default="", help="which works, as a list's address says it")
        parser.add_argument("--album", type=int, metavar="ID", help="the works of this album")
        parser.add_argument("--as", dest="username", default="", metavar="USER", help="what this account sees")

    def handle(
        self, *, folder: Path, query: str, album: int | None, username: str, verbosity: int, **options: object
    ) -> None:
        """Export, and say how much."""
        complaints: list[str] = []
        query = query if album is None else "&".join(filter(None, (f"{ALBUM}={album}", query)))
        listing, viewer = self.chosen(query, username)
        works, total = works_in(listing), listing.page().total.count
        said = {"query": query, "as": viewer.username if viewer else ""}
        with Progress(total, "works", self.stderr.write, is_shown=verbosity > 0) as progress:
            export = FolderExport(
                folder, works, viewer, said, lambda line: (complaints.append(line), progress.say(line))
            )
            try:
                state = export.begin()
                progress.skip(state.works)
                for written in export.run(state):
                    progress.advance(len(written))
            except (ExportError, OSError) as error:
                raise CommandError(str(error), returncode=2) from error
            except KeyboardInterrupt:
                raise CommandError("Interrupted. Run it again to go on.", returncode=130) from None
        self.stdout.write(f"{state.works:,} works, {state.files:,} files.")
        if complaints:
            raise CommandError(f"Files that were not written: {len(complaints):,}", returncode=1)

    def chosen(self, query: str, username: str) -> tuple[Listing, User | None]:
        """Return the list of works, and whose eyes see them; None sees all. Raises CommandError."""
        viewer = User.objects.filter(username__iexact=username).first() if username else None
        if username and viewer is None:
            raise CommandError(f"No such account: {username}", returncode=2)
        eyes = viewer or User(pk=None, is_staff=True, is_active=True, shown_level=Level.EXPLICIT)
        asked = QueryDict(query)
        try:
            return chosen(eyes, asked).listed(eyes, asked), viewer
        except InvalidParametersError as error:
            raise CommandError(f"--query: {error}", returncode=2) from error
        except NoListError as error:
            raise CommandError(str(error), returncode=2) from error
