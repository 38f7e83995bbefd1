"""The interactions endpoint: one's own likes, ratings, comments and the rest."""

from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated

from content.models import ContentItem
from content.references import ItemField, ItemTitleField
from genonaut.api.fields import JSONObjectField, LongTextField, StrictSerializer
from genonaut.api.viewsets import ListingViewSet
from interactions.listings import InteractionListing
from interactions.models import ONCE_KINDS, Interaction, Kind


class InteractionCardSerializer(StrictSerializer):
    """What the list shows."""

    # Null once the account is deleted.
    username = serializers.CharField(source="user.username", read_only=True, allow_null=True)
    content = ItemField(queryset=ContentItem.objects.none())
    title = ItemTitleField(source="content.title")

    class Meta:
        model = Interaction
        fields = (
            "id",
            "user",
            "username",
            "content",
            "title",
            "kind",
            "rating",
            "comment",
            "duration_seconds",
            "created_at",
        )
        read_only_fields = ("user",)


class InteractionSerializer(InteractionCardSerializer):
    """All of an interaction; what was done and to what is fixed once it is recorded."""

    comment = LongTextField(max_length=10_000, required=False, allow_blank=True)
    duration_seconds = serializers.FloatField(min_value=0, max_value=1e9, required=False, allow_null=True)
    metadata = JSONObjectField(required=False)

    class Meta(InteractionCardSerializer.Meta):
        fields = (*InteractionCardSerializer.Meta.fields, "metadata")

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields: an item can be named only if the viewer sees it."""
        fields = super().get_fields()
        fields["content"].queryset = ContentItem.objects.visible_to(self.context["request"].user)
        if self.instance is not None:
            fields["content"].read_only = fields["kind"].read_only = True
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that rating and comment come with their kinds, and that what is done once is not repeated."""
        kind = attrs.get("kind", getattr(self.instance, "kind", None))
        self._check_belongs(attrs, kind, name="rating", with_kind=Kind.RATE)
        self._check_belongs(attrs, kind, name="comment", with_kind=Kind.COMMENT)
        if self.instance is None and kind in ONCE_KINDS:
            done = Interaction.objects.filter(user=self.context["request"].user, content=attrs["content"], kind=kind)
            if done.exists():
                raise serializers.ValidationError({"kind": [f"You did this already: {kind} counts once."]})
        return attrs

    def _check_belongs(self, attrs: dict[str, Any], kind: str, *, name: str, with_kind: Kind) -> None:
        value = attrs.get(name, getattr(self.instance, name, None))
        if kind == with_kind and value in (None, ""):
            raise serializers.ValidationError({name: [f"Needed with the kind {with_kind}."]})
        if kind != with_kind and value not in (None, ""):
            raise serializers.ValidationError({name: [f"Only with the kind {with_kind}."]})


class InteractionViewSet(ListingViewSet):
    """One's own interactions; staff see all. One whose item is hidden from its user stays theirs, and names no item."""

    listing = InteractionListing
    serializer_class = InteractionSerializer
    list_serializer_class = InteractionCardSerializer
    permission_classes = (IsAuthenticated,)

    def get_queryset(self) -> QuerySet:
        """Return the visible interactions with user and item."""
        return super().get_queryset().select_related("user", "content")

    def perform_create(self, serializer: InteractionSerializer) -> None:
        """Record the interaction as the viewer's own."""
        serializer.save(user=self.request.user)
