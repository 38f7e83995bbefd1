"""Requests to generate an item, and what became of them."""

from django.db.models import (
    CASCADE,
    SET_NULL,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    Manager,
    Model,
    Q,
    TextChoices,
    TextField,
)
from django.utils import timezone

from content.models import ContentItem, ContentType
from genonaut.moments import in_calendar
from genonaut.ranking import Rankings
from users.models import User
from users.querysets import OwnedQuerySet


class Status(TextChoices):
    """How far a job has come."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


# What lists filter on and the ranking counts by.
FACETS = ["status", "job_type"]
FINISHED = (Status.COMPLETED, Status.FAILED, Status.CANCELLED)


class GenerationJob(Model):
    """One request to generate one item. It outlives the item that it made."""

    user = ForeignKey(User, CASCADE, related_name="generation_jobs", db_index=False)
    job_type = CharField("type", max_length=5, choices=ContentType)
    prompt = TextField(max_length=10_000)
    parameters = JSONField(default=dict, blank=True)
    status = CharField(max_length=9, choices=Status, default=Status.PENDING)
    result = ForeignKey(ContentItem, SET_NULL, null=True, blank=True, related_name="generation_jobs", db_index=False)
    error = TextField(blank=True)
    created_at = DateTimeField(default=timezone.now, editable=False)
    started_at = DateTimeField(null=True, blank=True)
    finished_at = DateTimeField(null=True, blank=True)

    objects = Manager.from_queryset(OwnedQuerySet)()

    rankings = Rankings(
        orders={"newest": ("created_at", "id")},
        facets=tuple(FACETS),
        unwatched=("prompt", "parameters", "error"),
    )

    class Meta:
        indexes = [
            # A user's own jobs, newest first.
            Index("user", "created_at", "id", name="job_user_newest"),
            # A user's own by status, by type or by both: a list that leaves one of them open merges one run of the
            # index for each of its few values (Listing.facets).
            Index("user", "status", "job_type", "created_at", "id", name="job_user_facets_newest"),
            # Staff's list and the admin's, and what the ranking is counted along (the facets lie in the index, so that
            # the table itself is left alone).
            Index("created_at", "id", include=FACETS, name="job_all_newest"),
            # The same by status, by type or by both, as a user's own.
            Index("status", "job_type", "created_at", "id", name="job_facets_newest"),
            # The jobs whose result is being deleted.
            Index("result", condition=Q(result__isnull=False), name="job_result"),
        ]
        constraints = [
            CheckConstraint(condition=Q(job_type__in=ContentType.values), name="job_type_known"),
            CheckConstraint(condition=Q(status__in=Status.values), name="job_status_known"),
            CheckConstraint(condition=~Q(prompt=""), name="job_prompt_not_empty"),
            # A job is finished exactly when it says when; one that ran says when it began.
            CheckConstraint(
                condition=Q(status__in=FINISHED, finished_at__isnull=False)
                | (~Q(status__in=FINISHED) & Q(finished_at__isnull=True)),
                name="job_finished_at_with_final_status",
            ),
            CheckConstraint(
                condition=~Q(status__in=(Status.RUNNING, Status.COMPLETED)) | Q(started_at__isnull=False),
                name="job_started_at_once_running",
            ),
            CheckConstraint(
                condition=Q(finished_at__isnull=True)
                | Q(started_at__isnull=True)
                | Q(finished_at__gte=F("started_at")),
                name="job_times_in_order",
            ),
            CheckConstraint(
                condition=(Q(status=Status.FAILED) & ~Q(error="")) | (~Q(status=Status.FAILED) & Q(error="")),
                name="job_error_only_with_failed",
            ),
            # A completed job whose result was deleted keeps its status; no other has a result.
            CheckConstraint(
                condition=Q(result__isnull=True) | Q(status=Status.COMPLETED), name="job_result_only_with_completed"
            ),
            CheckConstraint(
                condition=in_calendar("created_at", "started_at", "finished_at"), name="job_times_in_calendar"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job_type} #{self.pk}"
