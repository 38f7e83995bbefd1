"""The albums endpoints: albums, and the works of those that are made by hand."""

from collections.abc import Callable
from functools import cached_property
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from albums.items import (
    MOST_WORKS,
    AlbumError,
    UnknownWorksError,
    add_works,
    annotate,
    move_work,
    remove_works,
)
from albums.listings import AlbumItemListing, AlbumListing, fixed_to, listing_for
from albums.models import NOTE_LIMIT, NOTES_LIMIT, QUERY_LIMIT, Album, AlbumItem
from albums.saved import QueryError, checked_query
from albums.sharing import delete_album
from content.item_fields import CreatorSerializer
from content.models import ContentItem
from content.references import ItemField, ItemTitleField
from genonaut.api.fields import IdsField, LongTextField, ReadsAllFields, StrictSerializer
from genonaut.api.viewsets import ListingViewSet, PositionSerializer, check_has_body, id_in
from genonaut.pagination.filters import MAX_ID

SMART = "A smart album has no items: read /api/v1/content/ with its query."


class AlbumCardSerializer(StrictSerializer):
    """What the list shows."""

    # Null once the account is deactivated.
    owner = CreatorSerializer(read_only=True)
    cover = ItemField(queryset=ContentItem.objects.none(), required=False, allow_null=True)

    class Meta:
        model = Album
        fields = ("id", "owner", "title", "query", "cover", "is_public", "created_at")


class AlbumSerializer(AlbumCardSerializer):
    """All of an album. With a `query` it is a smart album, which it stays."""

    notes = LongTextField(max_length=NOTES_LIMIT, required=False, allow_blank=True)
    query = serializers.CharField(max_length=QUERY_LIMIT, required=False, allow_blank=True)

    class Meta(AlbumCardSerializer.Meta):
        fields = (*AlbumCardSerializer.Meta.fields, "notes", "updated_at")
        read_only_fields = ("updated_at",)

    def get_fields(self) -> dict[str, serializers.Field]:
        """Return the fields: a cover is a work that the viewer sees."""
        fields = super().get_fields()
        fields["cover"].queryset = ContentItem.objects.visible_to(self.context["request"].user)
        return fields

    def validate_query(self, value: str) -> str:
        """Return the query string as it is saved."""
        if self.instance is not None and bool(value) != self.instance.is_smart:
            raise serializers.ValidationError("An album stays a smart one, or one made by hand.")
        try:
            return checked_query(value, self.context["request"].user) if value else ""
        except QueryError as error:
            raise serializers.ValidationError(str(error)) from error


class AlbumViewSet(ListingViewSet):
    """Public albums and one's own; staff see all. A smart album has a `query` for `/api/v1/content/` and no items."""

    listing = AlbumListing
    serializer_class = AlbumSerializer
    list_serializer_class = AlbumCardSerializer
    owner_field = "owner_id"

    def get_queryset(self) -> QuerySet:
        """Return the visible albums with owner and cover."""
        return super().get_queryset().select_related("owner", "cover")

    def perform_create(self, serializer: AlbumSerializer) -> None:
        """Make the album the viewer's own."""
        serializer.save(owner=self.request.user)

    def perform_destroy(self, instance: Album) -> None:
        """Delete the album; its works stay."""
        delete_album(instance)


class AlbumItemSerializer(StrictSerializer):
    """A work in an album."""

    content = ItemField(read_only=True)
    title = ItemTitleField(source="content.title")

    class Meta:
        model = AlbumItem
        fields = ("content", "title", "note", "added_at")
        read_only_fields = fields


class AdditionSerializer(ReadsAllFields):
    """Works to add at the end, in this order."""

    contents = IdsField(min_length=1, max_length=MOST_WORKS)


class AddedSerializer(serializers.Serializer):
    """How many works were added, and how many were in the album before."""

    added = serializers.IntegerField()
    present = serializers.IntegerField()


class ItemChangeSerializer(ReadsAllFields):
    """A note, and the work to stand before; null: at the end."""

    note = LongTextField(max_length=NOTE_LIMIT, required=False, allow_blank=True)
    before = serializers.IntegerField(min_value=1, max_value=MAX_ID, required=False, allow_null=True, write_only=True)


