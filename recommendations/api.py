"""The recommendations endpoint: what is recommended to the viewer."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser, IsAuthenticated

from content.models import ContentItem
from genonaut.api.fields import ReferenceField, StrictSerializer
from genonaut.api.viewsets import ListingViewSet
from recommendations.dismissals import UnknownWorkError, dismiss
from recommendations.listings import RecommendationListing
from recommendations.models import Recommendation
from users.models import User
from users.querysets import is_staff


class RecommendationCardSerializer(StrictSerializer):
    """What the list shows, which is all there is."""

    user = ReferenceField(queryset=User.objects.all())
    content = ReferenceField(queryset=ContentItem.objects.all())
    username = serializers.CharField(source="user.username", read_only=True)
    title = serializers.CharField(source="content.title", read_only=True)

    class Meta:
        model = Recommendation
        fields = ("id", "user", "username", "content", "title", "score", "algorithm", "is_served", "created_at")


class RecommendationSerializer(RecommendationCardSerializer):
    """A recommendation. Its user marks it served; everything else is staff's (and the scoring's)."""

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields; a user who is not staff writes the served mark alone."""
        fields = super().get_fields()
        if not is_staff(self.context["request"].user):
            for name, field in fields.items():
                field.read_only = name != "is_served"
        return fields


class RecommendationViewSet(ListingViewSet):
    """Recommendations to the viewer, of items they may see; staff see and change all. Deleting one dismisses it."""

    listing = RecommendationListing
    serializer_class = RecommendationSerializer
    list_serializer_class = RecommendationCardSerializer
    permission_classes = (IsAuthenticated,)

    def get_permissions(self) -> list[Any]:
        """Return the permissions: only staff add recommendations."""
        return [IsAdminUser()] if self.action == "create" else super().get_permissions()

    def perform_destroy(self, instance: Recommendation) -> None:
        """Delete a recommendation; its own user, unlike staff, is not interested in the work."""
        if instance.user_id == self.request.user.pk:
            try:
                dismiss(self.request.user, instance.content_id)
            except UnknownWorkError as error:
                raise Http404 from error
        instance.delete()

    def get_queryset(self) -> QuerySet:
        """Return the visible recommendations with user and item."""
        return super().get_queryset().select_related("user", "content")
