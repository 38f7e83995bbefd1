"""The panel of moderation: open reports."""

from django.db.models import Min

from genonaut.pagination.wording import total_text
from genonaut.status.counts import bounded_counts
from genonaut.status.durations import ago
from genonaut.status.panels import Contents, Fact
from moderation.models import Report


def reports_panel() -> Contents:
    """Return how many reports are open, and since when. Two queries along the queue's index."""
    waiting = Report.objects.filter(is_open=True)
    (total,) = bounded_counts([waiting])
    oldest = waiting.aggregate(oldest=Min("created_at"))["oldest"]
    address = "admin:moderation_report_changelist"
    return Contents(
        [
            Fact("Open reports", total_text(total), is_warning=total.count > 0, address=address),
            Fact("The oldest", ago(oldest) if oldest else "–"),
        ]
    )
