"""What is known of each library, for `manage.py library status`."""

from collections.abc import Iterator

from django.db.models import Count, Q, QuerySet

from content.models import ContentItem
from libraries.reports import printable
from media.models import Library, LibraryFile

FIRST_REASONS = 3


def waiting_for(files: QuerySet[LibraryFile]) -> QuerySet:
    """Return the decoders that files wait for, each with the number of files."""
    waiting = files.filter(missing_since=None).exclude(media_file=None).exclude(media_file__waits_for="")
    return waiting.values_list("media_file__waits_for").annotate(Count("pk")).order_by("media_file__waits_for")


def status_lines(library: Library, *, is_every_reason: bool = False) -> Iterator[str]:
    """Yield some lines about a library. 5 queries."""
    files = LibraryFile.objects.filter(library=library)
    counts = files.aggregate(
        files=Count("pk", filter=Q(missing_since=None, error="")),
        unreadable=Count("pk", filter=~Q(error="")),
        missing=Count("pk", filter=Q(missing_since__isnull=False)),
        unpictured=Count("pk", filter=Q(missing_since=None, error="", media_file__pictured_at=None)),
    )
    works = ContentItem.objects.filter(library=library).count()
    kind = ("private, " if library.is_private else "") + ("prompts hidden, " if library.hides_prompts else "")
    owner = f"of {library.owner}, " if library.owner else ""
    yield f"{library.name}: {kind}{owner}{printable(library.folder)}"
    yield f"  {counts['files']:,} files, {works:,} works"
    for decoder, count in waiting_for(files):
        yield f"  {count:,} without a picture until {decoder} is installed; the next scan then makes it"
    for name, said in (
        ("missing", "missing: not found by the last scan"),
        ("unpictured", "still without thumbnails"),
    ):
        if counts[name]:
            yield f"  {counts[name]:,} {said}"
    if library.offline_since:
        yield f"  offline since {library.offline_since:%Y-%m-%d %H:%M}: the folder is away or empty, nothing is lost"
    scanned = f"{library.scanned_at:%Y-%m-%d %H:%M} UTC" if library.scanned_at else "never"
    yield f"  last scan: {scanned}" + ("" if library.scanned_at else f"; manage.py library scan {library.name}")
    if counts["unreadable"]:
        yield f"  {counts['unreadable']:,} could not be read:"
        reasons = files.exclude(error="").order_by("pk").values_list("path", "error")
        for path, error in reasons.iterator() if is_every_reason else reasons[:FIRST_REASONS]:
            yield f"    {printable(path)}: {error}"
        if not is_every_reason and counts["unreadable"] > FIRST_REASONS:
            yield "    ... all of them: manage.py library status --unreadable"
