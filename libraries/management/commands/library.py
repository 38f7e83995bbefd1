"""`manage.py library add|scan|status|move|trash-missing|remove`: folders whose files are works."""

import shlex
from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from genonaut.database.locks import try_lock, wait_for_lock
from genonaut.database.outages import outage_of
from genonaut.progress import Progress
from libraries.folders import FolderError, move, only_here, register, unregister
from libraries.locking import PICTURES, SCAN
from libraries.missing import trash_without_file, without_file
from libraries.picture_pass import PicturePass
from libraries.read_pass import ReadPass
from libraries.reading import LIMITS
from libraries.scans import ScanRunsError, scan
from libraries.statuses import status_lines
from libraries.watching import Watcher
from media.models import Library, LibraryFile
from media.pictures.studio import Studio
from users.models import User

ABOUT = """
A library is a folder that is read where it lies: nothing in it is written, moved or deleted. `add` registers it, `scan`
reads what is new or changed (prompts, models and seeds can be searched for at once) and then makes thumbnails. A file
that is moved or renamed stays the same work. Hidden folders and files, .thumbnails, @eaDir and *.swarmpreview.* are
passed over; a .txt or .json beside a picture belongs to it, and a PNG to the video of the same name.

Exit status: 0 done, 1 some files could not be read or a folder is offline, 2 there is no such folder or library, 3
another scan of it is under way, 130 interrupted (run it again to go on).
"""
FAILED, WRONG, RUNS, INTERRUPTED = 1, 2, 3, 130
# Between two full scans of libraries that are followed.
EVERY_MINUTES = 10.0
MOST_MINUTES = 366 * 24 * 60


def minutes(text: str) -> float:
    """Read a time between scans. Raises ArgumentTypeError; at 0 one scan would follow the other for ever."""
    number = float(text)
    if not 0 < number <= MOST_MINUTES:
        raise ArgumentTypeError(f"a number of minutes above 0, up to {MOST_MINUTES:,}")
    return number


def way_back(library: Library) -> str:
    """Return how works come back from the trash: one of the site's library is in no account's."""
    if library.owner is None:
        return f"They come back with their files; after {settings.TRASH_DAYS} days they go for good."
    return f"They can be restored from there for {settings.TRASH_DAYS} days."


