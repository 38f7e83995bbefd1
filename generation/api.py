"""The generation jobs endpoint: ask for an item, follow the job, cancel it."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers, status
from rest_framework.exceptions import APIException
from rest_framework.permissions import IsAuthenticated

from content.references import ItemField
from generation import jobs
from generation.listings import GenerationJobListing
from generation.models import FINISHED, GenerationJob, Status
from genonaut.api.fields import JSONObjectField, LongTextField, StrictSerializer
from genonaut.api.viewsets import ListingViewSet


class Conflict(APIException):
    """The job's state forbids this."""

    status_code = status.HTTP_409_CONFLICT


class JobCardSerializer(StrictSerializer):
    """What the list shows of a job."""

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
            "result",
            "created_at",
            "started_at",
            "finished_at",
        )


class JobSerializer(JobCardSerializer):
    """All of a job. A client writes what is to be made, and later `"status": "cancelled"` and nothing else."""

    prompt = LongTextField(max_length=10_000)
    parameters = JSONObjectField(required=False)

    class Meta(JobCardSerializer.Meta):
        fields = (*JobCardSerializer.Meta.fields, "prompt", "parameters", "error")
        read_only_fields = ("user", "result", "error", "created_at", "started_at", "finished_at")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields: what is to be made is fixed once asked for, the status until then."""
        fields = super().get_fields()
        if self.instance is None:
            fields["status"].read_only = True
        else:
            for name in ("job_type", "prompt", "parameters"):
                fields[name].read_only = True
            fields["status"].help_text = "`cancelled`, or as it is."
            # The schema describes every job, by one that is not there.
            allowed = {self.instance.status, Status.CANCELLED} if self.instance.pk else set(Status)
            fields["status"].choices = [choice for choice in Status.choices if choice[0] in allowed]
        return fields

    def update(self, instance: GenerationJob, validated_data: dict[str, Any]) -> GenerationJob:
        """Cancel the job. Raises Conflict when it is finished."""
        if validated_data.get("status") == Status.CANCELLED:
            try:
                jobs.cancel(instance)
            except jobs.JobStateError as error:
                raise Conflict(str(error)) from error
        return instance


class GenerationJobViewSet(ListingViewSet):
    """One's own generation jobs; staff see all."""

    listing = GenerationJobListing
    serializer_class = JobSerializer
    list_serializer_class = JobCardSerializer
    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet:
        """Return the visible jobs with their user, and of their result who sees it."""
        heavy = ("title", "prompt", "data", "metadata", "tags", "search_words")
        rows = super().get_queryset().select_related("user", "result")
        return rows.defer(*(f"result__{name}" for name in heavy))

    def offers(self, method: str, job: GenerationJob) -> bool:
        """Return whether the browsable API offers a form: a finished job is not changed, a running one not deleted."""
        return job.status not in FINISHED if method in ("PUT", "PATCH") else job.status != Status.RUNNING

    def perform_create(self, serializer: JobSerializer) -> None:
        """Queue the job as the viewer's own."""
        serializer.save(user=self.request.user)

    def perform_destroy(self, instance: GenerationJob) -> None:
        """Delete a job. Raises Conflict while it is running."""
        try:
            jobs.delete(instance)
        except jobs.JobStateError as error:
            raise Conflict(str(error)) from error
