"""The admin of workflows."""

import json

from django.conf import settings
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from generation.models import AutomaticWorks, Workflow
from generation.workflow_forms import WorkflowForm
from genonaut.large_admin import OwnParametersAdmin

GRAPH_SHOWN = 100_000


class WorkflowAdmin(OwnParametersAdmin):
    """Workflows: a handful. One that is in use is switched off, not deleted."""

    form = WorkflowForm
    list_display = ("title", "name", "output_type", "is_active", "updated_at")
    list_filter = ("is_active", "output_type")
    search_fields = ("name", "title")
    ordering = ("title", "pk")
    actions = ("offer", "withdraw")
    readonly_fields = ("current_graph", "created_at", "updated_at")
    fieldsets = (
        (None, {"fields": ("name", "title", "description", "output_type", "is_active")}),
        ("Graph", {"fields": ("file", "text", "current_graph", "read_graph")}),
        (None, {"fields": ("inputs",)}),
        ("Record", {"fields": ("created_at", "updated_at")}),
    )

    @admin.display(description="current graph")
    def current_graph(self, workflow: Workflow) -> str:
        """Return the graph as text, a node in each line; a very long one is cut."""
        if not workflow.graph:
            return "–"
        lines = [f"{json.dumps(key)}: {json.dumps(node, ensure_ascii=False)}" for key, node in workflow.graph.items()]
        text = "{\n" + ",\n".join(lines) + "\n}"
        shown = text if len(text) <= GRAPH_SHOWN else f"{text[:GRAPH_SHOWN]}…"
        return format_html('<pre class="graph" tabindex="0">{}</pre>', shown)

    def get_actions(self, request: HttpRequest) -> dict:
        """Return the actions without Django's deletion of many, which would load the jobs of each."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Return the rows that match; a term that PostgreSQL cannot hold matches none."""
        if "\0" in search_term:
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def has_delete_permission(self, request: HttpRequest, obj: Workflow | None = None) -> bool:
        """Return whether a workflow may be deleted: neither a job nor the automatic works refer to it."""
        is_used = obj is not None and (obj.jobs.exists() or AutomaticWorks.objects.filter(workflow=obj).exists())
        return not is_used and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: Workflow, form: WorkflowForm, change: bool) -> None:
        """Save a workflow, and say what was not looked at by staff or by a ComfyUI."""
        super().save_model(request, obj, form, change)
        if form.are_proposed:
            names = ", ".join(dict.fromkeys(each["name"] for each in obj.inputs)) or "none"
            self.message_user(request, f"These inputs were proposed from the graph: {names}. See that they are right.")
        if not settings.COMFYUI_URLS:
            note = "It is offered once COMFYUI_URLS names a ComfyUI; its classes and models could not be looked up."
            self.message_user(request, note, messages.WARNING)
        elif not form.was_looked_up:
            note = "No ComfyUI answered: its classes and models were not looked up."
            self.message_user(request, note, messages.WARNING)

    @admin.action(description="Offer", permissions=("change",))
    def offer(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> None:
        """Offer the selected workflows."""
        self._switch(request, queryset, is_active=True)

    @admin.action(description="Offer no longer", permissions=("change",))
    def withdraw(self, request: HttpRequest, queryset: QuerySet[Workflow]) -> None:
        """Offer the selected workflows no longer; their waiting jobs are still run."""
        self._switch(request, queryset, is_active=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Workflow], *, is_active: bool) -> None:
        said = "offered" if is_active else "offered no longer"
        for workflow in queryset:
            self.log_change(request, workflow, f"Now {said}.")
        count = queryset.update(is_active=is_active)
        self.message_user(request, f"{count} {'workflow is' if count == 1 else 'workflows are'} now {said}.")
