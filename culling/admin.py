"""The admin of bulk tasks: looked at, and not changed here."""

from django.contrib import admin

from culling.models import BulkTask
from users.access_admin import OfUserAdmin


@admin.register(BulkTask)
class BulkTaskAdmin(OfUserAdmin):
    """What people have done to many works at once."""

    list_display = ("__str__", "user_link", "status", "works", "unchanged", "created_at", "finished_at")
    list_only = (
        *("action", "user__username", "status", "total", "changed", "unchanged", "refused"),
        *("created_at", "finished_at"),
    )
    fields = (
        *("action", "value", "query", "user_link", "status", "works", "unchanged", "refused", "undoes_id"),
        *("created_at", "started_at", "worked_at", "finished_at"),
    )

    @admin.display(description="changed")
    def works(self, task: BulkTask) -> str:
        """Return how many works it has changed, of those that it is expected to meet."""
        return f"{task.changed:,} of {task.total:,}"

    @admin.display(description="undoes task")
    def undoes_id(self, task: BulkTask) -> str:
        """Return the id of the task that it undoes."""
        return "–" if task.undoes_id is None else str(task.undoes_id)
