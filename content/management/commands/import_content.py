"""`manage.py import_content FILE...`: bring a collection of items into the gallery."""

from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from content.importing.folder_import import bytes_of, is_of_files
from content.importing.imports import Import
from genonaut.progress import Progress
from users.models import User

FORMS = """
Files are JSON Lines (one object a line) or CSV with a header, plain or gzip, in UTF-8, or UTF-16 as Excel's "Unicode
text". CSV is what is named *.csv or *.tsv, or begins with a header; its delimiter may be , ; | or a tab, a line sep=;
may come first, header names may be in any case, and a quality_score may have a decimal comma.

Our form, every field but the title optional:
  title          up to 300 characters
  source_id      what the item is called where it comes from; without it, a hash of the line
  content_type   text, image (the default), video or audio
  source         user (the default) or auto
  creator        a name: the account with the username that the name makes (slug, lower case), created if missing
  prompt, data   texts
  metadata       an object (in CSV: JSON)
  tags           a list of texts (in CSV: a JSON list, or tags with ; between them)
  quality_score  0 to 1
  level          general (the default), sensitive or explicit
  is_private     true or false; needs a creator
  hides_prompt   true: others see no more than the work
  seed           a whole number up to 18446744073709551615, kept exactly; it chooses the picture, else one made of
                 the source_id does
  created_at     ISO 8601, UTC where it names no zone; else the time of the import
  file           a path relative to the list, of a picture, video, sound or text in its folder or below it; what its
                 generator wrote says what the line does not, the title too

A folder or a zip is taken as well: each file in it is an item, as in a library. Items of the same content are not added
again. --owner and --private say whose they are and who sees them, --hide-prompts that others see no more than the
works.

Tate's form is told by its fields: medium, classification, dimensions, source_id and url become metadata, the date is
1 January of `acquired`, else of `year`, else the time of the import.

The same source_id is the same item: running an import again changes nothing, and a newer file updates what differs. A
field that a line leaves out keeps its value. An item that has a creator is changed only by a line that names that
creator: a line that names another or none is refused. Bad lines are reported as file:line: reason, the others are
imported.

A file that cannot be read as a whole (another encoding, a workbook, a picture, a header without title, with an unknown
field or one twice) is reported once, as file: reason, and nothing of it is imported.

Exit status: 0 all lines imported, 1 some lines or files were bad, 2 a file is missing, 130 interrupted
(run it again to go on).
"""


class Command(BaseCommand):
    """Imports files of items."""

    help = "Import items from JSON Lines or CSV files, plain or gzip, and from folders and zips of pictures."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:  # noqa: ANN401 - Django's
        """Show the forms of a line below the options, as they are written."""
        kwargs |= {"formatter_class": RawDescriptionHelpFormatter, "epilog": FORMS}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the files and the options."""
        parser.add_argument("files", metavar="FILE", nargs="+", type=Path)
        parser.add_argument("--owner", default="", metavar="USER", help="whose the files of folders and zips are")
        parser.add_argument("--private", action="store_true", help="their owner alone sees them")
        parser.add_argument("--hide-prompts", action="store_true", help="others see no more than the works")
        parser.add_argument("--dry-run", action="store_true", help="check and report, and write nothing")

    def handle(
        self,
        *,
        files: list[Path],
        dry_run: bool,
        owner: str,
        private: bool,
        hide_prompts: bool,
        verbosity: int,
        **options: object,
    ) -> None:
        """Import the files, then say what became of their lines."""
        if missing := [str(path) for path in files if not path.is_file() and not path.is_dir()]:
            raise CommandError(f"No such file: {', '.join(missing)}", returncode=2)
        said = {"owner": self.account(owner), "is_private": private, "hides_prompt": hide_prompts}
        run = Import(complain=lambda line: progress.say(line), is_dry_run=dry_run, **said)
        total = sum(map(bytes_of, files))
        if private and not owner:
            raise CommandError("--private needs an --owner, or nothing could be seen.", returncode=2)
        if (owner or private or hide_prompts) and (lists := [str(path) for path in files if not is_of_files(path)]):
            # Their works would be public where their importer believes that they are not.
            told = "--owner, --private and --hide-prompts are for folders and zips. Import lists without them:"
            raise CommandError(f"{told} {', '.join(lists)}", returncode=2)
        is_interrupted = False
        with Progress(total, "B", self.stderr.write, is_shown=verbosity > 0) as progress:
            try:
                run.run(files, progress)
            except KeyboardInterrupt:
                is_interrupted = True
        self.report(run)
        if is_interrupted:
            raise CommandError("Interrupted; what is counted above is kept. Run it again to go on.", returncode=130)
        left_out = {"Bad lines left out": run.counts["bad"], "Files not read": run.counts["unread"]}
        if any(left_out.values()):
            said = "; ".join(f"{what}: {count:,}" for what, count in left_out.items() if count)
            raise CommandError(said, returncode=1)

    def account(self, username: str) -> User | None:
        """Return the account of a username; None if there is none given. Raises CommandError."""
        user = User.objects.filter(username__iexact=username).first() if username else None
        if username and user is None:
            raise CommandError(f"No such account: {username}", returncode=2)
        return user

    def report(self, run: Import) -> None:
        """Print the counts."""
        counts = ", ".join(f"{run.counts[kind]:,} {kind}" for kind in ("created", "updated", "unchanged", "bad"))
        start = "Dry run, nothing written: " if run.is_dry_run else ""
        unread = f"; {run.counts['unread']:,} files not read" if run.counts["unread"] else ""
        self.stdout.write(f"{start}{counts}; {run.counts['creators']:,} creators created{unread}")
