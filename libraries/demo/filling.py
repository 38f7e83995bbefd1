"""The demo of an empty database: its library, and the files in it."""

from collections.abc import Callable
from concurrent.futures import as_completed
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from content.models import ContentItem
from genonaut.progress import Progress
from libraries.demo.files import made_at, path_of, write_file
from libraries.folders import register
from libraries.picture_pass import unpictured
from media.models import Library, LibraryFile
from media.pictures.studio import Studio

NAME = "Demo"


def add() -> Library | None:
    """Register the demo's folder if there is neither a work nor a library; return the library if it was."""
    if settings.DEMO_FILES == 0 or Library.objects.exists() or ContentItem.objects.exists():
        return None
    Path(settings.DEMO_DIR).mkdir(parents=True, exist_ok=True)
    return register(settings.DEMO_DIR, name=NAME)


def unfinished() -> Library | None:
    """Return the demo's library if it was not read, or pictures of it are missing; else None.

    Once it is finished, its files are left alone, also if the folder is changed or deleted.
    """
    library = Library.objects.filter(folder=str(Path(settings.DEMO_DIR).resolve())).first()
    if library is None:
        return None
    places = LibraryFile.objects.filter(library=library).values("media_file")
    if library.scanned_at and not unpictured().filter(pk__in=places).exists():
        return None
    return library


def write_missing(studio: Studio, say: Callable[[str], object], *, is_shown: bool) -> None:
    """Write the files that are not there yet, by several processes. Raises OSError or a PictureError."""
    folder, count, now = Path(settings.DEMO_DIR), settings.DEMO_FILES, timezone.now()
    missing = [number for number in range(count) if not (folder / path_of(number)).exists()]
    with Progress(len(missing), " demo files", say, is_shown=is_shown and len(missing) > 0) as progress:
        written = [
            studio.submit(write_file, str(folder), number, made_at(number, count, now).timestamp())
            for number in missing
        ]
        for future in as_completed(written):
            future.result()
            progress.advance(1)
