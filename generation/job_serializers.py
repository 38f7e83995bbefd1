"""Generation jobs as the API shows them, and the bodies that ask for them and cancel them."""

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from content.item_fields import SeedField
from content.models import ContentItem, ContentType
from content.references import ItemField
from generation import jobs
from generation.api_requests import MOST_VARIANTS
from generation.models import GenerationJob, JobOutput, Status
from generation.workflows import BUILT_IN
from genonaut.api.fields import (
    IdsField,
    JSONObjectField,
    LongTextField,
    ReadsAllFields,
    StrictSerializer,
    TextsField,
    TrueFalseField,
    TrueField,
)
from genonaut.whole_numbers import DIGITS
from users.models import User

MOST_CANCELLED = 1_000
# What was asked for, which stays.
FIXED = ("job_type", "prompt", "negative_prompt", "workflow", "parameters", "parent", "publishes")
HEAVY = ("title", "prompt", "data", "metadata", "tags", "search_words")
PROBLEM_OR_NULL = {"anyOf": [{"$ref": "#/components/schemas/Problem"}, {"type": "null"}]}
IDS = {"type": "array", "items": {"type": "integer"}}


def with_details(rows: QuerySet, viewer: User | AnonymousUser) -> QuerySet:
    """Load all that is shown of jobs, with the works that they made as far as the viewer sees them, in one query."""
    seen = ContentItem.objects.visible_to(viewer).filter(pk=OuterRef("item_id"))
    made = JobOutput.objects.filter(job=OuterRef("pk"), item__in=seen.values("pk")).order_by("position")
    loaded = rows.select_related("user", "result", "parent", "workflow", "attempt").annotate(
        output_ids=ArraySubquery(made.values("item_id")), has_preview=Q(attempt__preview__isnull=False)
    )
    items = (f"{reference}__{name}" for reference in ("result", "parent") for name in HEAVY)
    return loaded.defer(*items, "attempt__preview", "workflow__graph", "workflow__inputs")


class ProgressSerializer(serializers.Serializer):
    """The progress of a job. `position`: jobs that are taken before it while it waits, 1,000 at most, then those in its
    backend's queue. `preview`: the address of a picture."""

    fraction = serializers.FloatField(allow_null=True, min_value=0, max_value=1)
    position = serializers.IntegerField(allow_null=True, min_value=0)
    attempts = serializers.IntegerField(min_value=0)
    preview = serializers.URLField(allow_null=True)


def progress_of(job: GenerationJob) -> dict[str, Any]:
    """Return how far a job loaded with its attempt is; the preview by its path. One query while it waits, else none."""
    if job.status == Status.COMPLETED:
        return {"fraction": 1.0, "position": None, "attempts": job.attempts, "preview": None}
    if job.status != Status.RUNNING or getattr(job, "attempt", None) is None:
        return {"fraction": None, "position": jobs.position(job), "attempts": job.attempts, "preview": None}
    attempt = job.attempt
    preview = attempt.preview_path if job.has_preview else None
    shown = {"fraction": attempt.fraction, "position": attempt.position}
    return {**shown, "attempts": job.attempts, "preview": preview}


class JobCardSerializer(StrictSerializer):
    """A job in the list."""

    username = serializers.CharField(source="user.username", read_only=True)
    result = ItemField(read_only=True)

    class Meta:
        model = GenerationJob
        fields = (
            "id",
            "user",
            "username",
            "job_type",
            "status",
            "is_paused",
            "batch",
            "result",
            "created_at",
            "started_at",
            "finished_at",
        )