class AlbumItemViewSet(ListingViewSet):
    """The works of an album made by hand, as far as the viewer sees them; its owner and staff change them."""

    listing = AlbumItemListing
    serializer_class = list_serializer_class = AlbumItemSerializer
    http_method_names = ("get", "head", "options", "post", "patch", "delete")
    bodies = MappingProxyType({"create": AdditionSerializer, "partial_update": ItemChangeSerializer})
    # In an order by hand there are no dates.
    histogram = None

    @cached_property
    def album(self) -> Album:
        """The album. Raises Http404, and NotFound if it is a smart one."""
        visible = Album.objects.visible_to(self.request.user)
        album = get_object_or_404(visible, pk=id_in(self.kwargs["album"]))
        if album.is_smart:
            raise NotFound(SMART)
        return album

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Return the serializer of the action's body, if it has one of its own."""
        return self.bodies.get(self.action) or super().get_serializer_class()

    def owner_of(self, row: AlbumItem) -> int:
        """Return the id of the album's owner."""
        return self.album.owner_id

    def check_permissions(self, request: Request) -> None:
        """Raise PermissionDenied if the viewer may not change this album; the browsable API then shows no form."""
        super().check_permissions(request)
        if request.method not in SAFE_METHODS and not self.album.may_be_changed_by(request.user):
            raise PermissionDenied

    def listing_of(self, request: HttpRequest, **options: Any) -> AlbumItemListing:  # noqa: ANN401 - of the listing
        """Return the works of the album. Raises InvalidParametersError."""
        self.listing = listing_for(self.album, request.user)
        return super().listing_of(request, fixed=fixed_to(self.album), **options)

    def get_queryset(self) -> QuerySet:
        """Return the album's items that the viewer sees, with their works."""
        listing = listing_for(self.album, self.request.user)
        items = AlbumItem.objects.filter(album=self.album, audience__in=listing.audiences(self.request.user))
        return items.select_related("content")

    def get_object(self) -> Model:
        """Return the item of the work that the address names."""
        return get_object_or_404(self.get_queryset(), content=id_in(self.kwargs["pk"]))

    def reverse_action(self, url_name: str, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401 - of the router
        """Return the address of an action on this album's items."""
        kwargs["kwargs"] = {"album": self.kwargs["album"], **kwargs.get("kwargs", {})}
        return super().reverse_action(url_name, *args, **kwargs)

    @extend_schema(responses={200: PositionSerializer})
    @action(detail=True)
    def position(self, request: Request, pk: str, **_kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Return where a work stands in this album, and on which page."""
        answer = super().position(request, str(self.get_object().pk))
        return Response({**answer.data, "id": int(pk)})

    @extend_schema(request=AdditionSerializer, responses={200: AddedSerializer})
    def create(self, request: Request, **_kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Add works at the end, in their order; those that are in the album stay where they are."""
        sent = self._sent(AdditionSerializer, request)
        try:
            added = self._tried(add_works, request.user, sent["contents"], is_strict=True)
        except UnknownWorksError as error:
            raise ValidationError({"contents": [str(error)]}) from error
        return Response({"added": len(added.added), "present": added.present})

    @extend_schema(request=ItemChangeSerializer, responses={200: AlbumItemSerializer})
    def partial_update(self, request: Request, **_kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Move a work before another one, change its note, or both; what is refused changes neither."""
        check_has_body(request)
        sent = self._sent(ItemChangeSerializer, request)
        content = self.get_object().content_id
        with transaction.atomic():
            if "note" in sent:
                self._tried(annotate, content, sent["note"])
            if "before" in sent:
                self._tried(move_work, content, before=sent["before"])
        return Response(AlbumItemSerializer(self.get_object(), context=self.get_serializer_context()).data)

    def perform_destroy(self, instance: AlbumItem) -> None:
        """Take a work out of the album."""
        self._tried(remove_works, [instance.content_id])

    def _sent(self, serializer_class: type[ReadsAllFields], request: Request) -> dict[str, Any]:
        serializer = serializer_class(data=request.data)
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    def _tried(self, change: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - of the change
        try:
            return change(self.album, *args, **kwargs)
        except AlbumError as error:
            raise ValidationError({"detail": [str(error)]}) from error
