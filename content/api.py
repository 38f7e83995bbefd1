"""The content endpoints: the gallery's items, and the automatic ones alone."""

from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import IsAdminUser
from rest_framework.request import Request
from rest_framework.response import Response

from content.blurring import level_of_new
from content.file_serializers import FileItemSerializer, ItemFormSerializer, said_of_file
from content.listings import AutoContentListing, ContentListing
from content.models import ContentItem
from content.owners import delete_item
from content.refusals import RefusedFileError
from content.serializers import (
    AutoContentItemSerializer,
    ContentCardSerializer,
    ContentItemSerializer,
    SimilarWorksSerializer,
    StackCardSerializer,
)
from content.similar import similar_to
from content.trash import move_to_trash
from content.uploading import Offer, take_file
from genonaut.api.viewsets import ListingViewSet
from genonaut.http.large_bodies import FILE_PART
from users.querysets import is_staff


class ContentViewSet(ListingViewSet):
    """Items of the gallery. Public ones are for all; members add their own and change them."""

    listing = ContentListing
    serializer_class = ContentItemSerializer
    list_serializer_class = ContentCardSerializer
    # By action, of forms that hold a file; for the schema.
    form_serializers = MappingProxyType({"create": FileItemSerializer})
    owner_field = "creator_id"

    def plain_list(self, request: HttpRequest) -> HttpResponseBase:
        """Return one page of the list as JSON, with the works of each stack counted if it shows stacks."""
        self.list_serializer_class = StackCardSerializer if request.GET.get("stacks") else ContentCardSerializer
        return super().plain_list(request)

    def get_queryset(self) -> QuerySet:
        """Return the visible items with all that their page shows."""
        return super().get_queryset().for_details()

    @extend_schema(responses={200: SimilarWorksSerializer})
    @action(detail=True)
    def similar(self, request: Request, pk: str) -> Response:
        """Return works of the same file, of near pictures, of the same prompt, and of the same model and rare tags."""
        sections = similar_to(self.get_object(), request.user)
        works = [work for section in sections for work in section.works]
        body = {"items": works, "is_complete": not any(section.is_capped for section in sections)}
        return Response(SimilarWorksSerializer(body, context=self.get_serializer_context()).data)

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        """Return the serializer; a form for browsers offers to send a file."""
        is_form = self.action == "create" and self.form_serializers and self.is_browsed
        return ItemFormSerializer if is_form else super().get_serializer_class()

    @property
    def is_browsed(self) -> bool:
        """Whether a browser is answered, whose form sends all of its fields, empty ones too."""
        return getattr(getattr(self.request, "accepted_renderer", None), "format", None) == "api"

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # noqa: ANN401 - of the route
        """Add an item: from fields, or from a file with what its generator wrote.

        200 and the item that is there if the viewer has one of that file already.
        """
        if FILE_PART not in request.FILES:
            return super().create(request, *args, **kwargs)
        file = request.FILES[FILE_PART]
        fields = self.fields_of_file(request)
        return self.created_from(Offer(file.file, Path(file.file.name), file.name, request.user, **fields))

    def fields_of_file(self, request: Request) -> dict[str, Any]:
        """Return what a form says of its file. Raises ValidationError."""
        data = said_of_file(request.data) if self.is_browsed else request.data
        form = FileItemSerializer(data=data, context=self.get_serializer_context())
        form.is_valid(raise_exception=True)
        fields = {name: value for name, value in form.validated_data.items() if name not in (FILE_PART, "content_type")}
        fields |= self.preferred_fields()
        return {**fields, "tags": tuple(fields["tags"])} if fields.get("tags") else {**fields, "tags": None}

    def created_from(self, offer: Offer) -> Response:
        """Make an item of a file and return the answer. Raises ValidationError."""
        try:
            taken = take_file(offer)
        except RefusedFileError as error:
            raise serializers.ValidationError({FILE_PART: [str(error)]}) from error
        item = self.get_queryset().get(pk=taken.item_id)
        address = self.reverse_action("detail", args=[item.pk])
        status = 201 if taken.is_new else 200
        return Response(self.get_serializer(item).data, status, headers={"Content-Location": address})

    def perform_create(self, serializer: ContentItemSerializer) -> None:
        """Create the item as the viewer's own."""
        serializer.save(creator=self.request.user, **self.preferred_fields())

    def preferred_fields(self) -> dict[str, Any]:
        """Return privacy and level as the viewer prefers them for new items, but for what the request says."""
        user = self.request.user
        preferred = {"is_private": user.keeps_private, "level": level_of_new(user)}
        unsaid = preferred.keys() - self.request.data.keys()
        return {name: value for name, value in preferred.items() if name in unsaid}

    def perform_destroy(self, instance: ContentItem) -> None:
        """Move the item to its owner's trash; staff delete it, and what people did with it goes in batches."""
        if is_staff(self.request.user):
            delete_item(instance)
        else:
            move_to_trash(ContentItem.objects.filter(pk=instance.pk))


class AutoContentViewSet(ContentViewSet):
    """Automatic items. Public ones are for all; staff (and the generator as staff) add them."""

    form_serializers = MappingProxyType({})
    listing = AutoContentListing
    serializer_class = AutoContentItemSerializer
    # At /api/v1/content/: works like an automatic one need not be automatic.
    similar = None

    def get_permissions(self) -> list[Any]:
        """Return the permissions: only staff add automatic items."""
        return [IsAdminUser()] if self.action == "create" else super().get_permissions()
