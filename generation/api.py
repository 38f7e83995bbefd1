"""The generation jobs endpoint: ask for works, follow the jobs, steer them."""

from collections.abc import Callable
from functools import partial
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from generation import api_requests, jobs, quotas, workflows
from generation.events import EVENT_SCHEMA, EventRenderer, stream_of
from generation.job_serializers import (
    CancelledSerializer,
    JobCardSerializer,
    JobSerializer,
    JobsToCancelSerializer,
    NewJobSerializer,
    NoFieldsSerializer,
    with_details,
)
from generation.listings import GenerationJobListing
from generation.models import FINISHED, GenerationJob, Status
from genonaut.api.idempotency import KEY_PARAMETER, KeyReused, digest_of, key_of
from genonaut.api.viewsets import ListingViewSet


class Conflict(APIException):
    """The job's state forbids this."""

    status_code = status.HTTP_409_CONFLICT


class QuotaExceeded(APIException):
    """The account has too many open jobs, or no room for files."""

    status_code = status.HTTP_429_TOO_MANY_REQUESTS

    def __init__(self, error: quotas.QuotaError) -> None:
        super().__init__(error.message)
        # DRF makes Retry-After of it.
        self.wait = error.seconds


class GenerationJobViewSet(ListingViewSet):
    """One's own generation jobs; staff see all."""

    listing = GenerationJobListing
    serializer_class = JobSerializer
    list_serializer_class = JobCardSerializer
    permission_classes = (IsAuthenticated,)
    # For the schema.
    limited_actions = ("create", "retry")
    keyed_actions = ("create", "retry")
    bodies = MappingProxyType(
        {
            "create": NewJobSerializer,
            "cancel_many": JobsToCancelSerializer,
            **dict.fromkeys(("cancel", "retry", "pause", "resume"), NoFieldsSerializer),
        }
    )

    def get_queryset(self) -> QuerySet:
        """Return the visible jobs with all that is shown of them."""
        return with_details(super().get_queryset(), self.request.user)

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Return the serializer of the action's body, if it has one of its own."""
        return self.bodies.get(self.action) or super().get_serializer_class()

    def offers(self, method: str, job: GenerationJob) -> bool:
        """Return whether the browsable API offers a form: a finished job is not changed, a running one not deleted."""
        return job.status not in FINISHED if method in ("PUT", "PATCH") else job.status != Status.RUNNING

    @extend_schema(parameters=[KEY_PARAMETER], responses={202: JobSerializer})
    def create(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Ask for works: one job, or several of a batch, of which the answer shows the first."""
        key = key_of(request)
        digest = None if key is None else digest_of(request.data)
        if digest and (asked := jobs.sent_before(request.user, key, digest)):
            return self.accepted(asked[0])
        body = self.body_of(request)
        try:
            requests = api_requests.requests_of(request.user, body)
            asked = jobs.ask(request.user, requests, idempotency_key=key, request_digest=digest)
        except workflows.InputError as error:
            raise ValidationError({api_requests.field_of(error): [error.message]}) from error
        except jobs.KeyReusedError as error:
            raise KeyReused from error
        except quotas.QuotaError as error:
            raise QuotaExceeded(error) from error
        return self.accepted(asked[0])

    def perform_update(self, serializer: JobSerializer) -> None:
        """Cancel the job, if that is asked for. Raises Conflict when it is finished."""
        if serializer.validated_data.get("status") == Status.CANCELLED:
            self.steer(jobs.cancel, serializer.instance)
            serializer.instance = self.get_queryset().get(pk=serializer.instance.pk)

    def perform_destroy(self, instance: GenerationJob) -> None:
        """Delete a job. Raises Conflict while it is running."""
        self.steer(jobs.delete, instance)

    @extend_schema(responses={200: JobSerializer})
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: str) -> Response:
        """Cancel a job that waits or runs."""
        return self.steered(jobs.cancel, request)

    @extend_schema(responses={200: JobSerializer})
    @action(detail=True, methods=["post"])
    def pause(self, request: Request, pk: str) -> Response:
        """Keep a job that waits from being taken."""
        return self.steered(jobs.pause, request)

    @extend_schema(responses={200: JobSerializer})
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Let a paused job wait again, behind the others of its user."""
        return self.steered(jobs.resume, request)

    @extend_schema(parameters=[KEY_PARAMETER], responses={202: JobSerializer})
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str) -> Response:
        """Ask once more for what a failed or cancelled job was to make: another job, with the same seed."""
        self.body_of(request)
        return self.accepted(self.steer(partial(jobs.retry, idempotency_key=key_of(request)), self.get_object()))

    @extend_schema(operation_id="generation_jobs_cancel_many", responses={200: CancelledSerializer})
    @action(detail=False, methods=["post"], url_path="cancel", url_name="cancel-many")
    def cancel_many(self, request: Request) -> Response:
        """Cancel many jobs: of some ids, of a batch, or all of one's own that wait.

        Ids of jobs that ended, are not there or not the viewer's are passed over.
        """
        body = self.body_of(request)
        seen = GenerationJob.objects.visible_to(request.user)
        if "ids" in body:
            chosen = seen.filter(pk__in=body["ids"])
        elif "batch" in body:
            chosen = seen.filter(batch=body["batch"])
        else:
            chosen = GenerationJob.objects.filter(user=request.user, status=Status.PENDING)
        return Response({"cancelled": jobs.cancel_many(chosen)})

    @extend_schema(
        responses={(200, EventRenderer.media_type): EVENT_SCHEMA, 204: None},
        parameters=[OpenApiParameter("Last-Event-ID", str, OpenApiParameter.HEADER, description="`end`: 204.")],
    )
    @action(detail=True, renderer_classes=[EventRenderer])
    def events(self, request: Request, pk: str) -> HttpResponseBase:
        """Follow a job by server-sent events: `progress` whenever something changed, `end` once it has ended.

        A stream ends by itself after some seconds; EventSource then asks again.
        """
        return stream_of(self.get_object(), request)

    def body_of(self, request: Request) -> dict[str, Any]:
        """Return the checked body of the action. Raises ValidationError."""
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def steer(self, act: Callable[[GenerationJob], Any], job: GenerationJob) -> Any:  # noqa: ANN401 - of the act
        """Do something with a job. Raises Conflict, QuotaExceeded and KeyReused."""
        try:
            return act(job)
        except jobs.KeyReusedError as error:
            raise KeyReused from error
        except jobs.JobStateError as error:
            raise Conflict(str(error)) from error
        except quotas.QuotaError as error:
            raise QuotaExceeded(error) from error

    def steered(self, act: Callable[[GenerationJob], Any], request: Request) -> Response:
        """Do something with the job of the address, and return it as it is then."""
        self.body_of(request)
        job = self.get_object()
        self.steer(act, job)
        return Response(self.shown(job.pk))

    def accepted(self, job: GenerationJob) -> Response:
        """Return a job that was asked for, and where it is: alone, or with the others of its batch."""
        if job.batch is None:
            address = self.reverse_action("detail", args=[job.pk])
        else:
            address = f"{self.reverse_action('list')}?batch={job.batch}"
        return Response(self.shown(job.pk), status.HTTP_202_ACCEPTED, headers={"Location": address})

    def shown(self, pk: int) -> dict[str, Any]:
        """Return a job as its address shows it. Two queries at most."""
        return JobSerializer(self.get_queryset().get(pk=pk), context=self.get_serializer_context()).data
