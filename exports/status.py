"""The panel of exports: what workers have still to make."""

from exports.models import Export
from genonaut.pagination.wording import total_text
from genonaut.status.counts import bounded_counts
from genonaut.status.durations import ago
from genonaut.status.panels import Contents, Fact, Table

MOST_EXPORTS = 20


def exports_panel() -> Contents:
    """Return the open exports, the oldest first. Two queries along their index."""
    unfinished = Export.objects.filter(finished_at=None)
    (total,) = bounded_counts([unfinished])
    exports = unfinished.order_by("created_at").only("total", "works", "created_at")[:MOST_EXPORTS]
    rows = [(f"{export.works:,} of {export.total:,}", ago(export.created_at)) for export in exports]
    facts = [Fact("Unfinished", total_text(total), address="admin:exports_export_changelist")]
    return Contents(facts, [Table("Exports", ("Works", "Asked for"), rows)])
