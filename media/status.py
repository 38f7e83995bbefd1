"""The panel of files: how many there are and what they take, from the catalog and a bounded sample."""

from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.template.defaultfilters import filesizeformat

from genonaut.pagination.totals import COUNT_BUDGET, Total, TotalKind
from genonaut.pagination.wording import total_text
from genonaut.status.counts import bounded_counts
from genonaut.status.panels import Contents, Fact
from media.models import MediaFile
from media.thumbnails import GRID, thumbnail_path

# Pages of the table in the sample, spread over all of it.
SAMPLED_PAGES = 200
# The newest files, whose thumbnails are looked at.
SAMPLED_FILES = 50

TABLE = "SELECT relpages, reltuples FROM pg_class WHERE oid = %s::regclass"
SAMPLE = f"""
SELECT count(*), coalesce(avg(size), 0)::float8, coalesce(avg(CASE WHEN stored_as = '' THEN 0 ELSE size END), 0)::float8
FROM (SELECT size, stored_as FROM {MediaFile._meta.db_table} TABLESAMPLE SYSTEM (%s) LIMIT {COUNT_BUDGET}) AS sampled
"""  # noqa: S608 - of what stands above


@dataclass(frozen=True)
class Sizes:
    """How many files there are, and the mean bytes of one, in all and as far as they are stored by the site."""

    files: Total
    mean: float
    mean_stored: float

    def about(self, mean: float) -> str:
        """Return the size of all files, if one has so many bytes on average."""
        mark = "" if self.files.is_exact else "about "
        return mark + filesizeformat(mean * self.files.count)


def files_panel() -> Contents:
    """Return numbers and sizes. Four queries; of the thumbnails of the newest files the sizes are read."""
    sizes = sample_sizes()
    (waiting,) = bounded_counts([MediaFile.objects.filter(pictured_at=None)])
    facts = [
        Fact("Files", total_text(sizes.files), address="admin:media_mediafile_changelist"),
        Fact("Their size", sizes.about(sizes.mean)),
        Fact("Of it uploaded or made here", sizes.about(sizes.mean_stored)),
        Fact("Their thumbnails", f"about {filesizeformat(thumbnails_of_one() * sizes.files.count)}"),
        Fact("Without thumbnails yet", total_text(waiting)),
    ]
    return Contents(facts)


def sample_sizes() -> Sizes:
    """Return the sizes by a sample of SAMPLED_PAGES; exact if all files are in it. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE, [MediaFile._meta.db_table])
        pages, tuples = cursor.fetchone()
        percent = min(100.0, 100.0 * SAMPLED_PAGES / max(pages, 1))
        cursor.execute(SAMPLE, [percent])
        sampled, mean, mean_stored = cursor.fetchone()
    if percent == 100.0 and sampled < COUNT_BUDGET:
        return Sizes(Total(sampled, TotalKind.EXACT), mean, mean_stored)
    return Sizes(Total(max(round(tuples), sampled), TotalKind.ESTIMATE), mean, mean_stored)


def thumbnails_of_one() -> float:
    """Return the mean bytes of the thumbnails of a file, of the newest SAMPLED_FILES. One query by the primary key."""
    newest = list(MediaFile.objects.order_by("-id").only("sha256")[:SAMPLED_FILES])
    sizes = [size_of(thumbnail_path(file.hex, width)) for file in newest for width in GRID]
    return sum(sizes) / max(len(newest), 1)


def size_of(path: Path) -> int:
    """Return the bytes of a file; none if it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
