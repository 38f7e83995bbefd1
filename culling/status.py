"""The panel of bulk tasks: what is under way, and how far."""

from django.db.models import F

from culling.models import UNFINISHED, BulkTask
from genonaut.pagination.wording import total_text
from genonaut.status.counts import bounded_counts
from genonaut.status.durations import ago
from genonaut.status.panels import Contents, Fact, Table

MOST_TASKS = 20


def bulk_tasks_panel() -> Contents:
    """Return the unfinished tasks, those that were worked on longest ago first. Two queries along their index."""
    unfinished = BulkTask.objects.filter(status__in=UNFINISHED)
    (total,) = bounded_counts([unfinished])
    tasks = unfinished.order_by(F("worked_at").asc(nulls_first=True), "id").defer("ids")[:MOST_TASKS]
    rows = [
        (str(task.pk), task.action, task.status, f"{task.met:,} of {task.total:,}", ago(task.worked_at))
        for task in tasks
    ]
    facts = [Fact("Unfinished", total_text(total), address="admin:culling_bulktask_changelist")]
    return Contents(facts, [Table("Bulk tasks", ("Task", "Action", "Status", "Works", "Worked on"), rows)])
