"""The admin of generation jobs and workflows."""

from django.contrib import admin

from content.related_admin import UserAndItemAdmin
from generation.listings import GenerationJobListing
from generation.models import GenerationJob, Workflow
from generation.workflow_admin import WorkflowAdmin
from genonaut.large_admin import RelatedRowFilter, change_link

admin.site.register(Workflow, WorkflowAdmin)


@admin.register(GenerationJob)
class GenerationJobAdmin(UserAndItemAdmin):
    """Requests to generate items, and what became of them."""

    item_field = "result"
    sorts = GenerationJobListing.sorts
    list_display = ("__str__", "status", "user_link", "result_link", "created_at", "finished_at")
    list_select_related = ("user", "result")
    list_only = ("status", "job_type", "created_at", "finished_at", "user__username", "result__title")
    list_filter = ("status", "job_type", ("user", RelatedRowFilter), ("result", RelatedRowFilter))
    search_fields = ("id", "user", "result")
    search_help_text = "An id, a whole username, or item: and the id of the item that was made, as in item:42."

    autocomplete_fields = ("user", "result")
    record_fields = ("created_at",)
    # All of what the database's rules compare is in the form, so that a break of one is the form's error.
    fieldsets = (
        (None, {"fields": ("user", "job_type", "prompt", "parameters")}),
        ("Outcome", {"fields": ("status", "started_at", "finished_at", "result", "error")}),
    )

    @admin.display(description="result")
    def result_link(self, job: GenerationJob) -> str:
        """Return a link to the item that was made."""
        return change_link(job.result) if job.result else "–"