class Command(BaseCommand):
    """Registers, reads and follows libraries."""

    help = "Turn folders of generated files into works."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> ArgumentParser:  # noqa: ANN401 - Django's
        """Show what a library is below the options."""
        kwargs |= {"formatter_class": RawDescriptionHelpFormatter, "epilog": ABOUT}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the actions."""
        names = "add|scan|status|move|trash-missing|remove"
        actions = parser.add_subparsers(dest="action", required=True, metavar=names)
        add = actions.add_parser("add", help="register a folder; nothing is read yet")
        add.add_argument("folder", type=Path, metavar="FOLDER")
        add.add_argument("--name", default="", help="else the folder's name")
        add.add_argument("--owner", metavar="USER", help="the account that the works belong to")
        add.add_argument(
            "--private",
            action=BooleanOptionalAction,
            default=None,
            help="only the owner sees the works; else as the owner's settings say of new works",
        )
        add.add_argument(
            "--hide-prompts", action="store_true", help="only the owner and staff see what the works were made with"
        )
        scanning = actions.add_parser("scan", help="read what is new, then make thumbnails")
        scanning.add_argument("name", nargs="?", metavar="NAME", help="else all libraries")
        scanning.add_argument("--no-pictures", action="store_true", help="make no thumbnails")
        scanning.add_argument("--watch", action="store_true", help="then follow changes until Ctrl-C")
        scanning.add_argument(
            "--every", type=minutes, default=EVERY_MINUTES, metavar="MINUTES", help="between full scans of --watch"
        )
        status = actions.add_parser("status", help="show what is known of each library")
        status.add_argument("name", nargs="?", metavar="NAME")
        status.add_argument("--unreadable", action="store_true", help="list all files that could not be read")
        moving = actions.add_parser("move", help="read another folder, to which the files were moved; works stay")
        moving.add_argument("name", metavar="NAME")
        moving.add_argument("folder", type=Path, metavar="FOLDER")
        moving.add_argument("--force", action="store_true", help="though few of its files lie there")
        trash = actions.add_parser("trash-missing", help="move works whose files are missing to the trash")
        trash.add_argument("name", metavar="NAME")
        trash.add_argument("--yes", action="store_true", help="do not ask")
        remove = actions.add_parser("remove", help="forget a library and its works; files stay where they are")
        remove.add_argument("name", metavar="NAME")
        remove.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, action: str, **options: Any) -> None:  # noqa: ANN401 - of the command line
        """Do one of the actions."""
        actions: dict[str, Callable[..., None]] = {
            "add": self.add,
            "scan": self.scan,
            "status": self.status,
            "move": self.move,
            "trash-missing": self.trash_missing,
            "remove": self.remove,
        }
        try:
            actions[action](**options)
        except KeyboardInterrupt:
            raise CommandError(
                "Interrupted; what was done is kept. Run it again to go on.", returncode=INTERRUPTED
            ) from None
        except Error as error:
            if (outage := outage_of(error)) is None:
                raise
            reason = str(error).strip().splitlines()[0]
            message = f"{outage.title} ({reason}); what was done is kept. Run it again to go on."
            raise CommandError(message, returncode=FAILED) from None

    def add(
        self,
        *,
        folder: Path,
        name: str,
        owner: str | None,
        private: bool | None,
        hide_prompts: bool,
        **_options: object,
    ) -> None:
        """Register a folder."""
        user = User.objects.filter(username__iexact=owner).first() if owner else None
        if owner and user is None:
            raise CommandError(f"There is no account {owner!r}: make it first, or leave --owner out.", returncode=WRONG)
        try:
            library = register(folder, name=name, owner=user, is_private=private, hides_prompts=hide_prompts)
        except FolderError as error:
            raise CommandError(str(error), returncode=WRONG) from None
        self.stdout.write(f"Added the library {library.name!r}: {library.folder}")
        self.stdout.write(f"Read it now: .venv/bin/python manage.py library scan {shlex.quote(library.name)}")

    def scan(
        self, *, name: str | None, no_pictures: bool, watch: bool, every: float, verbosity: int, **_options: object
    ) -> None:
        """Read libraries, then make thumbnails; or follow them."""
        libraries = self.open(name)
        if not libraries:
            raise CommandError("There is no library yet: manage.py library add FOLDER", returncode=WRONG)
        with Studio(limits=LIMITS) as readers, Studio() as painters:
            if watch:
                self.follow(name, readers, painters, every * 60)
                return
            codes = [self.read(library, readers, verbosity=verbosity) for library in libraries]
            if not no_pictures:
                self.paint(painters, verbosity=verbosity)
        if any(codes):
            raise CommandError("Not all was read; see above.", returncode=max(codes))

    def read(self, library: Library, studio: Studio, *, verbosity: int) -> int:
        """Read one library and report; return an exit status."""
        read_pass = ReadPass(library, studio, self.stderr.write, is_shown=verbosity > 0)
        try:
            scan(read_pass)
        except ScanRunsError:
            self.stderr.write(f"{library.name}: another scan is under way; this one did nothing.")
            return RUNS
        finally:
            for line in read_pass.report.lines() if read_pass.report.counts else []:
                self.stdout.write(f"{library.name}: {line}")
        if read_pass.report.is_offline:
            self.stderr.write(
                f"{library.name}: {library.folder} is away or empty, so the library is offline: nothing is missing, "
                "nothing was deleted. Mount it and scan again, or remove the library."
            )
        return FAILED if read_pass.report.is_offline or read_pass.report.counts["unreadable"] else 0

    def paint(self, studio: Studio, *, verbosity: int) -> None:
        """Make the thumbnails of all files that have none; another process that does so is waited for."""
        with wait_for_lock(PICTURES):
            pictures = PicturePass(studio, self.stderr.write, is_shown=verbosity > 0)
            try:
                pictures.run()
            finally:
                said = f"{pictures.counts['made']:,} pictures made"
                for kind, text in (("failed", "could not be made"), ("left", "left: their files were not there")):
                    said += f", {pictures.counts[kind]:,} {text}" if pictures.counts[kind] else ""
                self.stdout.write(said)

    def follow(self, name: str | None, readers: Studio, painters: Studio, every_seconds: float) -> None:
        """Follow libraries until Ctrl-C, which is how it is stopped."""
        watcher = Watcher(
            lambda: self.open(name),
            read_studio=readers,
            picture_studio=painters,
            say=self.tell,
            every_seconds=every_seconds,
        )
        self.tell("Following the libraries; Ctrl-C stops.")
        try:
            watcher.run()
        except KeyboardInterrupt:
            self.tell("Stopped; nothing is lost.")

    def tell(self, line: str) -> None:
        """Write a line at once, also to a log."""
        self.stdout.write(line)
        self.stdout.flush()

    def status(self, *, name: str | None, unreadable: bool, **_options: object) -> None:
        """Print what is known of libraries."""
        libraries = self.chosen(name)
        for library in libraries:
            for line in status_lines(library, is_every_reason=unreadable):
                self.stdout.write(line)
        if not libraries:
            self.stdout.write("There is no library yet: manage.py library add FOLDER")

    def move(self, *, name: str, folder: Path, force: bool, **_options: object) -> None:
        """Let a library read another folder."""
        library = self.chosen(name)[0]
        with self.not_scanned(library):
            try:
                move(library, folder, is_forced=force)
            except FolderError as error:
                raise CommandError(str(error), returncode=WRONG) from None
        library.refresh_from_db()
        self.stdout.write(f"{name}: reads {library.folder} from now on; no work has changed.")

    def trash_missing(self, *, name: str, yes: bool, verbosity: int, **_options: object) -> None:
        """Move works whose files are missing to the trash."""
        library = self.chosen(name)[0]
        with self.not_scanned(library):
            works = list(without_file(library).values_list("pk", flat=True))
            if not works:
                self.stdout.write(f"{name}: no work lacks its file, as far as the last scan knows.")
                return
            if not yes and not self.agrees(
                f"Move {len(works):,} works whose files are missing to the trash? {way_back(library)} [y/N] "
            ):
                raise CommandError("Nothing was moved.", returncode=FAILED)
            with Progress(len(works), " works", self.stderr.write, is_shown=verbosity > 0) as progress:
                moved = trash_without_file(library, works, progress.advance)
        self.stdout.write(f"{name}: moved {moved:,} works to the trash.")

    def remove(self, *, name: str, yes: bool, verbosity: int, **_options: object) -> None:
        """Forget a library."""
        library = self.chosen(name)[0]
        with self.not_scanned(library):
            works = only_here(library).count()
            places = LibraryFile.objects.filter(library=library, missing_since=None).count()
            if not yes and not self.agrees(
                f"Remove the library {name!r} and {works:,} works that lie nowhere else, with their likes and tags? "
                f"Its {places:,} files stay where they are. [y/N] "
            ):
                raise CommandError("Nothing was removed.", returncode=FAILED)
            with Progress(works + places, " rows", self.stderr.write, is_shown=verbosity > 0) as progress:
                unregister(library, progress.advance)
        self.stdout.write(f"Removed the library {name!r} and {works:,} works; its files are untouched.")

    @contextmanager
    def not_scanned(self, library: Library) -> Iterator[None]:
        """Keep scans of a library away. Raises CommandError if one is under way."""
        with try_lock(SCAN, library.pk) as is_free:
            if not is_free:
                raise CommandError(f"{library.name}: a scan is under way; stop it first.", returncode=RUNS)
            yield

    def agrees(self, question: str) -> bool:
        """Ask; without a terminal to answer on it is no."""
        try:
            return input(question).strip().lower() in ("y", "yes")
        except EOFError:
            return False

    def open(self, name: str | None) -> list[Library]:
        """Return the library of a name, or all that are read. Raises CommandError."""
        libraries = [library for library in self.chosen(name) if not library.is_closed]
        if name is not None and not libraries:
            raise CommandError(f"{name}: its owner closed the account, so it is read no more.", returncode=WRONG)
        return libraries

    def chosen(self, name: str | None) -> list[Library]:
        """Return the library of a name, or all. Raises CommandError."""
        libraries = Library.objects.select_related("owner").order_by("name")
        if name is None:
            return list(libraries)
        library = libraries.filter(name=name).first()
        if library is None:
            names = ", ".join(known.name for known in libraries) or "there is none"
            raise CommandError(f"There is no library {name!r}. Libraries: {names}", returncode=WRONG)
        return [library]
