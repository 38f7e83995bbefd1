"""The panel of libraries: when each was read last, and what could not be read."""

from django.db.models import Q, QuerySet

from genonaut.pagination.wording import total_text
from genonaut.status.counts import bounded_counts
from genonaut.status.durations import ago
from genonaut.status.panels import Contents, Fact, Table
from media.models import Library, LibraryFile

# The newest, if there are more.
MOST_LIBRARIES = 30


def libraries_panel() -> Contents:
    """Return the newest libraries, with counts of their faults by indexes. Two queries."""
    libraries = list(Library.objects.order_by("-id").only("name", "scanned_at", "offline_since")[:MOST_LIBRARIES])
    faults = [queryset for library in libraries for queryset in (unreadable_of(library), missing_of(library))]
    total, *counts = bounded_counts([Library.objects.all(), *faults])
    offline = [library.name for library in libraries if library.offline_since]
    facts = [
        Fact("Libraries", total_text(total), address="admin:media_library_changelist"),
        Fact("Offline", ", ".join(offline) or "none", is_warning=bool(offline)),
        Fact("Files that could not be read", f"{sum(count.count for count in counts[::2]):,}"),
    ]
    rows = [
        (library.name, ago(library.scanned_at), total_text(unreadable), total_text(missing))
        for library, unreadable, missing in zip(libraries, counts[::2], counts[1::2], strict=True)
    ]
    return Contents(facts, [Table("Libraries", ("Library", "Read", "Unreadable", "Missing"), rows)])


def unreadable_of(library: Library) -> QuerySet[LibraryFile]:
    """Return the files of a library that could not be read."""
    return LibraryFile.objects.filter(~Q(error=""), library=library)


def missing_of(library: Library) -> QuerySet[LibraryFile]:
    """Return the files of a library that are no longer where they were."""
    return LibraryFile.objects.filter(library=library, missing_since__isnull=False)
