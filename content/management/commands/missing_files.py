"""`manage.py missing_files`: works whose file is not where the database says, after a restore, say."""

import hashlib
import sys

from django.core.management.base import BaseCommand, CommandError, CommandParser

from content.models import ContentItem
from genonaut.database.batches import in_batches
from genonaut.progress import Progress
from media.files import FileGoneError, open_original
from media.models import MediaFile

SHOWN_WORKS = 20


class Command(BaseCommand):
    """Names contents that lie nowhere, and the works that show them. Ends with 1 if there are any."""

    help = (
        "Look for the file of each content, in the storage of uploads and in libraries that are online. Name those "
        "that are not there or have another size, with their works. It changes nothing. Ends with 1 if any is missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the way to read files whole."""
        parser.add_argument("--hash", action="store_true", help="read each file, and compare its SHA-256")

    def handle(self, *, hash: bool, verbosity: int, **_options: object) -> None:
        """Look at all contents, in batches. Raises CommandError if any is missing."""
        files = MediaFile.objects.all()
        missing = 0
        try:
            with Progress(files.count(), " files", self.say, is_shown=verbosity > 0) as progress:
                for batch in in_batches(files, "id"):
                    for media_file in batch:
                        if (reason := what_is_wrong(media_file, is_read=hash)) is not None:
                            missing += 1
                            progress.say(f"{media_file.hex} {media_file.stored_as or '(in libraries)'}: {reason}")
                            progress.say(f"    {works_of(media_file)}")
                    progress.advance(len(batch))
        except KeyboardInterrupt:
            raise CommandError("Interrupted.", returncode=130) from None
        if missing:
            raise CommandError(f"Files that are missing or changed: {missing:,}.", returncode=1)
        self.say("Every file is there.")

    def say(self, line: str) -> None:
        """Write a line at once."""
        self.stdout.write(line)
        sys.stdout.flush()


def what_is_wrong(media_file: MediaFile, *, is_read: bool) -> str | None:
    """Return why a content cannot be shown; None if it can. At most one query."""
    try:
        with open_original(media_file).file as file:
            if is_read and hashlib.file_digest(file, "sha256").hexdigest() != media_file.hex:
                return "Its bytes have changed."
    except FileGoneError as error:
        return str(error)
    except OSError as error:
        return f"It cannot be read: {error.strerror or error}."
    return None


def works_of(media_file: MediaFile) -> str:
    """Return the ids of a content's works, the first of them. One query."""
    ids = list(
        ContentItem.objects.filter(media_file=media_file).order_by("pk").values_list("pk", flat=True)[:SHOWN_WORKS]
    )
    more = " ..." if len(ids) == SHOWN_WORKS else ""
    return f"works: {', '.join(map(str, ids)) or 'none'}{more}"
