"""The notifications endpoint: one's own notices, read and marked as read."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from content.references import ItemField, ItemTitleField
from genonaut.api.fields import ReadsAllFields, StrictSerializer
from genonaut.api.viewsets import ListingViewSet
from genonaut.pagination.filters import MAX_ID
from notices.listings import NoticeListing, for_reading
from notices.marking import read_all
from notices.models import Notice
from notices.reading import mark_read

MOST_IDS = 1_000


class NoticeSerializer(StrictSerializer):
    """A notice: who did what, with which work, comment or job."""

    content = ItemField(read_only=True)
    title = ItemTitleField(source="content.title")

    class Meta:
        model = Notice
        fields = (
            *("id", "kind", "actor", "content", "title", "comment", "job", "completed", "failed"),
            *("created_at", "read_at"),
        )
        read_only_fields = fields


class NoticesToReadSerializer(ReadsAllFields, serializers.Serializer):
    """The notices to mark as read: some, or all if none are named."""

    ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=MAX_ID), max_length=MOST_IDS, required=False
    )


class MarkedSerializer(serializers.Serializer):
    """How many notices were unread and are read now; unless this is finished the rest are being marked."""

    read = serializers.IntegerField()
    is_finished = serializers.BooleanField()


class NoticeViewSet(ListingViewSet):
    """One's own notices, newest first; staff too see their own alone."""

    listing = NoticeListing
    serializer_class = list_serializer_class = NoticeSerializer
    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet:
        """Return the viewer's notices with what they say."""
        return for_reading(super().get_queryset())

    @extend_schema(
        operation_id="notifications_read", request=NoticesToReadSerializer, responses={200: MarkedSerializer}
    )
    def read(self, request: Request, *_args: Any, **_kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Mark notices as read: those of some ids, or all. Ids that are not the viewer's are passed over."""
        body = NoticesToReadSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        ids = body.validated_data.get("ids")
        if ids is None:
            marked = read_all(request.user)
            return Response({"read": marked.count, "is_finished": marked.is_done})
        count = mark_read(Notice.objects.filter(user=request.user, pk__in=ids))
        return Response({"read": count, "is_finished": True})
