"""The admin of generation jobs: looked at, and steered by actions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest

from content.related_admin import UserAndItemAdmin
from generation import jobs, quotas
from generation.listings import GenerationJobListing
from generation.models import Attempt, GenerationJob
from genonaut.large_admin import RelatedRowFilter, change_link, logged_changes
from genonaut.large_admin.fields import PageActionForm

MOST_PRIORITY = 100
PRIORITY_RULE = f"Enter a priority from -{MOST_PRIORITY} to {MOST_PRIORITY}: higher is sooner."
FIELDS = (
    *("user", "job_type", "workflow", "prompt", "negative_prompt", "parameters", "parent", "publishes"),
    *("is_automatic", "batch", "number"),
)
OUTCOME = ("status", "is_paused", "priority", "started_at", "finished_at", "result", "error")
# What actions change.
STATE = ("status", "is_paused", "priority")
ATTEMPT = ("attempts", "worker", "backend", "sent_at", "heartbeat_at", "fraction")


PRIORITIES = forms.IntegerField(min_value=-MOST_PRIORITY, max_value=MOST_PRIORITY)


class JobActionForm(PageActionForm):
    """An action, and the priority that one of them sets."""

    # Text, so that a wrong one is said of the action that reads it: an action whose form is wrong is passed over.
    priority = forms.CharField(required=False, label="Priority", widget=forms.NumberInput)


def of_attempt(name: str) -> Callable[[Any, GenerationJob], Any]:
    """Return a column that shows a field of a job's live attempt."""

    @admin.display(description=name.replace("_at", "").replace("heartbeat", "last heartbeat"))
    def shown(_self: object, job: GenerationJob) -> Any:  # noqa: ANN401 - of the field
        value = getattr(job.live_attempt, name, None)
        return "–" if value in (None, "") else value

    return shown


class GenerationJobAdmin(UserAndItemAdmin):
    """Requests to generate items, and what became of them. Jobs are asked for on the site, and ended by workers."""

    item_field = "result"
    sorts = GenerationJobListing.sorts
    list_display = (
        "__str__",
        "status",
        "is_paused",
        "priority",
        "user_link",
        "result_link",
        "created_at",
        "finished_at",
    )
    list_select_related = ("user", "result")
    list_only = (
        *("status", "is_paused", "priority", "job_type", "created_at", "finished_at"),
        *("user__username", "result__title"),
    )
    list_filter = ("status", "job_type", ("user", RelatedRowFilter), ("result", RelatedRowFilter))
    search_fields = ("id", "user", "result")
    search_help_text = "An id, a whole username, or item: and the id of the item that was made, as in item:42."
    action_form = JobActionForm
    actions = ("cancel", "pause", "resume", "retry", "set_priority")

    record_fields = ("created_at",)
    fieldsets = (
        (None, {"fields": FIELDS}),
        ("Outcome", {"fields": OUTCOME}),
        ("Attempt", {"fields": ATTEMPT}),
    )
    readonly_fields = (*FIELDS, *OUTCOME, *ATTEMPT)

    worker = of_attempt("worker")
    backend = of_attempt("backend")
    sent_at = of_attempt("sent_at")
    heartbeat_at = of_attempt("heartbeat_at")
    fraction = of_attempt("fraction")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: a job that is asked for has a seed, a turn and a token."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: GenerationJob | None = None) -> bool:
        """Return False: a form would write over what a worker has written meanwhile."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: GenerationJob | None = None) -> bool:
        """Return whether jobs are looked at."""
        return self.has_steer_permission(request) or super().has_view_permission(request, obj)

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Return whether the actions are offered."""
        return super().has_change_permission(request)

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> GenerationJob | None:
        """Return the job of a page, with its live attempt."""
        job = super().get_object(request, object_id, from_field)
        if job is not None:
            job.live_attempt = Attempt.objects.filter(job=job).defer("preview").first()
        return job

    @admin.display(description="result")
    def result_link(self, job: GenerationJob) -> str:
        """Return a link to the item that was made."""
        return change_link(job.result) if job.result else "–"

    @admin.action(description="Cancel", permissions=["steer"])
    def cancel(self, request: HttpRequest, chosen: QuerySet) -> None:
        """Cancel pending and running jobs."""
        self.at_once(request, chosen, jobs.cancel_many, "cancelled")

    @admin.action(description="Pause", permissions=["steer"])
    def pause(self, request: HttpRequest, chosen: QuerySet) -> None:
        """Pause pending jobs."""
        self.each(request, chosen, jobs.pause, "paused")

    @admin.action(description="Resume", permissions=["steer"])
    def resume(self, request: HttpRequest, chosen: QuerySet) -> None:
        """Put paused jobs back into the queue."""
        self.each(request, chosen, jobs.resume, "waiting again")

    @admin.action(description="Ask again", permissions=["steer"])
    def retry(self, request: HttpRequest, chosen: QuerySet) -> None:
        """Retry failed and cancelled jobs, for the same users."""
        self.each(request, chosen.select_related("user", "workflow", "parent"), jobs.retry, "asked for again")

    @admin.action(description="Set the priority", permissions=["steer"])
    def set_priority(self, request: HttpRequest, chosen: QuerySet) -> None:
        """Set the priority of pending jobs to the one entered beside the action."""
        try:
            priority = PRIORITIES.clean(request.POST.get("priority"))
        except ValidationError:
            self.message_user(request, PRIORITY_RULE, messages.ERROR)
            return
        self.at_once(request, chosen, partial(jobs.set_priority, priority=priority), f"at priority {priority}")

    def at_once(
        self, request: HttpRequest, chosen: QuerySet, act: Callable[[QuerySet[GenerationJob]], int], outcome: str
    ) -> None:
        """Do something with all jobs whose state allows it, in one transaction."""
        rows = GenerationJob.objects.only("job_type").filter(pk__in=list(chosen.values_list("pk", flat=True)))
        with logged_changes(request, rows, STATE, f"{outcome.capitalize()}."):
            count = act(rows)
        self.tell(request, count, outcome)

    def each(self, request: HttpRequest, chosen: QuerySet, act: Callable[[GenerationJob], Any], outcome: str) -> None:
        """Do something with one job after the other; those whose state or quota forbids it are left."""
        done, left = 0, ""
        for job in chosen.order_by("pk"):
            try:
                with transaction.atomic():
                    act(job)
                    self.log_change(request, job, f"{outcome.capitalize()}.")
                done += 1
            except (jobs.JobStateError, quotas.QuotaError) as error:
                left = str(error)
        self.tell(request, done, outcome)
        if left:
            self.message_user(request, f"The others were left as they are. {left}", messages.WARNING)

    def tell(self, request: HttpRequest, count: int, outcome: str) -> None:
        """Add a message for the next page."""
        jobs_text = "1 job is" if count == 1 else f"{count:,} jobs are"
        self.message_user(request, f"{jobs_text} {outcome}.")
