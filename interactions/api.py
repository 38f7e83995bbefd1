"""The interactions endpoint: one's own likes, ratings, comments and the rest."""

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from content.models import ContentItem
from content.references import ItemField, ItemTitleField
from genonaut.api.fields import JSONObjectField, LongTextField, ReferenceField, StrictSerializer
from genonaut.api.idempotency import KEY_PARAMETER, KeyReused, key_of
from genonaut.api.viewsets import ListingViewSet
from interactions import comments
from interactions.listings import InteractionListing
from interactions.models import HOURLY_KINDS, ONCE_KINDS, Interaction, Kind
from interactions.recording import latest_since
from interactions.viewing import ONCE_EVERY


class InteractionCardSerializer(StrictSerializer):
    """What the list shows."""

    # Null once the account is deleted.
    username = serializers.CharField(source="user.username", read_only=True, allow_null=True)
    content = ItemField(queryset=ContentItem.objects.none())
    title = ItemTitleField(source="content.title")
    # Of an answer, the comment that it answers.
    parent = ReferenceField(queryset=Interaction.objects.none(), required=False, allow_null=True)

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
            "parent",
            "edited_at",
            "duration_seconds",
            "created_at",
        )
        read_only_fields = ("user", "edited_at")


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
        fields["parent"].queryset = Interaction.objects.filter(kind=Kind.COMMENT, parent=None, removed_at=None)
        if self.instance is not None:
            for name in ("content", "kind", "parent"):
                fields[name].read_only = True
        return fields

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Check that rating and comment come with their kinds, and that what is done once is not repeated."""
        kind = attrs.get("kind", getattr(self.instance, "kind", None))
        self._check_belongs(attrs, kind, name="rating", with_kind=Kind.RATE)
        self._check_belongs(attrs, kind, name="comment", with_kind=Kind.COMMENT)
        self._check_parent(attrs, kind)
        if getattr(self.instance, "removed_at", None) is not None:
            raise serializers.ValidationError({"comment": ["This comment was removed."]})
        if self.instance is None and kind in ONCE_KINDS:
            request = self.context["request"]
            done = Interaction.objects.filter(user=request.user, content=attrs["content"], kind=kind)
            if key := key_of(request):
                done = done.exclude(idempotency_key=key)
            if done.exists():
                raise serializers.ValidationError({"kind": [f"You did this already: {kind} counts once."]})
        return attrs

    def _check_parent(self, attrs: dict[str, Any], kind: str) -> None:
        parent = attrs.get("parent")
        if parent is None:
            return
        if kind != Kind.COMMENT:
            raise serializers.ValidationError({"parent": [f"Only with the kind {Kind.COMMENT}."]})
        if parent.content_id != attrs["content"].pk:
            # As if it were not there: this tells nothing of other items.
            message = self.fields["parent"].error_messages["does_not_exist"].format(pk_value=parent.pk)
            raise serializers.ValidationError({"parent": [message]})

    def _check_belongs(self, attrs: dict[str, Any], kind: str, *, name: str, with_kind: Kind) -> None:
        value = attrs.get(name, getattr(self.instance, name, None))
        if kind == with_kind and value in (None, ""):
            raise serializers.ValidationError({name: [f"Needed with the kind {with_kind}."]})
        if kind != with_kind and value not in (None, ""):
            raise serializers.ValidationError({name: [f"Only with the kind {with_kind}."]})


class OwnerChanges(BasePermission):
    """What a person did or said is changed by that person alone: staff may delete it, and not put words in a mouth."""

    def has_object_permission(self, request: Request, view: APIView, obj: Interaction) -> bool:
        """Return whether this request may touch this row, which its user sees."""
        return request.method not in ("PUT", "PATCH") or obj.user_id == request.user.pk


class InteractionViewSet(ListingViewSet):
    """One's own interactions; staff see and delete all. One whose item is hidden from its user stays theirs, and names
    no item."""

    listing = InteractionListing
    serializer_class = InteractionSerializer
    list_serializer_class = InteractionCardSerializer
    permission_classes = (IsAuthenticated, OwnerChanges)
    # For the schema.
    keyed_actions = ("create",)

    def get_queryset(self) -> QuerySet:
        """Return the visible interactions with user and item."""
        return super().get_queryset().select_related("user", "content")

    @extend_schema(parameters=[KEY_PARAMETER])
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Record an interaction; sent again with the same key it is recorded once."""
        return super().create(request, *args, **kwargs)

    def perform_create(self, serializer: InteractionSerializer) -> None:
        """Record the interaction as the viewer's own; of what counts once an hour that of the last hour stands for it.

        Raises TooManyTriesError for too many comments, and KeyReused.
        """
        key = key_of(self.request)
        serializer.instance = self._recorded(key, serializer.validated_data)
        if serializer.instance is not None:
            return
        if serializer.validated_data["kind"] == Kind.COMMENT:
            comments.check_comment_rate(self.request.user)
        try:
            with transaction.atomic():
                serializer.instance = self._recent(serializer.validated_data)
                if serializer.instance is None:
                    comments.announce(serializer.save(user=self.request.user, idempotency_key=key))
        except IntegrityError:  # the same request at the same time, or what is done once
            serializer.instance = self._recorded(key, serializer.validated_data)
            if serializer.instance is None:
                raise

    def _recent(self, data: dict[str, Any]) -> Interaction | None:
        """Return what stands for a deed that counts once an hour; None if nothing does. Two queries, if it is such."""
        if data["kind"] not in HOURLY_KINDS:
            return None
        return latest_since(self.request.user, data["content"].pk, data["kind"], within=ONCE_EVERY)

    def _recorded(self, key: str | None, data: dict[str, Any]) -> Interaction | None:
        """Return what was recorded with a key; None if nothing was. One query, if there is a key. Raises KeyReused."""
        if key is None:
            return None
        row = self.get_queryset().filter(user=self.request.user, idempotency_key=key).first()
        if row is not None and any(getattr(row, name) != value for name, value in data.items()):
            raise KeyReused
        return row

    def perform_update(self, serializer: InteractionSerializer) -> None:
        """Change the interaction; a comment whose text changes says so. Raises NotFound if it is just removed."""
        row = serializer.instance
        with transaction.atomic():
            # Saved whole, a comment that is removed meanwhile would be there again.
            if row.kind == Kind.COMMENT and not comments.lock(row):
                raise NotFound
            is_edited = serializer.validated_data.get("comment", row.comment) != row.comment
            serializer.save(**({"edited_at": timezone.now()} if is_edited else {}))

    def perform_destroy(self, instance: Interaction) -> None:
        """Delete the interaction; a comment that has answers stays without its text."""
        if instance.kind == Kind.COMMENT:
            comments.remove(instance)
        else:
            instance.delete()
