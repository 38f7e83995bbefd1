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
    """Yield some lines about a library. 6 queries, one more of a private one, and 2 more if files could not be read or
    have no picture."""
    files = LibraryFile.objects.filter(library=library)
    counts = files.aggregate(
        files=Count("pk", filter=Q(missing_since=None, error="")),
        missing=Count("pk", filter=Q(missing_since__isnull=False)),
        unpictured=Count("pk", filter=Q(missing_since=None, error="", media_file__pictured_at=None)),
    )
    works = ContentItem.objects.filter(library=library).count()
    kind = ("private, " if library.is_private else "") + ("prompts hidden, " if library.hides_prompts else "")
    owner = f"of {library.owner}, " if library.owner else ""
    yield f"{library.name}: {kind}{owner}{printable(library.folder)}"
    yield f"  {counts['files']:,} files, {works:,} works"
    if library.is_private and (public := ContentItem.objects.filter(library=library, is_private=False).count()):
        yield f"  {public:,} of its works are public: they were made so on the site, or their files moved here"
    for decoder, count in waiting_for(files):
        yield f"  {count:,} without a picture until {decoder} is installed; the next scan then makes it"
    for name, said in (
        ("missing", f"missing: not found by the last scan; their works stay (library trash-missing {library.name})"),
        ("unpictured", "still without thumbnails"),
    ):
        if counts[name]:
            yield f"  {counts[name]:,} {said}"
    if library.is_closed:
        yield "  its owner closed the account: it is read no more, its public works stay (library remove forgets both)"
    if library.offline_since:
        yield f"  offline since {library.offline_since:%Y-%m-%d %H:%M}: the folder is away or empty, nothing is lost"
    scanned = f"{library.scanned_at:%Y-%m-%d %H:%M} UTC" if library.scanned_at else "never"
    yield f"  last scan: {scanned}" + ("" if library.scanned_at else f"; manage.py library scan {library.name}")
    pictureless = files.filter(missing_since=None, media_file__waits_for="").exclude(media_file__picture_error="")
    for said, rows in (
        ("could not be read", files.exclude(error="").values_list("path", "error")),
        ("read, but without a picture", pictureless.values_list("path", "media_file__picture_error")),
    ):
        yield from _reasons(said, rows.order_by("pk"), is_every_reason=is_every_reason)


def _reasons(said: str, rows: QuerySet, *, is_every_reason: bool) -> Iterator[str]:
    """Yield how many files there are, and the reasons of the first or of all."""
    count = rows.count()
    if count:
        yield f"  {count:,} {said}:"
    for path, error in rows.iterator() if is_every_reason else rows[:FIRST_REASONS]:
        yield f"    {printable(path)}: {error}"
    if not is_every_reason and count > FIRST_REASONS:
        yield "    ... all of them: manage.py library status --unreadable"