class JobSerializer(JobCardSerializer):
    """All of a job. A client writes `"status": "cancelled"` and nothing else."""

    workflow = serializers.SerializerMethodField()
    parent = ItemField(read_only=True)
    progress = serializers.SerializerMethodField()
    outputs = serializers.SerializerMethodField()
    error = serializers.SerializerMethodField()

    class Meta(JobCardSerializer.Meta):
        fields = (
            *JobCardSerializer.Meta.fields,
            *("prompt", "negative_prompt", "workflow", "parameters", "parent", "publishes"),
            *("number", "progress", "outputs", "left_out", "error"),
        )
        read_only_fields = (
            *("user", "is_paused", "batch", "number", "result", "left_out", "created_at", "started_at", "finished_at"),
            *FIXED,
        )

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields: of a job that is there the status alone is written, and what that may become."""
        fields = super().get_fields()
        if self.instance is not None and not isinstance(self.instance, list):
            fields["status"].help_text = "`cancelled`, or as it is."
            # The schema describes every job, by one that is not there.
            allowed = {self.instance.status, Status.CANCELLED} if self.instance.pk else set(Status)
            fields["status"].choices = [choice for choice in Status.choices if choice[0] in allowed]
        return fields

    @extend_schema_field(str)
    def get_workflow(self, job: GenerationJob) -> str:
        """Return the name of the workflow."""
        return BUILT_IN.name if job.workflow is None else job.workflow.name

    @extend_schema_field(ProgressSerializer)
    def get_progress(self, job: GenerationJob) -> dict[str, Any]:
        """Return how far the job is."""
        shown = progress_of(job)
        preview = shown["preview"] and self.context["request"].build_absolute_uri(shown["preview"])
        return {**shown, "preview": preview}

    @extend_schema_field(IDS)
    def get_outputs(self, job: GenerationJob) -> list[int]:
        """Return the ids of the works that it made and the viewer sees, its result first."""
        return job.output_ids

    @extend_schema_field(PROBLEM_OR_NULL)
    def get_error(self, job: GenerationJob) -> dict[str, Any] | None:
        """Return why the job failed, as errors of the API are; None if it did not."""
        if not job.error:
            return None
        # Of no request, so that it has no id of one.
        return {"type": "about:blank", "title": "Generation failed", "status": 500, "detail": job.error}


class SeedsField(TextsField):
    """A seed for each variant, none if they are to be drawn; in a form one in each line."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(child=SeedField(), max_length=MOST_VARIANTS, max_text_length=DIGITS, **kwargs)


class NewJobSerializer(JobSerializer):
    """A request: for one job, or for as many as `count` or `seeds` say."""

    prompt = LongTextField(max_length=10_000)
    negative_prompt = LongTextField(max_length=10_000, required=False, allow_blank=True)
    workflow = serializers.CharField(
        max_length=60, required=False, help_text=f"A name of /api/v1/workflows/; `{BUILT_IN.name}` if there is none."
    )
    parameters = JSONObjectField(required=False, help_text="Values of the workflow's inputs; `seed` as number or text.")
    parent = ItemField(queryset=ContentItem.objects.none(), required=False, allow_null=True)
    publishes = TrueFalseField(
        required=False, initial=False, help_text="The works are shown to all once they are made."
    )
    count = serializers.IntegerField(
        min_value=1, max_value=MOST_VARIANTS, required=False, write_only=True, help_text="Seeds count up from `seed`."
    )
    seeds = SeedsField(required=False, write_only=True)

    class Meta(JobSerializer.Meta):
        fields = (*JobSerializer.Meta.fields, "count", "seeds")
        read_only_fields = (*(name for name in JobSerializer.Meta.read_only_fields if name not in FIXED), "status")
        extra_kwargs = {
            "job_type": {"required": False, "initial": ContentType.IMAGE, "help_text": "What the workflow makes."}
        }

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields; a job may be made of a work that the viewer sees."""
        fields = super().get_fields()
        fields["parent"].queryset = ContentItem.objects.visible_to(self.context["request"].user).only("pk")
        return fields


class NoFieldsSerializer(ReadsAllFields, serializers.Serializer):
    """A body that says nothing: there may be none."""


class JobsToCancelSerializer(ReadsAllFields, serializers.Serializer):
    """The jobs to cancel, named in one of three ways."""

    ids = IdsField(max_length=MOST_CANCELLED, required=False)
    batch = serializers.UUIDField(required=False)
    waiting = TrueField(required=False, help_text="`true`: all of one's own that wait.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the body. Raises ValidationError unless exactly one way is named."""
        if len(attrs) != 1 or attrs.get("waiting") is False:
            raise serializers.ValidationError("Name either ids, or a batch, or say that waiting is true.")
        return attrs


class CancelledSerializer(serializers.Serializer):
    """The number of cancelled jobs, without those that had ended."""

    cancelled = serializers.IntegerField(min_value=0)
